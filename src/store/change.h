#ifndef F2B_STORE_CHANGE_H
#define F2B_STORE_CHANGE_H

#include "jail/ticket.h"
#include "source/file.h"
#include "store/query.h"
#include "util/list.h"

/*
 * What is to be written. Changes wait until there is a commit, and are then one group: sorted, as
 * half of the b-trees that a ban touches are in the order of addresses, and many bans in that order
 * touch each page once. A group is entered into one transaction, and kept until its commit: where the
 * database is locked by somebody else, or its disk is full, it waits for better times, with all that
 * come after it.
 */
struct change {
	struct list link;
	/* Writes it. Any error but those of the change itself is one of the database. */
	int (*write)(struct queries *q, const struct change *c, struct diag *d);
	enum query query;
	uint32_t jail_n, text_n; /* text is an id or a path; empty where there is none */
	union {
		struct file_position position;
		struct {
			struct ticket *ticket;
			double bantime_s;
			size_t max_matches;
		} ban; /* of ADD_BAN */
	};
	char texts[]; /* jail, then text */
};

struct changes {
	struct queries *queries;
	struct list entered; /* into the open transaction */
	struct list waiting; /* to be entered */
	size_t waiting_n;
	size_t group_n; /* the first of waiting, which go into the open transaction before its commit */
	uint64_t lost; /* that could not be kept, since the last time that was told */
	int error;     /* why they wait; 0 if they do not */
	struct diag why;
};

/* More than these do not wait: the oldest are lost, and counted. */
#define CHANGES_MAX 100000

/* From here on each change that comes makes those before it fewer. */
#define CHANGES_MANY 60000

void changes_init(struct changes *cs, struct queries *q);
void changes_done(struct changes *cs); /* what is not committed is lost */

/* A new change of the query, with copies of jail and text. */
struct change *change_new(enum query query, struct slice jail, struct slice text);
struct slice change_jail(const struct change *c);
struct slice change_text(const struct change *c);

/* Takes c over, to wait. */
void changes_add(struct changes *cs, struct change *c);

/*
 * Enters all that waits, if that can be, for a question to find it. If there is very much, the loop
 * waits long.
 */
void changes_settle(struct changes *cs);

/* Opens the transaction, unless it is. For statements that are no changes. */
int changes_begin(struct changes *cs, struct diag *d);

/* A statement that is no change failed: its transaction is rolled back, and entered again later. */
void changes_failed(struct changes *cs, int error, const struct diag *d);

/* store_commit() */
int changes_commit(struct changes *cs, struct diag *d);

#endif
