#include "store/store.h"

#include "store/changeindex.h"
#include "store/store_state.h"
#include "util/mem.h"

#include <errno.h>
#include <limits.h>

/* How long we wait, with everything else, for another process that has the database locked. */
#define WAIT_MS 10
#define CLOSE_WAIT_MS 2000

#define DEFAULT_MAXMATCHES 10

static void
store_free(struct store *s)
{
	changes_done(&s->changes);
	queries_done(&s->queries);
	mem_free(s->queries.file.path);
	mem_free(s);
}

int
store_open(struct store **out, struct slice path, struct span patience, bool check, bool *created,
    struct diag *d)
{
	struct store *s;
	int r;

	if (path.n == 0 || path.n >= PATH_MAX - 32 || memchr(path.p, '\0', path.n) != NULL)
		return diag_fail(
		    d, -EINVAL, (struct place){0}, "the database's path is no name of a file");
	s = MEM_NEW(struct store);
	changes_init(&s->changes, &s->queries);
	s->queries.file.path = mem_copy(path.p, path.n);
	s->max_matches = DEFAULT_MAXMATCHES;
	s->queries.file.patience = patience;
	s->queries.file.check = check;
	r = database_open(&s->queries.file, d);
	if (r < 0) {
		store_free(s);
		return r;
	}
	(void)sqlite3_busy_timeout(s->queries.file.db, WAIT_MS);
	/* Where this fails, no jail counts as left. */
	(void)query_run(&s->queries, query_get(&s->queries, NOTE_LEFT), NULL, "cannot be read");
	if (created != NULL)
		*created = r == 0;
	*out = s;
	return 0;
}

/* Those of what waits, so that none of it is refused: their rows may be lost. */
static void
add_jails(struct store *s)
{
	struct slice last = SLICE_EMPTY;

	LIST_EACH(link, &s->changes.waiting) {
		struct slice jail = change_jail(LIST_ITEM(link, struct change, link));

		if (jail.n > 0 && !slice_eq(jail, last))
			(void)query_run(&s->queries, query_for(&s->queries, ADD_JAIL, jail), NULL, "cannot be written");
		last = jail;
	}
}

int
store_renew(struct store *s, struct diag *d)
{
	struct database fresh = {.path = s->queries.file.path, .patience = SPAN_MS(WAIT_MS), .check = true};
	struct diag why = s->changes.why;
	int r;

	changes_failed(&s->changes, -EUCLEAN, &why);
	r = database_open(&fresh, d);
	if (r < 0) {
		database_close(&fresh);
		return r;
	}
	queries_done(&s->queries);
	s->queries.file = fresh;
	(void)sqlite3_busy_timeout(fresh.db, WAIT_MS);
	s->changes.error = 0;
	add_jails(s);
	return 0;
}

int
store_close(struct store *s, struct diag *d)
{
	int r;

	if (s == NULL)
		return 0;
	(void)sqlite3_busy_timeout(s->queries.file.db, CLOSE_WAIT_MS);
	do
		r = store_commit(s, d);
	while (r > 0);
	if (r == 0)
		database_mark_sound(&s->queries.file);
	store_free(s);
	return r;
}

int
store_commit(struct store *s, struct diag *d)
{
	return changes_commit(&s->changes, d);
}

size_t
store_waiting(const struct store *s)
{
	return s->changes.waiting_n;
}

bool
store_full(const struct store *s)
{
	return s->changes.full && s->changes.error < 0;
}

uint64_t
store_lost(const struct store *s)
{
	return s->changes.lost_ever;
}

bool
store_gaps(struct store *s)
{
	bool gaps = s->changes.gaps && s->changes.error == 0;

	if (gaps)
		s->changes.gaps = false;
	return gaps;
}

bool
store_writing(const struct store *s)
{
	return s->changes.group_n > 0 || s->changes.error < 0;
}

struct slice
store_path(const struct store *s)
{
	return slice_cstr(s->queries.file.path);
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

void
store_add_jail(struct store *s, struct slice jail)
{
	changes_add(&s->changes, change_new(ADD_JAIL, jail, SLICE_EMPTY));
}

bool
store_jail_left(struct store *s, struct slice jail)
{
	sqlite3_stmt *st = query_for(&s->queries, IS_LEFT, jail);
	bool left = st != NULL && sqlite3_step(st) == SQLITE_ROW;

	(void)sqlite3_reset(st);
	return left;
}

void
store_del_jail(struct store *s, struct slice jail)
{
	(void)query_run(
	    &s->queries, query_for(&s->queries, FORGET_LEFT, jail), NULL, "cannot forget a jail");
	changes_add(&s->changes, change_new(DISABLE_JAIL, jail, SLICE_EMPTY));
}

void
store_disable_all(struct store *s)
{
	changes_add(&s->changes, change_new(DISABLE_ALL, SLICE_EMPTY, SLICE_EMPTY));
}

static void
read_position(sqlite3_stmt *st, struct file_position *out)
{
	struct slice hash = query_text(st, 0);
	int64_t offset = sqlite3_column_int64(st, 1);

	*out = (struct file_position){.offset = offset > 0 ? (uint64_t)offset : 0};
	/* A longer text is the hash of no line; none at all makes the file read from its start. */
	if (hash.n < sizeof(out->first_line_hash))
		memcpy(out->first_line_hash, hash.p, hash.n);
}

/* The newest that waits; NULL if none does. */
static const struct change *
waiting_position(const struct store *s, struct slice jail, struct slice path)
{
	const struct change *first = changeindex_first(&s->changes.index, path), *found = NULL;

	for (const struct change *c = first; c != NULL; c = changeindex_next(first, c))
		if (c->query == SET_POSITION && slice_eq(change_jail(c), jail))
			found = c;
	return found;
}

int
store_get_position(
    struct store *s, struct slice jail, struct slice path, struct file_position *out)
{
	const struct change *waiting = waiting_position(s, jail, path);
	sqlite3_stmt *st;
	int code;

	if (waiting != NULL) {
		*out = waiting->position;
		return 0;
	}
	st = query_for(&s->queries, GET_POSITION, jail);
	if (st == NULL)
		return query_unprepared(&s->queries, NULL, "cannot be read");
	database_bind_text(st, 2, path);
	code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		read_position(st, out);
	(void)sqlite3_reset(st);
	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? -ENOENT : schema_errno(code);
}

static int
write_position(struct queries *q, const struct change *c, struct diag *d)
{
	sqlite3_stmt *st = query_for(q, SET_POSITION, change_jail(c));

	if (st != NULL) {
		database_bind_text(st, 2, change_text(c));
		database_bind_text(st, 3, slice_cstr(c->position.first_line_hash));
		(void)sqlite3_bind_int64(st, 4, (int64_t)c->position.offset);
	}
	return query_run(q, st, d, "cannot store a log's position");
}

void
store_set_position(
    struct store *s, struct slice jail, struct slice path, const struct file_position *pos)
{
	struct change *c = change_new(SET_POSITION, jail, path);

	c->write = write_position;
	c->position = *pos;
	changes_add(&s->changes, c);
}
