#ifndef F2B_COMPAT_PYRE_ESCAPE_H
#define F2B_COMPAT_PYRE_ESCAPE_H

#include "compat/pyre_reader.h"

/* What stands behind a backslash for one character, within [ ] and without. */

/* Up to max more octal digits, behind those that gave code. */
int32_t pyre_read_octal(struct pyre_parser *p, size_t start, int32_t code, unsigned max);

/*
 * The character that an escape stands for whose letter c was read, in and outside of [ ] alike;
 * -1 with a mistake noted.
 */
int32_t pyre_read_character_escape(struct pyre_parser *p, size_t start, int32_t c);

/* d, D, s, S, w or W. */
bool pyre_category_letter(int32_t c);

#endif
