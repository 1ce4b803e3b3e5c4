#ifndef F2B_ACTION_SCRIPT_H
#define F2B_ACTION_SCRIPT_H

#include "action/command.h"

/*
 * One command of an action: its tags are replaced, the name of an address that it wants is looked
 * up, and it is run by the kernel's interface where that knows its form, else by the shell.
 */

/* Runs the command of a property and goes on with next, now or later. An empty one succeeds. */
void script_run(struct runner *r, struct slice property, enum runner_tags tags, runner_step *next);

/* Forgets which scripts ran in this event; those need not run again for another family. */
void script_forget(struct runner *r);

#endif
