#ifndef F2B_CONTROL_GROW_H
#define F2B_CONTROL_GROW_H

#include "control/guard.h"

/*
 * What "bantime.increment" does with the history that the store keeps: bans of known offenders last
 * longer, and their failures count for more. Without a store, or with the option off, nothing.
 */

/* A new ban: gives the ticket its time and count; its actions hear of it a little later. */
void grow_ban(struct guard *g, struct ticket *t);

/*
 * A failure that was counted without a ban: counts it again if its id was banned before. Returns a
 * ticket as failure_add() does.
 */
struct ticket *grow_failure(struct guard *g, struct slice id, struct instant when);

/* Drops what grow_ban() still has to tell. */
void grow_forget(struct guard *g);

#endif
