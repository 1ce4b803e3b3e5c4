#ifndef F2B_ACTION_SCRIPT_H
#define F2B_ACTION_SCRIPT_H

#include "action/command.h"

/*
 * One command of an action: its tags are replaced, the name of an address that it wants is looked
 * up, and it is run by the kernel's interface where that knows its form, else by the shell.
 */

/* Runs the command of a property and goes on with next, now or later. An empty one succeeds. */
void script_run(struct runner *r, struct slice property, enum runner_tags tags, runner_step *next);

/* Behind action_simulate(), in action.h. */
void script_simulate(bool (*told)(void *arg, const struct action_step *step), void *arg);

bool script_simulates(void);

/*
 * Tells the step, with the runner's names filled in, to who simulates. False if nobody does: then
 * it is to be done.
 */
bool script_told(const struct runner *r, struct action_step step, bool *ok);

/* Forgets which scripts ran in this event; those need not run again for another family. */
void script_forget(struct runner *r);

#endif
