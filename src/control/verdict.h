#ifndef F2B_CONTROL_VERDICT_H
#define F2B_CONTROL_VERDICT_H

#include "control/guard.h"

/*
 * What a jail does with a failure, from the door to the ban: names are looked up, those to be
 * ignored are let go, the rest is counted, and banned in the same turn of the loop.
 */

/* A failure from the filter. */
void verdict_failure(struct guard *g, const struct door_failure *failure);

/* An attempt told by hand. Tells, now or later, whether it counts: it may be ignored. */
void verdict_attempt(struct guard *g, struct slice id, const struct slice *matches,
    size_t match_count, void (*told)(void *arg, bool counted), void *arg);

/*
 * Bans ticket, which was counted, told by hand, or restored. True if it is banned now and was not
 * before.
 */
bool verdict_ban(struct guard *g, struct ticket *ticket);

/* Lifts one ban, and forgets who had it. False if id is not banned. */
bool verdict_unban(struct guard *g, struct slice id);

/* Lifts every ban; returns how many. forget also removes them from the store. */
size_t verdict_unban_all(struct guard *g, bool forget);

/* Lifts what is over at now. */
void verdict_expire(struct guard *g, struct instant now);

/* A ticket for id as it is banned: an address in its canonical form, or any text. */
struct ticket *verdict_ticket(struct slice id, struct instant when);

#endif
