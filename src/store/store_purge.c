#include "store/store_state.h"

/*
 * Old rows go in slices, so that no turn of the loop takes long, and are found by the tables' indexes:
 * what that takes is a matter of how many are old, not of how many there are. Each step returns 1 if
 * there is more of it.
 */
#define PURGE_ROWS 1000

/* The index is one by jail and time. */
static int
purge_bans(struct store *s, int64_t oldest, struct diag *d)
{
	sqlite3_stmt *st = query_get(&s->queries, PURGE_BANS);
	int r;

	if (st != NULL) {
		(void)sqlite3_bind_int64(st, 1, oldest);
		(void)sqlite3_bind_int64(st, 2, PURGE_ROWS);
	}
	r = query_run(&s->queries, st, d, "cannot be purged");
	return r < 0 ? r : sqlite3_changes(s->queries.file.db) >= PURGE_ROWS;
}

/* The last row of the slice of bips that follows: 1, or 0 if all the rest is one, with its end. */
static int
latest_end(struct store *s, int64_t oldest, double *time, int64_t *row, struct diag *d)
{
	sqlite3_stmt *st = query_get(&s->queries, PURGE_LATEST_TO);
	int code;

	if (st == NULL)
		return query_unprepared(&s->queries, d, "cannot be purged");
	(void)sqlite3_bind_double(st, 1, s->purge.time);
	(void)sqlite3_bind_int64(st, 2, s->purge.row);
	(void)sqlite3_bind_int64(st, 3, oldest);
	(void)sqlite3_bind_int64(st, 4, PURGE_ROWS - 1);
	code = sqlite3_step(st);
	*time = code == SQLITE_ROW ? sqlite3_column_double(st, 0) : (double)oldest;
	*row = sqlite3_column_int64(st, 1);
	(void)sqlite3_reset(st);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return database_fail(&s->queries.file, d, schema_errno(code), "cannot be purged");
	return code == SQLITE_ROW;
}

/* Old rows may have to stay, as a ban that lasts long does, so they are walked through by time. */
static int
purge_latest(struct store *s, int64_t oldest, struct diag *d)
{
	sqlite3_stmt *st;
	int64_t row = 0;
	double time = 0;
	int r, more = latest_end(s, oldest, &time, &row, d);

	if (more < 0)
		return more;
	st = query_get(&s->queries, PURGE_LATEST);
	if (st != NULL) {
		(void)sqlite3_bind_double(st, 1, s->purge.time);
		(void)sqlite3_bind_int64(st, 2, s->purge.row);
		(void)sqlite3_bind_double(st, 3, time);
		(void)sqlite3_bind_int64(st, 4, row);
		(void)sqlite3_bind_int64(st, 5, oldest);
	}
	s->purge.time = time;
	s->purge.row = row;
	r = query_run(&s->queries, st, d, "cannot be purged");
	return r < 0 ? r : more;
}

static int
purge_jails(struct store *s, int64_t oldest, struct diag *d)
{
	(void)oldest;
	return query_run(&s->queries, query_get(&s->queries, PURGE_JAILS), d, "cannot be purged");
}

static int (*const steps[])(struct store *s, int64_t oldest, struct diag *d) = {
    purge_bans, purge_latest, purge_jails};

static void
begin_anew(struct store *s)
{
	s->purge.step = 0;
	s->purge.time = 0;
	s->purge.row = 0;
}

bool
store_purge(struct store *s, struct instant now, struct span age)
{
	int64_t oldest = instant_seconds((struct instant){now.us - age.us});
	struct diag d;
	int r;

	/* While the database cannot be written, there is nothing to be done that would last. */
	if (s->changes.error < 0)
		return false;
	if (store_writing(s))
		return true;
	diag_init(&d);
	r = changes_begin(&s->changes, &d);
	if (r == 0)
		r = steps[s->purge.step](s, oldest, &d);
	if (r < 0)
		changes_failed(&s->changes, r, &d);
	if (r == 0 && ++s->purge.step < sizeof(steps) / sizeof(steps[0]))
		return true;
	if (r <= 0)
		begin_anew(s);
	return r > 0;
}
