#ifndef F2B_CONTROL_RELOAD_H
#define F2B_CONTROL_RELOAD_H

#include "control/command.h"

/*
 * A reload: ["reload", JAIL or "--all", OPTIONS, COMMANDS]. The commands are tried first; if any is
 * wrong, nothing happens. Jails named again with the same backend go on with their bans, counts
 * and read positions, and take the new settings; jails no longer named are stopped.
 */
struct value *reload_run(struct request *rq);

/* During a reload: "add" of a jail that goes on. False if it is not one. */
bool reload_adopts(struct guard *g, struct slice backend);

/* During a reload: "start" of such a jail. */
void reload_resumes(struct guard *g);

#endif
