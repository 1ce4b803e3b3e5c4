#ifndef F2B_COMPAT_PYRE_REPEAT_H
#define F2B_COMPAT_PYRE_REPEAT_H

#include "compat/pyre_reader.h"

/* Quantifiers: * + ? {2} {,2} {2,}. */
struct pyre_repeat {
	uint64_t min, max; /* max is over PYRE_WIDTH_MAX where there is none */
	bool literal;	   /* "{" that opens no quantifier */
};

/* Behind the quantifier's first character c. */
struct pyre_repeat pyre_read_repeat(struct pyre_parser *p, int32_t c);

/* Adds the quantifier, and takes the "?" or "+" behind it. */
void pyre_add_repeat(struct pyre_parser *p, int32_t c, const struct pyre_repeat *r);

#endif
