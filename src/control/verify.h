#ifndef F2B_CONTROL_VERIFY_H
#define F2B_CONTROL_VERIFY_H

#include "control/command.h"

/*
 * Bans are in three places: in the jail's table, which is what is meant; in the database, for the
 * next start; and in the kernel, by the actions.
 */

/* Answers how the three compare, behind the status of the jail, once its actions are at rest. */
struct value *verify_jail(struct request *rq, struct guard *g);

/* Makes the database and the kernel what the jail's table says; then answers how they compare. */
struct value *repair_jail(struct request *rq, struct guard *g);

#endif
