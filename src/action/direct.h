#ifndef F2B_ACTION_DIRECT_H
#define F2B_ACTION_DIRECT_H

#include "action/command.h"

/*
 * Bans and unbans that need no shell: the command of the action, with its tags replaced, is exactly
 * a form that we know how to tell the kernel. Many of them are told at once.
 *
 * An action's forms are found once, from its properties, and found again when these change. They
 * leave nothing open but the address and the ban time, so that a ban costs no text.
 */
enum direct_kind {
	DIRECT_NONE,	/* what only a shell can do */
	DIRECT_NFT,
	DIRECT_KINDS,
};

/* A job as far as it matters here; all is lent. */
struct direct_item {
	enum event event;
	struct entry *entry;
	const struct ticket *ticket;
};

/*
 * How the item is done; DIRECT_NONE, too, if its action has yet to be started for the family, has
 * nobody to unban, or if it is an event of no ticket.
 */
enum direct_kind direct_kind(const struct direct_item *item);

/*
 * Does all of one kind, at most DIRECT_ITEMS_MAX, in their order: all or none. 0, or a negative errno
 * with *failed the first item that was refused, or count if the error is of no one item. What the
 * actions have in force is noted.
 */
#define DIRECT_ITEMS_MAX ((size_t)50000)
int direct_commit(struct runner *r, enum direct_kind kind, const struct direct_item *items,
    size_t count, size_t *failed);

/* False if F2B_FASTPATH=off, so that all commands go to a shell, or if none is run. */
bool direct_enabled(void);

#endif
