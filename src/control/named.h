#ifndef F2B_CONTROL_NAMED_H
#define F2B_CONTROL_NAMED_H

#include "control/guard.h"

/*
 * Failures of host names: looks up t->id, unless the jail has been told not to, and calls take with
 * a ticket for each of its addresses, now or later, if the jail is still at work then.
 */
void named_look_up(
    struct guard *g, struct ticket *t, void (*take)(struct guard *g, struct ticket *t));

#endif
