#include "store/change.h"

#include "store/changesort.h"
#include "store/schema.h"
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
	list_remove(&c->link);
	if (c->query == ADD_BAN)
		ticket_unref(c->ban.ticket);
	mem_free(c);
}

static void
free_all(struct list *changes)
{
	LIST_EACH(link, changes)
		change_free(LIST_ITEM(link, struct change, link));
}

void
changes_done(struct changes *cs)
{
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
	if (jail.n > 0)
		memcpy(c->texts, jail.p, jail.n);
	if (text.n > 0)
		memcpy(c->texts + jail.n, text.p, text.n);
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

int
changes_begin(struct changes *cs, struct diag *d)
{
	struct queries *q = cs->queries;

	if (!sqlite3_get_autocommit(q->file.db))
		return 0;
	return query_run(q, query_get(q, BEGIN), d, "cannot be written");
}

/* Everything that was entered goes back to the front of what waits, for a new group. */
static void
enter_again(struct changes *cs)
{
	while (!list_empty(&cs->entered)) {
		struct list *last = cs->entered.prev;

		list_remove(last);
		list_prepend(&cs->waiting, last);
		cs->waiting_n++;
	}
	cs->group_n = 0;
}

void
changes_failed(struct changes *cs, int error, const struct diag *d)
{
	cs->error = error;
	cs->why = *d;
	/* A change may be half entered, and SQLite ends the transaction by itself after some errors. */
	(void)sqlite3_exec(cs->queries->file.db, "ROLLBACK", NULL, NULL, NULL);
	enter_again(cs);
}

/* Whether c can never be written, whatever becomes of the database. */
static bool
hopeless(int error)
{
	return error == -EINVAL || error == -E2BIG;
}

/* Takes the first of waiting out. */
static void
take_first(struct changes *cs)
{
	list_remove(cs->waiting.next);
	cs->waiting_n--;
	if (cs->group_n > 0)
		cs->group_n--;
}

/* Enters at most so many of the group. */
static void
enter_group(struct changes *cs, size_t max)
{
	struct diag d;
	int r = 0;

	diag_init(&d);
	while (r == 0 && cs->group_n > 0 && max-- > 0) {
		struct change *c = LIST_ITEM(cs->waiting.next, struct change, link);

		r = changes_begin(cs, &d);
		if (r == 0)
			r = c->write(cs->queries, c, &d);
		if (r < 0 && !hopeless(r))
			break;
		take_first(cs);
		if (r == 0) {
			list_append(&cs->entered, &c->link);
			continue;
		}
		change_free(c);
		cs->lost++;
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

void
changes_add(struct changes *cs, struct change *c)
{
	list_append(&cs->waiting, &c->link);
	cs->waiting_n++;
	if (cs->waiting_n > CHANGES_MANY && cs->error == 0) {
		take_group(cs);
		enter_group(cs, 2);
	}
	if (cs->waiting_n <= CHANGES_MAX)
		return;
	c = LIST_ITEM(cs->waiting.next, struct change, link);
	take_first(cs);
	change_free(c);
	cs->lost++;
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

	if (sqlite3_get_autocommit(q->file.db))
		return 0;
	diag_init(&d);
	r = query_run(q, query_get(q, COMMIT), &d, "cannot be written");
	if (r == 0) {
		free_all(&cs->entered);
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

int
changes_commit(struct changes *cs, struct diag *d)
{
	take_group(cs);
	enter_group(cs, ENTER_MAX);
	if ((cs->group_n == 0 && commit(cs) < 0) || cs->error < 0) {
		if (d != NULL)
			*d = cs->why;
		return cs->error;
	}
	if (cs->lost > 0)
		(void)diag_fail(d, 0, (struct place){0}, "%llu changes could not be stored%s%s",
		    (unsigned long long)cs->lost, cs->why.set ? "; the last of them: " : "",
		    cs->why.set ? cs->why.text : "");
	cs->lost = 0;
	diag_init(&cs->why);
	return cs->waiting_n > 0;
}
