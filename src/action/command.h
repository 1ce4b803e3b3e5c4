#ifndef F2B_ACTION_COMMAND_H
#define F2B_ACTION_COMMAND_H

#include "action/hostname.h"
#include "action/info.h"

/*
 * An action made of shell commands, and what becomes of them: which are run for an event, in
 * which order, for which families, and what is tried where one fails.
 *
 * A command that fails is not the end. "actioncheck" tells whether the rules are still as they
 * should be: if so the command is run once more; if not they are put up again ("actionrepair", or
 * "actionstop" and "actionstart"), checked again, and the command is run once more.
 *
 * One runner does one event at a time.
 */
enum event {
	EVENT_START,
	EVENT_BAN,
	EVENT_UNBAN,
	EVENT_REBAN,
	EVENT_PROLONG,
	EVENT_FLUSH,
	EVENT_LAST_FLUSH, /* before a stop: what cannot be flushed is not put up again */
	EVENT_RELOAD,
	EVENT_CHECK, /* are the rules as they should be? */
	EVENT_STOP,
	EVENT_REPAIR,	/* make what is in force what it should be */
	EVENT_LOOK,	/* only look at it, where a program tells; see chain.h */
	/* Of actions of a module only. */
	EVENT_RESTORED,	/* all bans of the store have been asked for */
	EVENT_LOST,	/* somebody else took something away */
};

struct runner;
struct nft;
struct ipset;

typedef void runner_step(struct runner *r, bool ok);

/* How much of a ticket the tags of a command see. */
enum runner_tags { TAGS_FAMILY, TAGS_NOBODY, TAGS_TICKET };

struct runner {
	uv_loop_t *loop;
	struct action_jail *jail;
	void (*finished)(struct runner *r);	/* may be called before runner_begin() returns */

	enum event event;
	struct entry *entry;
	struct ticket *ticket;		/* NULL where an event has none */
	enum family family;
	bool failed;
	struct diag diag;		/* set where a command could not even be made */

	/* The command that is made or runs. */
	struct slice property;
	enum runner_tags tags;
	runner_step *next;
	struct slice script;	/* what runs, where another family may do without; a mem_copy() */

	/* Where the parts of an event go on when they are over. */
	runner_step *checked_next, *repaired_next;
	struct slice checked_property;

	/* A walk over families. */
	unsigned families;		/* bits of those still to come */
	bool once;			/* a script that succeeded need not run for another */
	struct slice seen[FAMILY_COUNT];	/* scripts that succeeded; each has a mem_copy() */
	size_t seen_count;

	struct nft *nft;		/* the kernel, once it was needed */
	struct ipset *ipset;
	uv_getnameinfo_t lookup;
	char host[256];			/* of the ticket's address; empty if it has none */
	bool looked_up;
	struct hostname_request own_name;
};

void runner_init(struct runner *r, uv_loop_t *loop, struct action_jail *jail,
    void (*finished)(struct runner *r));

/* Nothing may run any more. */
void runner_done(struct runner *r);

/* entry and ticket must stay until finished. Errors have been logged then. */
void runner_begin(struct runner *r, enum event event, struct entry *e, struct ticket *t);

/* Logs that an event failed, with the reason that text gives. */
void runner_log_failure(const struct action_jail *jail, enum event event, const struct entry *e,
    const struct ticket *t, const char *text);

/* Whether an action that is not started on demand is started for IPv6, too; it is unless told otherwise. */
void runner_allow_ipv6(bool allowed);

#endif
