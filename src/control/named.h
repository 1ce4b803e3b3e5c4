#ifndef F2B_CONTROL_NAMED_H
#define F2B_CONTROL_NAMED_H

#include "control/guard.h"
#include "control/hold.h"

/*
 * Failures of host names: looks up t->id, unless the jail has been told not to, and calls take with
 * a ticket for each of its addresses, now or later, if the jail is still at work then. hold, which may
 * be NULL, is kept until then.
 */
typedef void named_take(struct guard *g, struct ticket *t, struct hold *hold);
void named_look_up(
    struct guard *g, struct ticket *t, struct hold *hold, named_take *take);

#endif
