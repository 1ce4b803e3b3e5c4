#ifndef F2B_CONTROL_UNBAN_H
#define F2B_CONTROL_UNBAN_H

#include "control/command.h"

/*
 * Lifting bans by hand. A word lifts what is banned under its very text; else, if it is a network,
 * every ban within it, and if it is a host name, the bans of its addresses. Other spellings of an
 * address lift nothing, and count as absent (observed).
 */

/*
 * Lifts what the arguments from first on name, in rq->guard or, where it is NULL, in all jails, and
 * gives the number of bans lifted once the actions have carried it out. With report, words that
 * lifted nothing are an error.
 */
struct value *unban_run(struct request *rq, size_t first, bool report);

#endif
