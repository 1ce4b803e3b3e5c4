#ifndef F2B_ACTION_SCRIPT_H
#define F2B_ACTION_SCRIPT_H

#include "action/command.h"

/*
 * One command of an action: its tags are replaced, the name of an address that it wants is looked
 * up, and it is run by the kernel's interface where that knows its form, else by the shell.
 */

/* Runs the command of a property and goes on with next, now or later. An empty one succeeds. */
void script_run(struct runner *r, struct slice property, enum runner_tags tags, runner_step *next);

/*
 * From now on nothing is run in this process: told hears of what would be, and says how it is taken
 * to end. For looking at what a configuration does.
 */
struct action_step {
	struct slice jail, action;
	struct slice property; /* "actionban"; the event's, where a module would do it */
	struct slice family;   /* "inet4", "inet6", "None", or empty: for all */
	struct slice module;   /* that would do it in place of a command; else empty */
	struct slice script;   /* for /bin/sh -c, which sees the values as $0, $1, … */
	const struct slice *values;
	size_t count;
};
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
