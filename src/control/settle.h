#ifndef F2B_CONTROL_SETTLE_H
#define F2B_CONTROL_SETTLE_H

#include "control/command.h"

/*
 * Replies that wait for actions: who asked for a ban finds it in force when he is answered. Gives
 * the reply once the actions of the jail, or of all jails with NULL, have done what was asked of
 * them until now. Returns it if that is so already, else NULL, as a command does.
 */
struct value *settle(struct request *rq, const struct guard *only, struct value *reply);

#endif
