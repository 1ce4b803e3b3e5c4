#ifndef F2B_ACTION_NFTMOD_H
#define F2B_ACTION_NFTMOD_H

#include "action/command.h"

/*
 * An action with "module = nft": what fail2ban's nftables action does with commands is done in the
 * kernel, at once. Structure is made with the first ban of a family; where somebody took it away, it
 * is made again by the next ban.
 *
 * An address to unban that is not there is unbanned.
 */

/* True if the action names a module, this one or one that we lack. */
bool nftmod_named(const struct entry *e);

/* Does the runner's event. 0, or a negative errno with the reason in r->diag. */
int nftmod_event(struct runner *r);

#endif
