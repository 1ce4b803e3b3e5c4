#ifndef F2B_COMPAT_PYRE_SET_H
#define F2B_COMPAT_PYRE_SET_H

#include "compat/pyre_reader.h"

/* Sets of characters: [a-z\d]. */

/* Behind "[": reads to the "]" and writes what matches the same. */
void pyre_read_set(struct pyre_parser *p);

#endif
