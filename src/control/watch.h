#ifndef F2B_CONTROL_WATCH_H
#define F2B_CONTROL_WATCH_H

#include "control/command.h"

/*
 * Clients that are told what happens, for as long as they stay. Each event is a reply of its own,
 * (0, map); the map has "event", "jail", "id", "time" (when it was told, in seconds) and, by event:
 *
 *	watching  "version" of this list: the first one, without jail and id
 *	found     "when", the failure's date; "attempt" is the same, made by hand
 *	ban       "when", "failures", "bantime" in seconds, -1 for ever
 *	restore   the same, for a ban of an earlier run
 *	unban     a ban has ended, or was lifted
 *	repeal    a ban goes with its jail, and comes back with it
 *	lost      "count": so many events were not sent, for the client was slow
 *	stopping  the last one
 *
 * A client that reads too slowly loses events, and is told how many; one that reads nothing is cut
 * off by conn.h.
 */
enum watch_event {
	WATCH_FOUND,
	WATCH_ATTEMPT,
	WATCH_BAN,
	WATCH_RESTORE,
	WATCH_UNBAN,
	WATCH_REPEAL,
	WATCH_EVENTS, /* how many */
};

#define WATCH_VERSION 1
#define WATCHERS_MAX 64
#define WATCHERS_READERS_MAX 32 /* of them; the rest is for the control socket */

/* "watch [--events=EVENT,...] [JAIL...]" */
struct value *watch_run(struct request *rq);

/* Both cost nothing while nobody watches. What a ticket is the end of, and what is only counted. */
void watch_tell(struct guard *g, enum watch_event event, const struct ticket *t);
void watch_failed(struct guard *g, enum watch_event event, struct slice id, struct instant when);

/* Tells all watchers that the server stops, and lets them go. */
void watch_end_all(struct monitor *m);

#endif
