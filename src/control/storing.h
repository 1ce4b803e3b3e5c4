#ifndef F2B_CONTROL_STORING_H
#define F2B_CONTROL_STORING_H

#include "util/diag.h"

/*
 * When the monitor's store is opened, committed and closed. One that cannot be opened is tried again
 * every ten seconds; when it can be, stored bans are taken up and those made meanwhile are stored.
 */
struct storing;
struct monitor;

struct storing *storing_new(struct monitor *m);

/* Commits what is left, with some patience, and closes the store. */
void storing_free(struct storing *s);

/*
 * Sets the database: "None" or a path. That it cannot be opened has been logged, and is no reason not
 * to ban.
 */
void storing_set(struct monitor *m, struct slice path);

/* True if there is a store, or one that is tried again. */
bool storing_wanted(const struct monitor *m);

/* Path of the one that is tried again; empty if none is. */
struct slice storing_missed(const struct monitor *m);

/* Newest matches kept in a row: of the store, also of one that is yet to be opened. */
void storing_set_maxmatches(struct monitor *m, size_t n);

/* Tries again what could not be opened. For every ten seconds. */
void storing_retry(struct monitor *m);

/* Something was written to the store: commit it within 100 ms. */
void storing_dirty(struct monitor *m);

/*
 * The same of what a log tells, which would be read again if we ended: while there is very much of
 * it, the commit may take some seconds.
 */
void storing_logged(struct monitor *m);

/* What was written until now is nowhere else any more: commit it in the next turn of the loop. */
void storing_hurry(struct monitor *m);

/* Commits what was written until now, unless the database takes nothing at present. */
void storing_now(struct monitor *m);

/* Enters how far sources were read. */
void storing_positions(struct monitor *m);

/* The store could not be read, as it is damaged: it is to be checked, and replaced. */
void storing_damaged(struct monitor *m);

/* A failure to read the store that was survived: logs it. */
void storing_failed(const struct diag *d);

#endif
