#ifndef F2B_ACTION_DIRECT_H
#define F2B_ACTION_DIRECT_H

#include "action/command.h"
#include "action/nftcompare.h"

/*
 * Bans and unbans that need no shell of their own: the command of the action, with its tags replaced,
 * is exactly a form that we know how to do for many at once (see form.h).
 *
 * An action's forms are found once, from its properties, and found again when these change. They
 * leave nothing open but the address and the ban time, so that a ban costs no text.
 */
enum direct_kind {
	DIRECT_NONE,		/* what only a shell can do */
	DIRECT_NFT,		/* done by direct_commit() */
	DIRECT_IPSET,
	DIRECT_IPTABLES,	/* done by direct_rules(), or else by direct_start() */
};

/* A job as far as it matters here; all is lent. */
struct direct_item {
	enum event event;
	struct entry *entry;
	struct ticket *ticket;
};

/*
 * How the item is done; DIRECT_NONE, too, if its action has yet to be started for the family, has
 * nobody to unban, or if it is an event of no ticket.
 */
enum direct_kind direct_kind(const struct direct_item *item, struct action_jail *jail);

/* True if two items of one kind can be done by one. */
bool direct_joins(const struct direct_item *a, const struct direct_item *b);

/* How many items can be done at once. */
size_t direct_max(enum direct_kind kind);

/*
 * Does all in their order. 0, or a negative errno with *failed the first item that was refused, or
 * count if that is not known. Then some may be done, and to do them again does no harm.
 */
int direct_commit(struct runner *r, enum direct_kind kind, const struct direct_item *items,
    size_t count, size_t *failed);

/*
 * Starts to do all, or nothing, in their order. finished is told later whether it was done. -E2BIG if
 * these are too many for one program, another negative errno if that could not be started.
 */
int direct_start(struct runner *r, const struct direct_item *items, size_t count,
    void (*finished)(void *arg, int status), void *arg);

/*
 * Does at once, in the kernel, what direct_start() is for. False, with nothing done, if iptables has yet to show
 * how it makes one of the rules, if not all are to be added, or if the kernel refuses one.
 */
bool direct_rules(struct runner *r, const struct direct_item *items, size_t count);

/* A program has done the item: if that made the first rule of its kind, it is looked at. */
void direct_learn(struct runner *r, const struct direct_item *item);

/* Notes that the items are done, in one of these ways. */
void direct_done(const struct direct_item *items, size_t count);

/*
 * Actions with commands of nft or ipset: what is in their sets can be compared with the jail's bans. Adds to
 * *out; send: makes the sets what they should be, as far as they are there. 0, or a negative errno
 * with the reason in r->diag.
 */
bool direct_comparable(struct entry *e);
int direct_compare(struct runner *r, struct entry *e, bool send, struct action_state *out);

/* The form of a ban that adds a rule of iptables for this family; or NULL. */
const struct form *direct_rule(struct entry *e, enum family family);

/* True if another action, of any jail, has bans in the set or chain that a form of this one names. */
bool direct_shares(const struct entry *e, const struct form *form);

/*
 * False if all commands go to a shell, as F2B_FASTPATH=off in the environment or direct_set() says, or if
 * none is run at all: script_simulate().
 */
bool direct_enabled(void);
void direct_set(bool on);

#endif
