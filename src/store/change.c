#include "store/change.h"

#include "store/changeindex.h"
#include "store/changesort.h"
#include "store/changevoid.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>

/* Entered in one go: the loop has other things to do. */
#define ENTER_MAX 500

void
changes_init(struct changes *cs, struct queries *q)
{
	*cs = (struct changes){.queries = q};
	list_init(&cs->entered);
	list_init(&cs->waiting);
	diag_init(&cs->why);
}

static void
change_free(struct change *c)
{
	if (c->query == ADD_BAN)
		ticket_unref(c->ban.ticket);
	mem_free(c);
}

static void
free_all(struct list *changes)
{
	LIST_EACH(link, changes) {
		list_remove(link);
		change_free(LIST_ITEM(link, struct change, link));
	}
}

void
changes_done(struct changes *cs)
{
	table_done(&cs->index);
	free_all(&cs->entered);
	free_all(&cs->waiting);
}

static int
write_plain(struct queries *q, const struct change *c, struct diag *d)
{
	sqlite3_stmt *st = query_get(q, c->query);

	if (c->jail_n > 0 && st != NULL)
		database_bind_text(st, 1, change_jail(c));
	return query_run(q, st, d, "cannot write");
}

struct change *
change_new(enum query query, struct slice jail, struct slice text)
{
	struct change *c;

	assert(jail.n <= UINT32_MAX && text.n <= UINT32_MAX);
	c = mem_alloc(sizeof(*c) + jail.n + text.n);
	list_init(&c->link);
	c->write = write_plain;
	c->query = query;
	c->jail_n = (uint32_t)jail.n;
	c->text_n = (uint32_t)text.n;
	(void)slice_put(slice_put(c->texts, jail), text);
	return c;
}

struct slice
change_jail(const struct change *c)
{
	return slice_of(c->texts, c->jail_n);
}

struct slice
change_text(const struct change *c)
{
	return slice_of(c->texts + c->jail_n, c->text_n);
}

static bool
is_wide(const struct change *c)
{
	return c->query == DEL_BANS;
}

/* One more waits, or, where one is -1, one less. */
static void
count(struct changes *cs, const struct change *c, size_t one)
{
	cs->waiting_n += one;
	cs->wides_n += is_wide(c) ? one : 0;
	if (c->query != ADD_BAN)
		return;
	cs->bans_n += one;
	cs->bytes += c->ban.bytes * one;
}

/* Takes one out of waiting, and of the index. */
static void
take(struct changes *cs, struct change *c)
{
	changeindex_remove(&cs->index, c);
	list_remove(&c->link);
	count(cs, c, (size_t)-1);
}

void
changes_drop(struct changes *cs, struct change *c)
{
	assert(cs->group_n == 0);
	take(cs, c);
	change_free(c);
}

/* Everything that was entered goes back to the front of what waits, for a new group. */
static void
enter_again(struct changes *cs)
{
	if (list_empty(&cs->entered))
		return;
	while (!list_empty(&cs->entered)) {
		struct change *last = LIST_ITEM(cs->entered.prev, struct change, link);

		list_remove(&last->link);
		list_prepend(&cs->waiting, &last->link);
		changeindex_prepend(&cs->index, last);
		count(cs, last, 1);
	}
	cs->group_n = 0;
}

int
changes_begin(struct changes *cs, struct diag *d)
{
	struct queries *q = cs->queries;
	int r;

	if (!sqlite3_get_autocommit(q->file.db))
		return 0;
	/* SQLite has rolled the last one back by itself, as it may where a question fails. */
	enter_again(cs);
	r = query_run(q, query_get(q, BEGIN), d, "cannot be written");
	if (r == 0)
		database_begun(&q->file);
	return r;
}

void
changes_failed(struct changes *cs, int error, const struct diag *d)
{
	cs->error = error;
	cs->why = *d;
	/* A change may be half entered, and SQLite ends the transaction by itself after some errors. */
	(void)sqlite3_exec(cs->queries->file.db, "ROLLBACK", NULL, NULL, NULL);
	cs->group_n = 0;
	enter_again(cs);
}

/* Whether c can never be written, whatever becomes of the database. */
static bool
hopeless(int error)
{
	return error == -EINVAL || error == -E2BIG;
}

static void
lose(struct changes *cs)
{
	cs->lost++;
	cs->lost_ever++;
}

/* Enters at most so many of the group. */
static void
enter_group(struct changes *cs, size_t max)
{
	struct diag d;
	int r = 0;

	diag_init(&d);
	while (cs->group_n > 0 && max-- > 0) {
		struct change *c;

		r = changes_begin(cs, &d);
		if (r < 0 || cs->group_n == 0)
			break;
		c = LIST_ITEM(cs->waiting.next, struct change, link);
		r = c->write(cs->queries, c, &d);
		if (r < 0 && !hopeless(r))
			break;
		take(cs, c);
		cs->group_n--;
		if (r == 0) {
			list_append(&cs->entered, &c->link);
			continue;
		}
		change_free(c);
		lose(cs);
		cs->why = d;
		r = 0;
	}
	cs->error = 0;
	if (r < 0)
		changes_failed(cs, r, &d);
}

/* What waits becomes the group, unless there is one. */
static void
take_group(struct changes *cs)
{
	if (cs->group_n > 0)
		return;
	changes_sort(&cs->waiting, cs->waiting_n);
	cs->group_n = cs->waiting_n;
}

/* The ban goes without lines and what else was captured. */
static void
lighten(struct changes *cs, struct change *c)
{
	struct ticket *t = c->ban.ticket;

	c->ban.ticket = ticket_new_addr(ticket_id(t), ticket_ip(t), &t->addr, t->when);
	c->ban.ticket->failures = t->failures;
	c->ban.ticket->bancount = t->bancount;
	ticket_unref(t);
	cs->bytes -= c->ban.bytes;
	c->ban.bytes = 0;
}

/* The oldest of those that wait, until half of what was captured is gone. */
static void
lighten_oldest(struct changes *cs)
{
	LIST_EACH(link, &cs->waiting) {
		struct change *c = LIST_ITEM(link, struct change, link);

		if (cs->bytes <= CHANGES_BYTES / 2)
			return;
		if (c->query == ADD_BAN && c->ban.bytes > 0)
			lighten(cs, c);
	}
}

/* Whether there is room for c: where there is none, what waits is written now, if it can be. */
static bool
has_room(struct changes *cs, const struct change *c)
{
	bool limited = c->query == ADD_BAN || c->query == DEL_BAN;
	size_t n = c->query == ADD_BAN ? cs->bans_n : cs->waiting_n - cs->bans_n;

	if (cs->error < 0 && limited && n >= CHANGES_MAX && !cs->full) {
		cs->full = true;
		take_group(cs);
		enter_group(cs, ENTER_MAX);
	}
	return cs->error == 0 || !limited || n < CHANGES_MAX;
}

/* Whether c, or what is to be known of it, can still be kept where there is no room. */
static bool
squeeze(struct changes *cs, const struct change *c)
{
	lose(cs);
	if (c->query != ADD_BAN)
		return false;
	if (changevoid_ban(cs, c))
		return true;
	cs->gaps = true;
	return false;
}

void
changes_add(struct changes *cs, struct change *c)
{
	if ((cs->error < 0 && !changevoid(cs, c)) || (!has_room(cs, c) && !squeeze(cs, c))) {
		change_free(c);
		return;
	}
	list_append(&cs->waiting, &c->link);
	changeindex_append(&cs->index, c);
	count(cs, c, 1);
	if (cs->error < 0 && cs->bytes > CHANGES_BYTES)
		lighten_oldest(cs);
	if (cs->waiting_n > CHANGES_MANY && cs->error == 0) {
		take_group(cs);
		enter_group(cs, 2);
	}
}

void
changes_ask(struct changes *cs)
{
	struct diag d;
	int r;

	if (cs->waiting_n == 0 || cs->error < 0)
		return;
	diag_init(&d);
	r = changes_begin(cs, &d);
	if (r < 0)
		changes_failed(cs, r, &d);
}

void
changes_settle(struct changes *cs)
{
	while (cs->waiting_n > 0 && cs->error == 0) {
		take_group(cs);
		enter_group(cs, SIZE_MAX);
	}
}

static int
commit(struct changes *cs)
{
	struct queries *q = cs->queries;
	struct diag d;
	int r;

	if (sqlite3_get_autocommit(q->file.db)) {
		enter_again(cs);
		return 0;
	}
	diag_init(&d);
	r = query_run(q, query_get(q, COMMIT), &d, "cannot be written");
	if (r == 0) {
		database_written(&q->file);
		free_all(&cs->entered);
		cs->error = 0;
		return 0;
	}
	/* Somebody reads: it stays open, and keeps new readers out. */
	if (r == -EBUSY) {
		cs->error = r;
		cs->why = d;
	} else {
		changes_failed(cs, r, &d);
	}
	return r;
}

/* A transaction that readers hold up gets no larger: SQLite could not write any of it meanwhile. */
static bool
is_held_up(const struct changes *cs)
{
	return cs->error < 0 && !list_empty(&cs->entered);
}

/* Tells of what was lost since the last time. */
static void
tell_lost(struct changes *cs, struct diag *d)
{
	if (cs->lost > 0)
		(void)diag_fail(d, 0, (struct place){0}, "%llu changes could not be stored%s%s",
		    (unsigned long long)cs->lost, cs->why.set ? "; the last of them: " : "",
		    cs->why.set ? cs->why.text : "");
	cs->lost = 0;
	cs->full = false;
	diag_init(&cs->why);
}

int
changes_commit(struct changes *cs, struct diag *d)
{
	if (!is_held_up(cs)) {
		take_group(cs);
		enter_group(cs, ENTER_MAX);
	}
	if ((cs->group_n == 0 && commit(cs) < 0) || cs->error < 0) {
		if (d != NULL)
			*d = cs->why;
		return cs->error;
	}
	if (cs->group_n == 0)
		tell_lost(cs, d);
	return cs->waiting_n > 0;
}
