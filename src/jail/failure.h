#ifndef F2B_JAIL_FAILURE_H
#define F2B_JAIL_FAILURE_H

#include "jail/ticket.h"
#include "util/arena.h"

/*
 * Counts failures by id and says when somebody has had enough. The count is a rate: an attempt
 * older than findtime does not drop out singly, but the number is scaled down to the window, as
 * fail2ban does it (observed: failures at 0, 100, 200, 650, 700, 1300, 1301 s with a findtime of
 * 600 s count 1, 2, 3, 4, 5, 3, 4).
 *
 * At its cap the table gives up the id that has been quiet for longest, and counts that. Lines and
 * attributes have a cap of their own: beyond it, those of ids that have been quiet for longest are
 * given up. Their counts stay, so that nobody escapes a ban, which then tells only of lines that
 * came later.
 */
struct failure_table;

/* The cap of ids if the jail has no other, and the highest that it can have. */
#define FAILURE_IDS_DEFAULT 1000000
#define FAILURE_IDS_MAX 100000000
#define FAILURE_MORE_MAX ((size_t)8 * 1024 * 1024)

struct failure_limits {
	unsigned maxretry;
	struct span findtime;
	size_t maxmatches;	/* lines to keep of one id, the newest; 0 keeps none */
};

/* Somebody failed. All is lent for the call. */
struct failure {
	struct slice id, ip;	/* as in a ticket */
	struct addr addr;	/* of ip; ADDR_NONE if that is no address */
	struct instant when;	/* the date of the line, so that a backlog counts as it happened */
	const struct door_line *lines;	/* the oldest first */
	size_t line_count;
	const struct door_attr *attrs;
	size_t attr_count;
	bool again, logged;	/* as in a ticket */
};

/* What a ticket tells of, for as long as it is not changed, and a is there. */
struct failure failure_of_ticket(const struct ticket *ticket, struct arena *a);

/* A ticket that tells of it, with the newest keep of its lines. */
struct ticket *failure_ticket(const struct failure *f, size_t keep);

/* max_ids is at least 1; max_more_bytes is the cap of lines and attributes. */
struct failure_table *failure_table_new(size_t max_ids, size_t max_more_bytes);
void failure_table_free(struct failure_table *t);	/* takes NULL */

/* Another cap of ids. Where there are more, each further id makes them two fewer. */
void failure_set_max(struct failure_table *t, size_t max_ids);
size_t failure_max(const struct failure_table *t);

/*
 * Failures of ids with these hashes, of hash_text(), are likely to be counted soon: what is known of them
 * is brought into the processor's cache, which takes as long for all of them as for one.
 */
#define FAILURE_EXPECT_MAX 32
void failure_expect(const struct failure_table *t, const uint64_t *hashes, size_t n);

/*
 * Counts a failure as count attempts; observed: what is kept of the id says one failure more, however
 * many attempts that are. Lines and attributes are merged into it.
 * Returns NULL, or a ticket with all that is known of the id once the count has reached
 * maxretry: the id is then no longer in the table, and the reference is the caller's.
 */
struct ticket *failure_add(struct failure_table *t, const struct failure_limits *limits,
    const struct failure *f, unsigned count);

/*
 * The failure of id that was just counted weighs more than one, as id was banned bancount times
 * before: raises the count by extra attempts. Observed: what is kept of it says one failure more, and
 * no match more. Returns as failure_add().
 */
struct ticket *failure_raise(struct failure_table *t, const struct failure_limits *limits,
    struct slice id, unsigned extra, unsigned bancount);

/*
 * Forgets ids that have been quiet for findtime: FAILURE_EXPIRE_MAX at a time, true if there may be
 * more. What that takes is a matter of how many go, not of how many there are. So one whose line was
 * dated far before those read just earlier may stay until more than FAILURE_EXPIRE_KEPT of those have
 * gone.
 */
#define FAILURE_EXPIRE_MAX 10000
#define FAILURE_EXPIRE_KEPT 1000
bool failure_expire(struct failure_table *t, struct instant now, struct span findtime);
/* Forgets one; false if it was not there. */
bool failure_forget(struct failure_table *t, struct slice id);

size_t failure_ids(const struct failure_table *t);	/* now */
uint64_t failure_total(const struct failure_table *t);	/* calls of failure_add() so far */
uint64_t failure_evicted(const struct failure_table *t);	/* ids given up at the cap */
uint64_t failure_given_up(const struct failure_table *t);	/* ids whose lines were */

/* Whether there were thousands of ids and few are left, since this was asked last. */
bool failure_shrunk(struct failure_table *t);

#endif
