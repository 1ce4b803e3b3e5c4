#ifndef F2B_STORE_STORE_H
#define F2B_STORE_STORE_H

#include "jail/ticket.h"
#include "source/file.h"
#include "util/diag.h"

/*
 * The database: fail2ban's own schema (version 4), so that bans, counts and log positions survive
 * a restart and a move in either direction. Changes are gathered in memory, where questions find
 * them, and written together by store_commit(), which the owner calls on a timer and at the end. The
 * more there are of them, the less each one takes.
 *
 * A failing database never stops banning, and a change cannot fail: where the database is locked or
 * its disk is full, it waits in memory, and store_commit() says why and tries again.
 */
struct store;

/*
 * Opens or makes the file; upgrades an older schema, of which a copy is kept beside it under the
 * name with the date, as fail2ban does. A damaged file is moved to such a name, and what can still
 * be read of it goes into a new one: then 0 is returned with d set to say so, as after an upgrade;
 * the caller logs it. created, which may be NULL, tells of a new file.
 *
 * check looks for damage in all of the file, which takes long if it is large; it is left out where nobody
 * has written to the file since store_close(). Without it, damage shows later, as -EUCLEAN: then
 * store_renew() is called for.
 *
 * A negative errno with d: -EBUSY while another process has it locked, which patience is to outlast;
 * -EROFS; -ENOENT where the folder is missing; -EPROTONOSUPPORT for the database of a newer version,
 * which stays as it is.
 */
int store_open(struct store **out, struct slice path, struct span patience, bool check, bool *created,
    struct diag *d);

/*
 * Opens the file again, with the check, and replaces it where it is damaged, as store_open() does; makes
 * it anew where it is gone, for which -ESTALE of store_commit() calls: somebody moved or deleted it. What
 * waits is kept, and what was entered but not committed waits again. A negative errno with d: it is as
 * before.
 */
int store_renew(struct store *s, struct diag *d);

/* Commits, with some patience for others who have the database locked. Takes NULL. */
int store_close(struct store *s, struct diag *d);

/*
 * Makes lasting what was entered since the last time, a part of it in each call. Returns 0, perhaps
 * with d set: some changes were lost; 1 if it must be called again for the rest, of which nothing is
 * lasting before its last part; or a negative errno with d: nothing is lost, and it should be called
 * again after a while.
 */
int store_commit(struct store *s, struct diag *d);

/* Changes that wait to be written. */
size_t store_waiting(const struct store *s);

/* Whether some of them wait for the rest of a commit, or for the database to become writable again. */
bool store_writing(const struct store *s);

/* Whether there is no room for more that waits, since the database takes nothing. */
bool store_full(const struct store *s);

/*
 * Changes that were lost since it was opened: they could never be written, or the database took none
 * for so long that there was no room for them. Where bans were lost so, store_gaps() is true once, as
 * soon as it takes changes again: those that still run may be added now.
 */
uint64_t store_lost(const struct store *s);
bool store_gaps(struct store *s);

struct slice store_path(const struct store *s);

/* Newest matches kept in a row; 0 keeps none. Default 10. */
void store_set_maxmatches(struct store *s, size_t n);
size_t store_maxmatches(const struct store *s);

/*
 * Jails: known and enabled, or no longer. One was left if the process that used the database before
 * ended without disabling it: it crashed. That is known until the jail is disabled.
 */
bool store_jail_left(struct store *s, struct slice jail);
void store_add_jail(struct store *s, struct slice jail);
void store_del_jail(struct store *s, struct slice jail);
void store_disable_all(struct store *s);

/* Log positions. -ENOENT if there is none. */
int store_get_position(
    struct store *s, struct slice jail, struct slice path, struct file_position *out);
void store_set_position(
    struct store *s, struct slice jail, struct slice path, const struct file_position *pos);

/* Bans. bantime_s as resolved by the jail. The jail must have been added. */
void store_add_ban(struct store *s, struct slice jail, struct ticket *t, double bantime_s);
void store_del_ban(struct store *s, struct slice jail, struct slice id);
void store_del_bans(struct store *s, struct slice jail);

/*
 * Bans of jail that still run at now: those with timeofban + bantime after now, and permanent ones.
 * Without since (0) all; with it only those made after it. take gets a ticket it must reference to
 * keep; its bantime_s and bancount are the row's, its matches at most store_maxmatches(). A row
 * that came from an old schema does not know its duration: has_bantime is false.
 * take must not call the store. Returns the number of rows that were skipped, for they are no bans
 * (d then says so); a negative errno with d if the database cannot be read.
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

/*
 * For <ipmatches>, <ipfailures> and, with a jail, <ipjailmatches>: merged over the stored bans, the
 * newest store_maxmatches() lines, oldest first, with newlines between. -ENOENT if there are none.
 * Of very many bans only the newest count: 1000, or 2 MB of them. own, if it is not NULL, is a ban of
 * own_jail that may be stored by now or not: it counts as it is, and its row does not.
 */
int store_merged(struct store *s, struct slice jail, struct slice id, struct slice own_jail,
    const struct ticket *own, struct buf *matches, unsigned *failures);

/*
 * Deletes some of what is older than age. True if there is more: call again, in a later turn of the
 * loop, until it is false; then the next call begins anew.
 */
bool store_purge(struct store *s, struct instant now, struct span age);

#endif
