#ifndef F2B_ACTION_NFTMOD_H
#define F2B_ACTION_NFTMOD_H

#include "action/command.h"
#include "action/nftcompare.h"

/*
 * An action with "module = nft": what fail2ban's nftables action does with commands is done in the
 * kernel, at once. For each family there is a set of addresses and, from the first ban of a network
 * on, a set of networks; each ban ends in the kernel, too, a moment after its time is over.
 *
 * Structure is made with the first ban of a family. What is there when the action starts is taken
 * over: its rules are replaced in one transaction, and once the jail's bans are restored the
 * difference is sent. Where somebody took something away, EVENT_LOST puts it back. Other properties
 * after a reload change what is there.
 *
 * Actions of one name share their sets, as those made of commands do: each takes only its own bans out, and
 * the last one all.
 *
 * An address to unban that is not there is unbanned.
 */

/* True if the action names a module, this one or one that we lack. */
bool nftmod_named(const struct entry *e);

/* Does the runner's event. 0, or a negative errno with the reason in r->diag. */
int nftmod_event(struct runner *r);

/* What is kept for an action. */
void nftmod_free(struct nftmod *m);	/* takes NULL */

/*
 * The set that a ticket's address goes to, lent by the action until its properties change; NULL if
 * that is not made yet, or bans overlap in it, so that an unban is more than to take one out.
 */
const struct nft_set_name *nftmod_set(const struct entry *e, const struct ticket *t);

/* True if the set was taken over and is yet to be compared with all restored bans. */
bool nftmod_adopting(const struct entry *e, const struct ticket *t);

/* True if another action with the module, of any jail, has bans in a set of this one. */
bool nftmod_shares(const struct entry *e);

/* True if the loss of this table, or set of it, takes something from the action. See nftwatch.h. */
bool nftmod_concerned(const struct entry *e, struct slice table, struct slice set);

/*
 * Adds to *out how the kernel's sets and the jail's bans compare. 0, or a negative errno with the
 * reason in r->diag.
 */
int nftmod_compare(struct runner *r, const struct entry *e, struct action_state *out);

#endif
