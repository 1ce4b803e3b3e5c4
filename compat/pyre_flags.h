#ifndef F2B_COMPAT_PYRE_FLAGS_H
#define F2B_COMPAT_PYRE_FLAGS_H

#include "compat/pyre_reader.h"

/* Flags: (?i) and (?i-s:…). */

/* enum scope_flag of a letter, or 0. */
unsigned pyre_flag_of(int32_t c);

/* The flags to turn on, of which c is the first. Returns what ended them: ')', ':' or '-'. */
int32_t pyre_read_flags_on(struct pyre_parser *p, int32_t c, unsigned *on);

/* Behind "-". */
void pyre_read_flags_off(struct pyre_parser *p, unsigned *off);

/* What is in force after them. */
unsigned pyre_apply_flags(unsigned flags, unsigned on, unsigned off);

/* "(?i-s" for what changes in PCRE2's terms. */
void pyre_add_flag_change(struct pyre_parser *p, unsigned before, unsigned after);

#endif
