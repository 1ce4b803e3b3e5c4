#ifndef F2B_STORE_STORE_H
#define F2B_STORE_STORE_H

#include "jail/ticket.h"
#include "source/file.h"
#include "util/diag.h"

/*
 * The database: fail2ban's own schema (version 4), so that bans, counts and log positions survive
 * a restart and a move in either direction. Writes are gathered and committed together by
 * store_commit(), which the owner calls on a timer and at the end; a failing database is reported
 * and never stops banning.
 */
struct store;

/* Opens or makes the file; upgrades older schemas. created may be NULL. */
int store_open(struct store **out, struct slice path, bool *created, struct diag *d);
void store_close(struct store *s);	/* commits; takes NULL */

struct slice store_path(const struct store *s);

/* Newest matches kept in a row; 0 keeps none. Default 10. */
void store_set_maxmatches(struct store *s, size_t n);
size_t store_maxmatches(const struct store *s);

/* Jails: known and enabled, or no longer. */
int store_add_jail(struct store *s, struct slice jail, struct diag *d);
int store_del_jail(struct store *s, struct slice jail, struct diag *d);
int store_disable_all(struct store *s, struct diag *d);

/* Log positions. -ENOENT if there is none. */
int store_get_position(
    struct store *s, struct slice jail, struct slice path, struct file_position *out);
int store_set_position(struct store *s, struct slice jail, struct slice path,
    const struct file_position *pos, struct diag *d);

/* Bans. bantime_s as resolved by the jail. */
int store_add_ban(struct store *s, struct slice jail, const struct ticket *t, double bantime_s,
    struct diag *d);
/* One id, or all of the jail with an empty id. */
int store_del_ban(struct store *s, struct slice jail, struct slice id, struct diag *d);

/*
 * Bans of jail that still run at now: those with timeofban + bantime after now, and permanent ones.
 * Without since (0) all; with it only those made after it. take gets a ticket it must reference to
 * keep; its bantime_s and bancount are the row's.
 */
int store_each_ban(struct store *s, struct slice jail, struct instant now, struct instant since,
    void (*take)(void *arg, struct ticket *t), void *arg, struct diag *d);

/* What is known of id before: for growing ban times. -ENOENT if nothing is. */
struct store_history {
	unsigned bancount;
	struct instant last;
	double bantime_s;
};
/* jail is empty for all jails together. */
int store_history(struct store *s, struct slice jail, struct slice id, struct store_history *out);

/* For <ipmatches>, <ipfailures> and the same for one jail: merged over the stored bans. */
int store_merged(struct store *s, struct slice jail, struct slice id, struct buf *matches,
    unsigned *failures);

/* Deletes what is older than age. */
int store_purge(struct store *s, struct instant now, struct span age, struct diag *d);

int store_commit(struct store *s, struct diag *d);

#endif
