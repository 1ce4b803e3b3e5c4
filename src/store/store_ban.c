#include "store/changeindex.h"
#include "store/row.h"
#include "store/store_state.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>

/* Times beyond these, in seconds, are no times. */
#define TIME_MAX 253402300799LL
/* Longer ones are stored as a REAL: an INTEGER might not hold them. */
#define BANTIME_WHOLE_MAX 1e12

/* What fail2ban writes where it does not know how long a ban was. */
#define BANTIME_UNKNOWN (-2)

/* So much of what is known of an address is merged, the newest: the loop waits meanwhile. */
#define MERGED_BYTES ((size_t)2 * 1024 * 1024)

/* Whole numbers stay so: fail2ban's column is one of integers. */
static void
bind_seconds(sqlite3_stmt *st, int i, double seconds)
{
	if (seconds == floor(seconds) && fabs(seconds) < BANTIME_WHOLE_MAX)
		(void)sqlite3_bind_int64(st, i, (int64_t)seconds);
	else
		(void)sqlite3_bind_double(st, i, seconds);
}

static int64_t
rounded_seconds(struct instant t)
{
	return instant_seconds(instant_add(t, (struct span){US_PER_S / 2}));
}

static int
insert_ban(struct queries *q, enum query which, const struct change *c, struct slice data,
    struct diag *d)
{
	const struct ticket *t = c->ban.ticket;
	sqlite3_stmt *st = query_for(q, which, change_jail(c));

	if (st != NULL) {
		database_bind_text(st, 2, ticket_id(t));
		(void)sqlite3_bind_int64(st, 3, rounded_seconds(t->when));
		bind_seconds(st, 4, c->ban.bantime_s);
		(void)sqlite3_bind_int64(st, 5, t->bancount);
		(void)sqlite3_bind_blob64(st, 6, data.p, data.n, SQLITE_STATIC);
	}
	return query_run(q, st, d, "cannot store a ban");
}

/* A row may have only so much: matches go first. */
static void
format_data(const struct change *c, struct buf *out)
{
	for (size_t keep = c->ban.max_matches;; keep /= 2) {
		buf_clear(out);
		row_format(out, c->ban.ticket, keep);
		if (!buf_refused(out))
			return;
		if (keep == 0)
			break;
	}
	buf_clear(out);
	buf_add_cstr(out, "{}");
}

static int
write_ban(struct queries *q, const struct change *c, struct diag *d)
{
	struct buf data;
	int r;

	buf_init(&data, ROW_DATA_MAX);
	format_data(c, &data);
	r = insert_ban(q, ADD_BAN, c, buf_slice(&data), d);
	if (r == 0)
		r = insert_ban(q, SET_LATEST, c, buf_slice(&data), d);
	buf_done(&data);
	return r;
}

void
store_add_ban(struct store *s, struct slice jail, struct ticket *t, double bantime_s)
{
	struct change *c = change_new(ADD_BAN, jail, ticket_id(t));

	c->write = write_ban;
	c->ban.ticket = ticket_ref(t);
	c->ban.bytes = details_bytes(t->more);
	c->ban.bantime_s = bantime_s;
	c->ban.max_matches = s->max_matches;
	changes_add(&s->changes, c);
}

static int
delete_from(struct queries *q, enum query which, const struct change *c, struct diag *d)
{
	sqlite3_stmt *st = query_for(q, which, change_jail(c));

	if (st != NULL && c->query == DEL_BAN)
		database_bind_text(st, 2, change_text(c));
	return query_run(q, st, d, "cannot delete a ban");
}

static int
write_no_ban(struct queries *q, const struct change *c, struct diag *d)
{
	bool one = c->query == DEL_BAN;
	int r = delete_from(q, one ? DEL_BAN : DEL_BANS, c, d);

	return r < 0 ? r : delete_from(q, one ? DEL_LATEST : DEL_LATESTS, c, d);
}

void
store_del_ban(struct store *s, struct slice jail, struct slice id)
{
	struct change *c = change_new(DEL_BAN, jail, id);

	c->write = write_no_ban;
	changes_add(&s->changes, c);
}

void
store_del_bans(struct store *s, struct slice jail)
{
	struct change *c = change_new(DEL_BANS, jail, SLICE_EMPTY);

	c->write = write_no_ban;
	changes_add(&s->changes, c);
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
	struct slice id = query_text(st, 0);
	struct ticket *t;
	double bantime_s;

	if (sqlite3_column_type(st, 0) != SQLITE_TEXT || id.n == 0 || id.n > ROW_ID_MAX ||
	    !number_within(st, 1, 0, (double)TIME_MAX) ||
	    !number_within(st, 2, BANTIME_UNKNOWN, DBL_MAX) ||
	    !number_within(st, 3, 0, INT32_MAX))
		return NULL;
	t = row_ticket(id, INSTANT_S(sqlite3_column_int64(st, 1)), query_text(st, 4), s->max_matches);
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
		    "database %s: %d rows of bips are no bans, and were skipped", s->queries.file.path, skipped);
	return skipped;
}

/* What waits of a jail, while the database takes nothing: its rows are not what they will be. */
struct outstanding {
	struct table newest; /* change of each id */
	bool lifted;	     /* all that has a row is */
};

static void
find_outstanding(const struct store *s, struct slice jail, struct outstanding *out)
{
	*out = (struct outstanding){.lifted = false};
	for (struct list *link = s->changes.waiting.next; link != &s->changes.waiting; link = link->next) {
		struct change *c = LIST_ITEM(link, struct change, link);

		if (!slice_eq(change_jail(c), jail))
			continue;
		if (c->query == ADD_BAN || c->query == DEL_BAN) {
			(void)table_put(&out->newest, change_text(c), c);
		} else if (c->query == DEL_BANS) {
			table_done(&out->newest);
			out->lifted = true;
		}
	}
}

/* Whether a row says what will be of that id. */
static bool
is_current(const struct outstanding *o, struct slice id)
{
	return !o->lifted && table_get(&o->newest, id) == NULL;
}

/* The ban that will be read once c is written. */
static struct ticket *
outstanding_ban(const struct store *s, const struct change *c)
{
	struct slice id = change_text(c);
	struct instant when = INSTANT_S(rounded_seconds(c->ban.ticket->when));
	struct ticket *t;
	struct buf data;

	buf_init(&data, ROW_DATA_MAX);
	format_data(c, &data);
	t = row_ticket(id, when, buf_slice(&data), s->max_matches);
	buf_done(&data);
	t->restored = true;
	t->bancount = c->ban.ticket->bancount;
	t->has_bantime = true;
	t->bantime_s = c->ban.bantime_s < 0 ? BANTIME_PERMANENT : c->ban.bantime_s;
	return t;
}

/* As EACH_BAN has it. */
static bool
is_running(const struct change *c, double now_s, double since_s)
{
	double when_s = (double)rounded_seconds(c->ban.ticket->when), bantime_s = c->ban.bantime_s;

	return (bantime_s <= -1 || when_s + bantime_s > now_s) && when_s > since_s;
}

static void
take_outstanding(const struct store *s, const struct outstanding *o, double now_s, double since_s,
    void (*take)(void *arg, struct ticket *t), void *arg)
{
	for (struct list *link = s->changes.waiting.next; link != &s->changes.waiting; link = link->next) {
		const struct change *c = LIST_ITEM(link, struct change, link);
		struct ticket *t;

		if (c->query != ADD_BAN || table_get(&o->newest, change_text(c)) != c ||
		    !is_running(c, now_s, since_s))
			continue;
		t = outstanding_ban(s, c);
		take(arg, t);
		ticket_unref(t);
	}
}

int
store_each_ban(struct store *s, struct slice jail, struct instant now, struct instant since,
    void (*take)(void *arg, struct ticket *t), void *arg, struct diag *d)
{
	sqlite3_stmt *st = query_for(&s->queries, EACH_BAN, jail);
	double now_s = (double)now.us / US_PER_S;
	double since_s = since.us > 0 ? (double)since.us / US_PER_S : -1;
	struct outstanding outstanding;
	int code, skipped = 0;
	struct ticket *t;

	changes_settle(&s->changes);
	if (st == NULL)
		return query_unprepared(&s->queries, d, "cannot read the bans");
	find_outstanding(s, jail, &outstanding);
	(void)sqlite3_bind_double(st, 2, now_s);
	(void)sqlite3_bind_double(st, 3, since_s);
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		t = read_ban(s, st);
		skipped += t == NULL;
		if (t != NULL && is_current(&outstanding, ticket_id(t)))
			take(arg, t);
		ticket_unref(t);
	}
	if (code != SQLITE_DONE)
		skipped = database_fail(&s->queries.file, d, schema_errno(code), "cannot read the bans");
	take_outstanding(s, &outstanding, now_s, since_s, take, arg);
	(void)sqlite3_reset(st);
	table_done(&outstanding.newest);
	return code == SQLITE_DONE ? note_skipped(s, d, skipped) : skipped;
}

static bool
read_history(sqlite3_stmt *st, struct store_history *out)
{
	if (!number_within(st, 0, 0, INT32_MAX) || !number_within(st, 1, 0, (double)TIME_MAX) ||
	    !number_within(st, 2, -DBL_MAX, DBL_MAX))
		return false;
	out->bancount = (unsigned)sqlite3_column_int64(st, 0);
	out->last = INSTANT_S(sqlite3_column_int64(st, 1));
	out->bantime_s = sqlite3_column_double(st, 2);
	return true;
}

/* The newest change about first's id, of jail, that waits; NULL if there is none. */
static const struct change *
newest_of(const struct change *first, struct slice jail)
{
	const struct change *newest = NULL;

	for (const struct change *c = first; c != NULL; c = changeindex_next(first, c))
		if (slice_eq(change_jail(c), jail))
			newest = c;
	return newest;
}

/* What its row will say. */
static struct store_history
history_of(const struct change *c)
{
	const struct ticket *t = c->ban.ticket;

	return (struct store_history){t->bancount, INSTANT_S(rounded_seconds(t->when)), c->ban.bantime_s};
}

/* Of all jails together: counts and times are added up. */
static void
add_history(struct store_history *sum, struct store_history h)
{
	sum->bancount = h.bancount < INT32_MAX - sum->bancount ? sum->bancount + h.bancount : INT32_MAX;
	sum->bantime_s += h.bantime_s;
	if (instant_before(sum->last, h.last))
		sum->last = h.last;
}

/* Rows of id that no change replaces, of jail or of all, are added to out; a negative errno. */
static int
stored_history(struct store *s, struct slice jail, struct slice id, const struct change *first,
    struct store_history *out, bool *any)
{
	sqlite3_stmt *st = query_for(&s->queries, HISTORY, jail);
	struct store_history h;
	int code;

	if (st == NULL)
		return query_unprepared(&s->queries, NULL, "cannot be read");
	database_bind_text(st, 2, id);
	while ((code = sqlite3_step(st)) == SQLITE_ROW)
		if (newest_of(first, query_text(st, 3)) == NULL && read_history(st, &h)) {
			add_history(out, h);
			*any = true;
		}
	(void)sqlite3_reset(st);
	return code == SQLITE_DONE ? 0 : schema_errno(code);
}

int
store_history(struct store *s, struct slice jail, struct slice id, struct store_history *out)
{
	struct store_history sum = {.last = INSTANT_S(0)};
	const struct change *first;
	bool any = false;
	int r = 0;

	if (s->changes.wides_n > 0)
		changes_settle(&s->changes);
	else
		changes_ask(&s->changes);
	first = changeindex_first(&s->changes.index, id);
	for (const struct change *c = first; c != NULL; c = changeindex_next(first, c))
		if ((jail.n == 0 || slice_eq(change_jail(c), jail)) &&
		    newest_of(first, change_jail(c)) == c && c->query == ADD_BAN) {
			add_history(&sum, history_of(c));
			any = true;
		}
	if (jail.n == 0 || newest_of(first, jail) == NULL)
		r = stored_history(s, jail, id, first, &sum, &any);
	if (r < 0 || !any)
		return r < 0 ? r : -ENOENT;
	*out = sum;
	return 0;
}

/* Bans of one id, the newest first. */
struct merge {
	struct buf lines;
	size_t room; /* for more lines */
	unsigned failures;
};

/* Puts t's newest lines before those that are there, from the back. */
static void
merge_lines(struct merge *m, const struct ticket *t)
{
	size_t count = ticket_match_count(t);
	struct buf merged;

	if (count == 0 || m->room == 0)
		return;
	buf_init(&merged, m->lines.max_bytes);
	for (size_t i = count > m->room ? count - m->room : 0; i < count; i++) {
		buf_add(&merged, ticket_match(t, i));
		if (i + 1 < count || m->lines.n > 0)
			buf_add_char(&merged, '\n');
	}
	buf_add(&merged, buf_slice(&m->lines));
	m->room -= count < m->room ? count : m->room;
	if (!buf_refused(&merged)) {
		buf_clear(&m->lines);
		buf_add(&m->lines, buf_slice(&merged));
	}
	buf_done(&merged);
}

static void
merge_ban(struct merge *m, const struct ticket *t)
{
	m->failures = t->failures < UINT_MAX - m->failures ? m->failures + t->failures : UINT_MAX;
	merge_lines(m, t);
}

/* Whether a change about id waits that is not the ban itself. */
static bool
waits_besides(const struct store *s, struct slice id, const struct ticket *own)
{
	const struct change *first = changeindex_first(&s->changes.index, id);

	for (const struct change *c = first; c != NULL; c = changeindex_next(first, c))
		if (c->query != ADD_BAN || c->ban.ticket != own)
			return true;
	return false;
}

int
store_merged(struct store *s, struct slice jail, struct slice id, struct slice own_jail,
    const struct ticket *own, struct buf *matches, unsigned *failures)
{
	sqlite3_stmt *st = query_for(&s->queries, MERGED, jail);
	struct merge m = {.room = s->max_matches};
	size_t bytes = 0;
	bool any = false;
	int code;

	if (st == NULL)
		return query_unprepared(&s->queries, NULL, "cannot be read");
	if (s->changes.wides_n > 0 || waits_besides(s, id, own))
		changes_settle(&s->changes);
	database_bind_text(st, 2, id);
	database_bind_text(st, 3, own != NULL ? own_jail : SLICE_EMPTY);
	(void)sqlite3_bind_int64(st, 4, own != NULL ? rounded_seconds(own->when) : 0);
	buf_init(&m.lines, matches->max_bytes);
	while ((code = sqlite3_step(st)) == SQLITE_ROW && bytes < MERGED_BYTES) {
		struct ticket *t = row_ticket(id, INSTANT_S(0), query_text(st, 0), m.room);

		bytes += query_text(st, 0).n;
		any = true;
		if (own != NULL && sqlite3_column_int64(st, 1) <= rounded_seconds(own->when)) {
			merge_ban(&m, own);
			own = NULL;
		}
		merge_ban(&m, t);
		ticket_unref(t);
	}
	(void)sqlite3_reset(st);
	if (own != NULL)
		merge_ban(&m, own);
	if ((code == SQLITE_DONE || code == SQLITE_ROW) && any) {
		buf_add(matches, buf_slice(&m.lines));
		*failures = m.failures;
	}
	buf_done(&m.lines);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		return schema_errno(code);
	return any ? 0 : -ENOENT;
}
