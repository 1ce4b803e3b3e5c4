#ifndef F2B_CONTROL_GUARD_H
#define F2B_CONTROL_GUARD_H

#include "action/action.h"
#include "compat/pyexpr.h"
#include "control/exempt.h"
#include "jail/ban.h"
#include "jail/failure.h"
#include "jail/ignore.h"
#include "jail/prefix.h"
#include "scan/filter.h"
#include "util/list.h"

/*
 * A jail at work: its sources feed its filter, what fails is counted, who fails too often is
 * banned, and bans go to its actions and to the store. The parts know nothing of one another; here
 * they are wired.
 */
struct monitor;
struct guardjournal;
struct guardfeed;

enum guard_state {
	GUARD_NEW,	/* being configured */
	GUARD_RUNNING,
	GUARD_STOPPING,	/* waits for its actions to end */
};

/* One "bantime.NAME" setting. */
struct guard_option {
	struct list link;
	char *name, *value;
};

struct guard {
	struct list link;	/* of the monitor's, in order of creation */
	struct monitor *monitor;
	uint64_t serial;	/* unique: for look-ups that end after their jail */
	char *name;
	char *backend;	/* as given: "auto", "polling" */
	enum guard_state state;
	bool idle;
	bool affected, named;	/* by the reload under way; named by its "add" */

	struct filter *filter;
	struct filter_sink filter_sink;
	struct list logs;
	struct list globs;	/* patterns of more logs, see guardglob.h */
	struct guardjournal *journal;	/* in place of logs with the backend systemd; else NULL */
	struct guardfeed *feed;	/* in place of logs with the backend nflog and the like; else NULL */
	struct guardlog *reading;	/* whose line the filter looks at; else NULL */
	bool again;	/* a former run, which ended in a crash, had this line already */
	bool dates_told;	/* the log says how dates are looked for */
	int64_t noted_day[FILTER_NOTES];	/* by enum filter_note: the last day it was logged */

	struct failure_table *failures;
	struct failure_limits limits;
	struct prefix_lengths prefix;	/* networks that count in place of addresses */
	struct ban_table *bans;
	struct pyexpr_number findtime, bantime;	/* seconds, as they were set */
	bool unrestored;	/* bans in the store could not be read yet */
	struct list options;	/* bantime.* */
	bool grows;	/* ban times grow with each ban: "bantime.increment" */
	struct list growing;	/* bans whose actions are yet to hear their time, see grow.h */
	struct ignore *ignore;
	struct exempt *exempt;	/* decides who is ignored */

	struct action_list *actions;
	struct action_jail action_jail;
	unsigned epoch;	     /* raised when an action's rules had to be repaired */
	struct mono checked; /* when rules were last checked since somebody banned got through */

	struct guard_waiter *waiters; /* for its end, while it stops */
};

/* -EINVAL with d if backend names nothing that we have. */
int guard_backend(struct slice backend, struct diag *d);

struct guard *guard_new(struct monitor *m, struct slice name, struct slice backend);
/* Must not be running. */
void guard_free(struct guard *g);

/* Restores bans from the store, starts actions, begins to read. */
void guard_start(struct guard *g);
void guard_set_idle(struct guard *g, bool idle);

/*
 * Stops reading, lifts bans, stops actions; then frees the guard and calls stopped, if it is not
 * NULL. Bans stay in the store, for the next start. One that is stopping already goes on with that.
 */
void guard_stop(struct guard *g, void (*stopped)(void *arg), void *arg);

void guard_set_bantime(struct guard *g, struct pyexpr_number seconds);
void guard_set_findtime(struct guard *g, struct pyexpr_number seconds);

/* A "bantime.*" setting; an empty value removes it. */
void guard_set_option(struct guard *g, struct slice name, struct slice value);
bool guard_option(const struct guard *g, struct slice name, struct slice *value);

/* True if it looks at its logs again and again, instead of being told of changes. */
bool guard_polls(const struct guard *g);

/* What it reads with: "pyinotify", "polling", "systemd" or a feed's kind, as status names it. */
const char *guard_source(const struct guard *g);

/*
 * Begins a line of the log, "[jail] What id", which is ended with log_end(); NULL if level is not
 * logged.
 */
struct buf *guard_log(
    const struct guard *g, int level, const char *module, const char *what, struct slice id);

/* Looks up, again, the names among those to ignore, also of files that changed. */
void guard_resolve_ignored(struct guard *g);
/* What that gave, from whoever asked; logs a failure that is new. */
void guard_ignored_resolved(
    struct guard *g, struct slice name, const struct addr *addrs, size_t count, const char *error);

#endif
