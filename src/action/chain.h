#ifndef F2B_ACTION_CHAIN_H
#define F2B_ACTION_CHAIN_H

#include "action/command.h"

/*
 * Actions with commands of iptables: what is in their chains can be compared with the jail's bans, too,
 * but only a program can tell it, which takes a while.
 */
bool chain_comparable(struct entry *e);

/*
 * Looks, by family, at what was started, and leaves in r->entry->seen how it compares. send: makes
 * the chains what they should be, as far as they are there, but for bans which are made anew anyway
 * since the rules were put up again. next is called later, perhaps at once.
 */
void chain_compare(struct runner *r, bool send, runner_step *next);

#endif
