#ifndef F2B_SCAN_SESSION_H
#define F2B_SCAN_SESSION_H

#include "scan/door.h"
#include "util/list.h"
#include "util/table.h"

/*
 * What is remembered of connections whose lines belong together by an id of theirs (<F-MLFID>): the
 * address is told in one line, the failure in another.
 *
 * A log's author can open as many sessions as he likes and fill them: the number is capped, and what
 * one keeps is too; the oldest goes first.
 */
#define SESSIONS_MAX 100
#define SESSION_LIFE SPAN_S(300)
#define SESSION_USERS_MAX 64
#define SESSION_USERS_BYTES_MAX ((size_t)64 << 10)	/* beyond the first two */
#define SESSION_BYTES_MAX ((size_t)256 << 10)	/* of lines */
#define SESSION_TEXT_MAX ((size_t)64 << 10)	/* of a name or a line; no more of it is kept */

struct session_lines {
	struct door_line *v;	/* each one block, before.p is its start */
	size_t count, cap;
	size_t bytes;
};

struct session {
	struct list link;	/* oldest first */
	struct slice id;
	struct instant set;
	bool cached;	/* false: only lives for the line at hand */
	bool nofail;	/* the last line was no failure by itself */
	bool pending;	/* a failure waits for its address */
	struct door_attr attrs[DOOR_ATTRS_MAX];
	size_t attr_count;
	struct slice users[SESSION_USERS_MAX];
	size_t user_count, user_bytes;	/* the first two count no bytes */
	size_t users_at;	/* how many attributes there were when the first user came */
	struct session_lines before;	/* of lines that were no failure, not reported yet */
	struct session_lines matches;	/* to be reported, or reported by the last failure */
};

struct session_table {
	struct table by_id;
	struct list order;
	struct instant next_expiry; /* none of them expires before */
	struct session *spare; /* one that was freed, as it is large and the next comes soon; or NULL */
};

void session_table_init(struct session_table *t);
void session_table_done(struct session_table *t);

/* The session of id, if it was used within SESSION_LIFE of now; or NULL. */
struct session *session_get(struct session_table *t, struct slice id, struct instant now);

/* A new session, in the table if cached. One that is not must be freed with session_free(). */
struct session *session_new(
    struct session_table *t, struct slice id, bool cached, struct instant now);

/* Takes s out of the table; it is then the caller's to free. */
void session_take(struct session_table *t, struct session *s);
void session_free(struct session_table *t, struct session *s);

/* Everything is copied. A value that is absent, or one too many, is not entered. */
void session_set(struct session *s, const struct door_attr *attr);
void session_add_user(struct session *s, struct slice user);
void session_lines_add(struct session_lines *lines, const struct door_line *line);
void session_lines_clear(struct session_lines *lines);
/* Moves all lines of from behind those of to. */
void session_lines_move(struct session_lines *to, struct session_lines *from);

#endif
