#include "store/store.h"

#include "store/database.h"
#include "store/row.h"
#include "store/schema.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>

/* How long we wait for another process that has the database locked; at start it is longer. */
#define WAIT_MS 100

#define DEFAULT_MAXMATCHES 10

/* Times beyond these, in seconds, are no times. */
#define TIME_MAX 253402300799LL
#define BANTIME_MAX 1e12

/* What fail2ban writes where it does not know how long a ban was. */
#define BANTIME_UNKNOWN (-2)

enum query {
	BEGIN,
	COMMIT,
	ADD_JAIL,
	DISABLE_JAIL,
	DISABLE_ALL,
	IS_LEFT,
	FORGET_LEFT,
	GET_POSITION,
	SET_POSITION,
	ADD_BAN,
	SET_LATEST,
	DEL_BAN,
	DEL_LATEST,
	DEL_BANS,
	DEL_LATESTS,
	EACH_BAN,
	HISTORY,
	HISTORY_ALL,
	MERGED,
	PURGE_BANS,
	PURGE_LATEST,
	PURGE_JAILS,
	QUERIES,
};

/* A cell that is far too large is not even loaded. */
#define SMALL(column, max) "CASE WHEN length(" column ") <= " max " THEN " column " END"

static const char *const queries[QUERIES] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ADD_JAIL] = "INSERT INTO jails(name, enabled) VALUES(?1, 1) "
                 "ON CONFLICT(name) DO UPDATE SET enabled = 1",
    [DISABLE_JAIL] = "UPDATE jails SET enabled = 0 WHERE name = ?1",
    [DISABLE_ALL] = "UPDATE jails SET enabled = 0",
    [IS_LEFT] = "SELECT 1 FROM temp.left_jails WHERE name = ?1",
    [FORGET_LEFT] = "DELETE FROM temp.left_jails WHERE name = ?1",
    [GET_POSITION] = "SELECT " SMALL("firstlinemd5", "64") ", lastfilepos FROM logs WHERE jail = ?1 AND path = ?2",
    [SET_POSITION] = "INSERT INTO logs(jail, path, firstlinemd5, lastfilepos) "
                     "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(jail, path) DO UPDATE "
                     "SET firstlinemd5 = ?3, lastfilepos = ?4",
    [ADD_BAN] = "INSERT INTO bans(jail, ip, timeofban, bantime, bancount, data) "
                "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SET_LATEST] = "INSERT OR REPLACE INTO bips(jail, ip, timeofban, bantime, bancount, data) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [DEL_BAN] = "DELETE FROM bans WHERE jail = ?1 AND ip = ?2",
    [DEL_LATEST] = "DELETE FROM bips WHERE jail = ?1 AND ip = ?2",
    [DEL_BANS] = "DELETE FROM bans WHERE jail = ?1",
    [DEL_LATESTS] = "DELETE FROM bips WHERE jail = ?1",
    [EACH_BAN] = "SELECT " SMALL("ip", "1024") ", timeofban, bantime, bancount, " SMALL("data",
        "1048576") " FROM bips WHERE jail = ?1 AND "
                   "(bantime <= -1 OR timeofban + bantime > ?2) AND timeofban > ?3 "
                   "ORDER BY ip",
    [HISTORY] = "SELECT bancount, timeofban, bantime FROM bips WHERE ip = ?2 AND jail = ?1",
    [HISTORY_ALL] = "SELECT sum(bancount), max(timeofban), sum(bantime) FROM bips WHERE ip = ?2",
    [MERGED] = "SELECT " SMALL("data", "1048576") " FROM bans WHERE ip = ?2 AND "
               "(?1 = '' OR jail = ?1) ORDER BY timeofban DESC, rowid DESC LIMIT 10000",
    [PURGE_BANS] = "DELETE FROM bans WHERE timeofban < ?1",
    [PURGE_LATEST] = "DELETE FROM bips WHERE timeofban < ?1 AND bantime <> -1 AND "
                     "timeofban + 3 * bantime < ?1",
    [PURGE_JAILS] = "DELETE FROM jails WHERE enabled = 0 AND "
                    "NOT EXISTS(SELECT 1 FROM bans WHERE jail = name) AND "
                    "NOT EXISTS(SELECT 1 FROM bips WHERE jail = name)",
};

struct store {
	struct database file;
	size_t max_matches;
	sqlite3_stmt *prepared[QUERIES];
};

static int
fail(const struct store *s, struct diag *d, int error, const char *doing)
{
	return database_fail(&s->file, d, error, doing);
}

static sqlite3_stmt *
query(struct store *s, enum query q)
{
	if (s->prepared[q] == NULL &&
	    sqlite3_prepare_v3(s->file.db, queries[q], -1, SQLITE_PREPARE_PERSISTENT, &s->prepared[q],
	        NULL) != SQLITE_OK)
		return NULL;
	return s->prepared[q];
}

static void
bind_int(sqlite3_stmt *st, int i, int64_t number)
{
	(void)sqlite3_bind_int64(st, i, number);
}

static sqlite3_stmt *
query_for(struct store *s, enum query q, struct slice jail)
{
	sqlite3_stmt *st = query(s, q);

	if (st != NULL)
		database_bind_text(st, 1, jail);
	return st;
}

/* Runs a statement to its end. What it selects is not looked at. */
static int
finish(struct store *s, sqlite3_stmt *st, struct diag *d, const char *doing)
{
	int code, r = 0;

	if (st == NULL)
		return fail(s, d, schema_errno(sqlite3_errcode(s->file.db)), doing);
	code = sqlite3_step(st);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		r = fail(s, d, schema_errno(code), doing);
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return r;
}

static int
begin(struct store *s, struct diag *d)
{
	if (!sqlite3_get_autocommit(s->file.db))
		return 0;
	return finish(s, query(s, BEGIN), d, "cannot write");
}

int
store_commit(struct store *s, struct diag *d)
{
	sqlite3_stmt *st;
	int code, r;

	if (sqlite3_get_autocommit(s->file.db))
		return 0;
	st = query(s, COMMIT);
	code = sqlite3_step(st);
	if (code == SQLITE_BUSY) {
		r = fail(s, d, -EBUSY, "cannot commit yet");
	} else if (code != SQLITE_DONE) {
		r = fail(s, d, schema_errno(code),
		    "what was entered since the last commit is not stored");
		/* Not tried for ever: that would keep out all that is to come. */
		(void)sqlite3_exec(s->file.db, "ROLLBACK", NULL, NULL, NULL);
	} else {
		r = 0;
	}
	(void)sqlite3_reset(st);
	return r;
}

static void
close_all(struct store *s)
{
	for (size_t i = 0; i < QUERIES; i++) {
		(void)sqlite3_finalize(s->prepared[i]);
		s->prepared[i] = NULL;
	}
	database_close(&s->file);
}

int
store_open(struct store **out, struct slice path, bool *created, struct diag *d)
{
	struct store *s;
	int r;

	if (path.n == 0 || path.n >= PATH_MAX - 32 || memchr(path.p, '\0', path.n) != NULL)
		return diag_fail(
		    d, -EINVAL, (struct place){0}, "the database's path is no name of a file");
	s = MEM_NEW(struct store);
	s->file.path = mem_copy(path.p, path.n);
	s->max_matches = DEFAULT_MAXMATCHES;
	r = database_open(&s->file, d);
	if (r < 0)
		goto out;
	(void)sqlite3_busy_timeout(s->file.db, WAIT_MS);
	/* Where this fails, no jail counts as left. */
	(void)sqlite3_exec(s->file.db,
	    "CREATE TEMP TABLE left_jails AS SELECT name FROM jails WHERE enabled", NULL, NULL,
	    NULL);
	if (created != NULL)
		*created = r == 0;
	r = 0;
	*out = s;
	s = NULL;
out:
	if (s != NULL) {
		close_all(s);
		mem_free(s->file.path);
		mem_free(s);
	}
	return r;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	/* The caller commits before, where it wants to know whether that worked. */
	(void)store_commit(s, NULL);
	close_all(s);
	mem_free(s->file.path);
	mem_free(s);
}

struct slice
store_path(const struct store *s)
{
	return slice_cstr(s->file.path);
}

void
store_set_maxmatches(struct store *s, size_t n)
{
	s->max_matches = n;
}

size_t
store_maxmatches(const struct store *s)
{
	return s->max_matches;
}

/* A statement with the jail, and no more, as its argument. */
static int
change_jail(struct store *s, enum query q, struct slice jail, struct diag *d)
{
	int r = begin(s, d);

	return r < 0 ? r : finish(s, query_for(s, q, jail), d, "cannot enter a jail");
}

int
store_add_jail(struct store *s, struct slice jail, struct diag *d)
{
	return change_jail(s, ADD_JAIL, jail, d);
}

bool
store_jail_left(struct store *s, struct slice jail)
{
	sqlite3_stmt *st = query_for(s, IS_LEFT, jail);
	bool left = st != NULL && sqlite3_step(st) == SQLITE_ROW;

	(void)sqlite3_reset(st);
	return left;
}

int
store_del_jail(struct store *s, struct slice jail, struct diag *d)
{
	(void)finish(s, query_for(s, FORGET_LEFT, jail), NULL, "cannot forget a jail");
	return change_jail(s, DISABLE_JAIL, jail, d);
}

int
store_disable_all(struct store *s, struct diag *d)
{
	int r = begin(s, d);

	return r < 0 ? r : finish(s, query(s, DISABLE_ALL), d, "cannot disable the jails");
}

/* Lent until the statement's next step. */
static struct slice
column(sqlite3_stmt *st, int i)
{
	const char *p = sqlite3_column_blob(st, i);

	return p != NULL ? slice_of(p, (size_t)sqlite3_column_bytes(st, i)) : SLICE_EMPTY;
}

static void
read_position(sqlite3_stmt *st, struct file_position *out)
{
	struct slice hash = column(st, 0);
	int64_t offset = sqlite3_column_int64(st, 1);

	*out = (struct file_position){.offset = offset > 0 ? (uint64_t)offset : 0};
	/* A longer text is the hash of no line; none at all makes the file read from its start. */
	if (hash.n < sizeof(out->first_line_hash))
		memcpy(out->first_line_hash, hash.p, hash.n);
}

int
store_get_position(
    struct store *s, struct slice jail, struct slice path, struct file_position *out)
{
	sqlite3_stmt *st = query_for(s, GET_POSITION, jail);
	int code;

	if (st == NULL)
		return schema_errno(sqlite3_errcode(s->file.db));
	database_bind_text(st, 2, path);
	code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		read_position(st, out);
	(void)sqlite3_reset(st);
	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? -ENOENT : schema_errno(code);
}

int
store_set_position(struct store *s, struct slice jail, struct slice path,
    const struct file_position *pos, struct diag *d)
{
	sqlite3_stmt *st;
	int r = begin(s, d);

	if (r < 0)
		return r;
	st = query_for(s, SET_POSITION, jail);
	if (st != NULL) {
		database_bind_text(st, 2, path);
		database_bind_text(st, 3, slice_cstr(pos->first_line_hash));
		bind_int(st, 4, (int64_t)pos->offset);
	}
	return finish(s, st, d, "cannot store a log's position");
}

/* Whole numbers stay so: fail2ban's column is one of integers. */
static void
bind_seconds(sqlite3_stmt *st, int i, double seconds)
{
	if (seconds == floor(seconds) && fabs(seconds) < BANTIME_MAX)
		bind_int(st, i, (int64_t)seconds);
	else
		(void)sqlite3_bind_double(st, i, seconds);
}

static int64_t
rounded_seconds(struct instant t)
{
	return instant_seconds(instant_add(t, (struct span){US_PER_S / 2}));
}

static int
insert_ban(struct store *s, enum query q, struct slice jail, const struct ticket *t,
    double bantime_s, struct slice data, struct diag *d)
{
	sqlite3_stmt *st = query_for(s, q, jail);

	if (st != NULL) {
		database_bind_text(st, 2, t->id);
		bind_int(st, 3, rounded_seconds(t->when));
		bind_seconds(st, 4, bantime_s);
		bind_int(st, 5, t->bancount);
		(void)sqlite3_bind_blob64(st, 6, data.p, data.n, SQLITE_STATIC);
	}
	return finish(s, st, d, "cannot store a ban");
}

/* A row may have only so much: matches go first. */
static void
format_data(const struct store *s, const struct ticket *t, struct buf *out)
{
	for (size_t keep = s->max_matches;; keep /= 2) {
		buf_clear(out);
		row_format(out, t, keep);
		if (!buf_refused(out))
			return;
		if (keep == 0)
			break;
	}
	buf_clear(out);
	buf_add_cstr(out, "{}");
}

int
store_add_ban(struct store *s, struct slice jail, const struct ticket *t, double bantime_s,
    struct diag *d)
{
	struct buf data;
	int r = begin(s, d);

	if (r < 0)
		return r;
	buf_init(&data, ROW_DATA_MAX);
	format_data(s, t, &data);
	r = insert_ban(s, ADD_BAN, jail, t, bantime_s, buf_slice(&data), d);
	if (r == 0)
		r = insert_ban(s, SET_LATEST, jail, t, bantime_s, buf_slice(&data), d);
	buf_done(&data);
	return r;
}

static int
delete_from(struct store *s, enum query q, struct slice jail, struct slice id, struct diag *d)
{
	sqlite3_stmt *st = query_for(s, q, jail);

	if (st != NULL && id.n > 0)
		database_bind_text(st, 2, id);
	return finish(s, st, d, "cannot delete a ban");
}

int
store_del_ban(struct store *s, struct slice jail, struct slice id, struct diag *d)
{
	int r = begin(s, d);

	if (r == 0)
		r = delete_from(s, id.n > 0 ? DEL_BAN : DEL_BANS, jail, id, d);
	if (r == 0)
		r = delete_from(s, id.n > 0 ? DEL_LATEST : DEL_LATESTS, jail, id, d);
	return r;
}

static bool
number_within(sqlite3_stmt *st, int i, double min, double max)
{
	int type = sqlite3_column_type(st, i);
	double v = sqlite3_column_double(st, i);

	return (type == SQLITE_INTEGER || type == SQLITE_FLOAT) && v >= min && v <= max;
}

/* The ban of a row of EACH_BAN; NULL if it is none. */
static struct ticket *
read_ban(const struct store *s, sqlite3_stmt *st)
{
	struct slice id = column(st, 0);
	struct ticket *t;
	double bantime_s;

	if (sqlite3_column_type(st, 0) != SQLITE_TEXT || id.n == 0 || id.n > ROW_ID_MAX ||
	    !number_within(st, 1, 0, (double)TIME_MAX) ||
	    !number_within(st, 2, BANTIME_UNKNOWN, BANTIME_MAX) ||
	    !number_within(st, 3, 0, INT32_MAX))
		return NULL;
	t = row_ticket(id, INSTANT_S(sqlite3_column_int64(st, 1)), column(st, 4), s->max_matches);
	bantime_s = sqlite3_column_double(st, 2);
	t->restored = true;
	t->bancount = (unsigned)sqlite3_column_int64(st, 3);
	t->has_bantime = bantime_s > BANTIME_UNKNOWN;
	if (t->has_bantime)
		t->bantime_s = bantime_s < 0 ? BANTIME_PERMANENT : bantime_s;
	return t;
}

static int
note_skipped(const struct store *s, struct diag *d, int skipped)
{
	if (skipped > 0)
		(void)diag_fail(d, 0, (struct place){0},
		    "database %s: %d rows of bips are no bans, and were skipped", s->file.path, skipped);
	return skipped;
}

int
store_each_ban(struct store *s, struct slice jail, struct instant now, struct instant since,
    void (*take)(void *arg, struct ticket *t), void *arg, struct diag *d)
{
	sqlite3_stmt *st = query_for(s, EACH_BAN, jail);
	int code, skipped = 0;
	struct ticket *t;

	if (st == NULL)
		return fail(s, d, schema_errno(sqlite3_errcode(s->file.db)), "cannot read the bans");
	(void)sqlite3_bind_double(st, 2, (double)now.us / US_PER_S);
	(void)sqlite3_bind_double(st, 3, since.us > 0 ? (double)since.us / US_PER_S : -1);
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		t = read_ban(s, st);
		skipped += t == NULL;
		if (t != NULL)
			take(arg, t);
		ticket_unref(t);
	}
	if (code != SQLITE_DONE)
		skipped = fail(s, d, schema_errno(code), "cannot read the bans");
	(void)sqlite3_reset(st);
	return code == SQLITE_DONE ? note_skipped(s, d, skipped) : skipped;
}

static bool
read_history(sqlite3_stmt *st, struct store_history *out)
{
	if (!number_within(st, 0, 0, INT32_MAX) || !number_within(st, 1, 0, (double)TIME_MAX) ||
	    !number_within(st, 2, -BANTIME_MAX, BANTIME_MAX))
		return false;
	out->bancount = (unsigned)sqlite3_column_int64(st, 0);
	out->last = INSTANT_S(sqlite3_column_int64(st, 1));
	out->bantime_s = sqlite3_column_double(st, 2);
	return true;
}

int
store_history(struct store *s, struct slice jail, struct slice id, struct store_history *out)
{
	sqlite3_stmt *st = jail.n > 0 ? query_for(s, HISTORY, jail) : query(s, HISTORY_ALL);
	int code, r = -ENOENT;

	if (st == NULL)
		return schema_errno(sqlite3_errcode(s->file.db));
	database_bind_text(st, 2, id);
	code = sqlite3_step(st);
	if (code == SQLITE_ROW && read_history(st, out))
		r = 0;
	else if (code != SQLITE_ROW && code != SQLITE_DONE)
		r = schema_errno(code);
	(void)sqlite3_reset(st);
	return r;
}

/* Puts t's newest lines into lines before those that it has, from the back; *room is what is left. */
static void
merge_row(const struct ticket *t, struct buf *lines, size_t *room)
{
	struct buf merged;

	if (t->match_count == 0 || *room == 0)
		return;
	buf_init(&merged, lines->max_bytes);
	for (size_t i = t->match_count > *room ? t->match_count - *room : 0; i < t->match_count; i++) {
		buf_add(&merged, t->matches[i]);
		if (i + 1 < t->match_count || lines->n > 0)
			buf_add_char(&merged, '\n');
	}
	buf_add(&merged, buf_slice(lines));
	*room -= t->match_count < *room ? t->match_count : *room;
	if (!buf_refused(&merged)) {
		buf_clear(lines);
		buf_add(lines, buf_slice(&merged));
	}
	buf_done(&merged);
}

int
store_merged(struct store *s, struct slice jail, struct slice id, struct buf *matches,
    unsigned *failures)
{
	sqlite3_stmt *st = query_for(s, MERGED, jail);
	size_t room = s->max_matches;
	unsigned sum = 0;
	struct buf lines;
	bool any = false;
	int code;

	if (st == NULL)
		return schema_errno(sqlite3_errcode(s->file.db));
	database_bind_text(st, 2, id);
	buf_init(&lines, matches->max_bytes);
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct ticket *t = row_ticket(id, INSTANT_S(0), column(st, 0), room);

		any = true;
		sum = t->failures < UINT_MAX - sum ? sum + t->failures : UINT_MAX;
		merge_row(t, &lines, &room);
		ticket_unref(t);
	}
	(void)sqlite3_reset(st);
	if (code == SQLITE_DONE && any) {
		buf_add(matches, buf_slice(&lines));
		*failures = sum;
	}
	buf_done(&lines);
	if (code != SQLITE_DONE)
		return schema_errno(code);
	return any ? 0 : -ENOENT;
}

int
store_purge(struct store *s, struct instant now, struct span age, struct diag *d)
{
	static const enum query steps[] = {PURGE_BANS, PURGE_LATEST, PURGE_JAILS};
	int r = begin(s, d);

	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		sqlite3_stmt *st = query(s, steps[i]);

		if (st != NULL && sqlite3_bind_parameter_count(st) > 0)
			bind_int(st, 1, instant_seconds((struct instant){now.us - age.us}));
		r = finish(s, st, d, "cannot be purged");
	}
	return r;
}
