#ifndef F2B_COMPAT_PYRE_METER_H
#define F2B_COMPAT_PYRE_METER_H

#include "compat/pyre_repeat.h"

/*
 * Where a regex calls back, for PYRE_METERED: before each loop that may be long or is left in many
 * ways, before references, and at each start of a search. What nearly all regexes of filters begin
 * with, an anchor and one loop, costs no call, since it is tried once a line.
 */

/* An alternative of the whole regex begins, and has ended. */
void pyre_meter_begin(struct pyre_parser *p);
void pyre_meter_end(struct pyre_parser *p);

/* What stands from start on in the output matches nothing by itself, like flags. */
void pyre_meter_silent(struct pyre_parser *p, size_t start);

/* What stands from start on in the output, and is so wide, is repeated; the quantifier is there. */
void pyre_meter_repeat(
    struct pyre_parser *p, size_t start, struct pyre_width width, const struct pyre_repeat *r);

/* A call before what begins at start in the output. */
void pyre_meter(struct pyre_parser *p, size_t start);

#endif
