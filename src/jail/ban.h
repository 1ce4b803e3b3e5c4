#ifndef F2B_JAIL_BAN_H
#define F2B_JAIL_BAN_H

#include "jail/ticket.h"

/*
 * Who is banned, and until when. A ban runs from its ticket's date for the ticket's own ban time,
 * or for the jail's, which may change while it runs. Ends are moments of the wall clock.
 *
 * What bans keep of matches has a cap; beyond it, those of the oldest bans are given up. What they
 * say of the offender else stays, for the commands that end a ban.
 */
struct ban_table;

enum ban_result {
	BAN_NEW,
	BAN_KNOWN,	/* banned already; the end may have moved later */
	BAN_EXPIRED,	/* its time is over before it began; not entered */
};

/* Beyond any date, as fail2ban has it: the end of a permanent ban. */
#define BAN_NEVER ((struct instant){INT64_MAX})

#define BAN_MATCHES_MAX ((size_t)8 * 1024 * 1024)

struct ban_table *ban_table_new(double bantime_s, size_t max_match_bytes);
void ban_table_free(struct ban_table *t);	/* takes NULL */

/* Of bans without a time of their own; running ones included. */
void ban_set_bantime(struct ban_table *t, double bantime_s);

/* The ban time of ticket in this jail, in seconds or BANTIME_PERMANENT. */
double ban_bantime(const struct ban_table *t, const struct ticket *ticket);
struct instant ban_end(const struct ban_table *t, const struct ticket *ticket);

/* References the ticket if it was entered. Raises its bancount by one on BAN_NEW. */
enum ban_result ban_add(struct ban_table *t, struct ticket *ticket, struct instant now);

/* The ticket of id, lent; NULL if it is not banned. */
struct ticket *ban_get(const struct ban_table *t, struct slice id);

/* A ticket in the table got another ban time of its own. */
void ban_changed(struct ban_table *t, struct slice id);

/* Removes id; the reference becomes the caller's. NULL if it is not banned. */
struct ticket *ban_take(struct ban_table *t, struct slice id);

/* Removes one ban that is over at now; NULL if there is none. The reference is the caller's. */
struct ticket *ban_take_expired(struct ban_table *t, struct instant now);

/* When the next ban ends; BAN_NEVER if none does. */
struct instant ban_next_end(const struct ban_table *t);

size_t ban_count(const struct ban_table *t);
uint64_t ban_total(const struct ban_table *t);	/* entered so far */
uint64_t ban_without_matches(const struct ban_table *t);	/* whose matches were given up */

/* Whether there were thousands of bans and few are left, since this was asked last. */
bool ban_shrunk(struct ban_table *t);

/*
 * All tickets, lent: oldest ban first, or by end. The array is the caller's to mem_free(); *count
 * is set.
 */
enum ban_order { BAN_BY_ENTRY, BAN_BY_END };
struct ticket **ban_list(const struct ban_table *t, enum ban_order order, size_t *count);

#endif
