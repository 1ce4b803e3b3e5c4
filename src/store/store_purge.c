#include "store/store_state.h"

/*
 * Tables whose old rows go: a slice of rows is the next PURGE_ROWS behind the last one, so that no
 * index by time is needed, which fail2ban's tables do not have, and no turn of the loop takes long.
 */
static const struct {
	enum query end, rows;
} tables[] = {
    {PURGE_BANS_TO, PURGE_BANS},
    {PURGE_LATEST_TO, PURGE_LATEST},
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))
#define PURGE_ROWS 1000

/* The last row of the slice behind at; 0 if there is none. */
static int
slice_end(struct queries *q, enum query which, int64_t at, int64_t *end, struct diag *d)
{
	sqlite3_stmt *st = query_get(q, which);
	int code;

	if (st == NULL)
		return query_unprepared(q, d, "cannot be purged");
	(void)sqlite3_bind_int64(st, 1, at);
	(void)sqlite3_bind_int64(st, 2, PURGE_ROWS);
	code = sqlite3_step(st);
	*end = sqlite3_column_int64(st, 0);
	(void)sqlite3_reset(st);
	return code == SQLITE_ROW ? 0 : query_fail(q, d, schema_errno(code), "cannot be purged");
}

static int
purge_slice(struct store *s, int64_t oldest, struct diag *d)
{
	struct queries *q = &s->queries;
	sqlite3_stmt *st;
	int64_t end = 0;
	int r = slice_end(q, tables[s->purge.step].end, s->purge.at, &end, d);

	if (r < 0)
		return r;
	if (end == 0) {
		s->purge.step++;
		s->purge.at = 0;
		return 0;
	}
	st = query_get(q, tables[s->purge.step].rows);
	(void)sqlite3_bind_int64(st, 1, s->purge.at);
	(void)sqlite3_bind_int64(st, 2, end);
	(void)sqlite3_bind_int64(st, 3, oldest);
	s->purge.at = end;
	return query_run(q, st, d, "cannot be purged");
}

bool
store_purge(struct store *s, struct instant now, struct span age)
{
	int64_t oldest = instant_seconds((struct instant){now.us - age.us});
	bool more = s->purge.step < TABLES;
	struct diag d;
	int r;

	/* While the database cannot be written, there is nothing to be done that would last. */
	if (s->changes.error < 0)
		return false;
	if (store_writing(s))
		return true;
	changes_settle(&s->changes);
	diag_init(&d);
	r = changes_begin(&s->changes, &d);
	if (r == 0 && more)
		r = purge_slice(s, oldest, &d);
	else if (r == 0)
		r = query_run(
		    &s->queries, query_get(&s->queries, PURGE_JAILS), &d, "cannot be purged");
	if (r < 0)
		changes_failed(&s->changes, r, &d);
	if (r == 0 && more)
		return true;
	s->purge.step = 0;
	s->purge.at = 0;
	return false;
}
