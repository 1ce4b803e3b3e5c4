#ifndef F2B_ACTION_ENTRY_H
#define F2B_ACTION_ENTRY_H

#include "action/action.h"
#include "util/diag.h"
#include "util/list.h"
#include "util/time.h"

/*
 * One action of a jail: its properties, and what of it is in force. Counted, since a job may
 * outlive its action's place in the list.
 *
 * An action keeps state by family of address, because most firewalls keep the two apart. A family is
 * only told apart for tags and conditional properties ("blocktype?family=inet6"); FAMILY_PLAIN is
 * the one of an action's start that knows no families.
 */
enum family { FAMILY_PLAIN, FAMILY_INET4, FAMILY_INET6, FAMILY_OTHER, FAMILY_COUNT };

#define ENTRY_STARTED 1u
#define ENTRY_ITEMS 2u

struct property {
	struct slice name, value;
};

struct entry {
	struct list link;
	unsigned refs;
	struct slice name;
	struct property *props;	/* in order of first setting */
	size_t count;
	unsigned state[FAMILY_COUNT];
	enum family
	    order[FAMILY_COUNT]; /* in which families got their state, since the last stop */
	size_t ordered;
	bool wanted;		/* its start was asked for */
	bool named;		/* in the reload that is going on */
	bool fresh;		/* added by the reload that is going on */
	bool smtp;		/* it has no commands, but smtp.h */
	unsigned epoch;		/* of the jail, when its rules were last put up again */
	unsigned revision;	/* other after each change of a property; never 0 */
	bool contested;		/* somebody takes its bans again and again, which was told */
	struct nftmod *nft;	/* what the native module keeps, or NULL */
	struct direct *direct;	/* what is known of its commands, one block, or NULL */
	struct action_state seen; /* of its chains, when chain_compare() last looked */
	struct list lane;	/* of the queue: among the actions that something waits for */
	struct list jobs;	/* … and what that is */
	size_t flying;		/* … or is being done */
	struct list everywhere;	/* among the actions of all jails */
	char *place[FAMILY_COUNT]; /* where its bans are, from its start to its stop; or NULL */
};

struct entry *entry_new(struct slice name);
struct entry *entry_ref(struct entry *e);
void entry_unref(struct entry *e);

/* Forgets the properties, keeps the state. */
void entry_clear(struct entry *e);

/* Copies both. -E2BIG with the entry as it was if there are too many, or they are too long. */
int entry_set(struct entry *e, struct slice name, struct slice value, struct diag *d);

/* Lent until the next entry_set() or entry_clear(). */
bool entry_get(const struct entry *e, struct slice name, struct slice *value);

/* The same, where "name?family=…" goes before "name" if there is one for this family. */
bool entry_get_for(
    const struct entry *e, struct slice name, enum family family, struct slice *value);

/* True if it has anything but white space for any family. */
bool entry_has(const struct entry *e, struct slice name);

bool entry_flag(const struct entry *e, struct slice name, bool fallback);

/* True if some property depends on a condition. */
bool entry_conditional(const struct entry *e);

/* True if it is to be started by the first ban of a family. */
bool entry_on_demand(const struct entry *e);

/* Adds bits to a family's state, and the family to the order. */
void entry_mark(struct entry *e, enum family family, unsigned bits);

/* Nothing is in force any more. */
void entry_stopped(struct entry *e);

/*
 * Says where the bans of a family are from now on, as the property "banplace" came to; empty: nowhere.
 * Jails may share a place, as the chain of "iptables[name=SSH]", and none is to empty it for itself.
 */
void entry_move(struct entry *e, enum family family, struct slice place);

/* True if another action, or this one for another family, has bans in the same place. */
bool entry_shares(const struct entry *e, enum family family);

/* The same of all its families. */
bool entry_shares_any(const struct entry *e);

/* True if there is another action, of any jail, of which is says so. */
bool entry_another(
    const struct entry *e, bool (*is)(struct entry *o, const void *arg), const void *arg);

/* Time allowed to a command: property "timeout", or a minute. */
struct span entry_timeout(const struct entry *e);

/* "inet4", "inet6", "" or "None". */
struct slice family_text(enum family f);

#endif
