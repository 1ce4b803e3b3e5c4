#include "action/action_list.h"

#include "action/exec.h"
#include "action/nftmod.h"
#include "action/smtp.h"
#include "config/program.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

#define ACTIONS_MAX 1000

/* Of this process; the last one to go lets go of what commands left behind. */
static size_t list_count;

static bool keep;

struct action_list *
action_list_new(uv_loop_t *loop, struct action_jail *jail)
{
	struct action_list *l = MEM_NEW(struct action_list);

	l->loop = loop;
	l->jail = jail;
	list_init(&l->entries);
	l->queue = queue_new(loop, jail);
	list_count++;
	return l;
}

static void
list_drop(struct action_list *l, struct entry *e)
{
	list_remove(&e->link);
	l->count--;
	entry_unref(e);
}

static void
calm_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

static void
list_queue_closed(void *arg)
{
	struct action_list *l = arg;
	void (*freed)(void *arg) = l->freed;
	void *freed_arg = l->freed_arg;

	LIST_EACH(link, &l->entries)
		list_drop(l, LIST_ITEM(link, struct entry, link));
	if (--list_count == 0)
		exec_abandon(l->loop);
	mem_free(l);
	if (freed != NULL)
		freed(freed_arg);
}

void
action_list_free(struct action_list *l, void (*done)(void *arg), void *arg)
{
	l->freed = done;
	l->freed_arg = arg;
	/* Both would ask the queue for something while it closes. */
	nftwatch_remove(&l->watch);
	if (l->calm != NULL)
		uv_close((uv_handle_t *)l->calm, calm_closed);
	queue_close(l->queue, list_queue_closed, l);
}

/* The list of actions. */

struct entry *
action_list_at(const struct action_list *l, size_t index)
{
	LIST_EACH(link, &l->entries)
		if (index-- == 0)
			return LIST_ITEM(link, struct entry, link);
	return NULL;
}

static struct entry *
list_find(const struct action_list *l, struct slice name)
{
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (slice_eq(e->name, name))
			return e;
	}
	return NULL;
}

/* What stands before and behind the name says why. */
static int
list_refuse(struct diag *d, int error, const char *before, struct slice name, const char *behind)
{
	struct buf shown;

	buf_init(&shown, 1024);
	escape_format(&shown, slice_upto(name, 200));
	(void)diag_fail(d, error, (struct place){0}, "%s%s%s", before, buf_cstr(&shown), behind);
	buf_done(&shown);
	return error;
}

static int
list_unknown(struct slice name, struct diag *d)
{
	return list_refuse(d, -ENOENT, "there is no action '", name, "'");
}

int
action_add(struct action_list *l, struct slice name, struct diag *d)
{
	struct entry *e = list_find(l, name);

	if (e != NULL && l->reloading && !e->named) {
		e->named = true;
		entry_clear(e);
		return 0;
	}
	if (e != NULL)
		return list_refuse(d, -EEXIST, "Action ", name, " already exists");
	if (l->count >= ACTIONS_MAX)
		return list_refuse(d, -E2BIG, "Action ", name, " is one too many");
	e = entry_new(name);
	e->named = e->fresh = l->reloading;
	list_append(&l->entries, &e->link);
	l->count++;
	return 0;
}

int
action_set_program(struct action_list *l, struct slice name, struct slice path,
    struct slice options, struct diag *d)
{
	struct entry *e = list_find(l, name);
	int r = program_check(path, d);

	if (e == NULL)
		return list_unknown(name, d);
	if (r == 0)
		r = smtp_set_up(e, options, d);
	if (r < 0)
		(void)action_remove(l, name);
	return r;
}

int
action_check_program(struct slice path, struct slice options, struct diag *d)
{
	struct entry *e = entry_new(SLICE_EMPTY);
	int r = program_check(path, d);

	if (r == 0)
		r = smtp_set_up(e, options, d);
	entry_unref(e);
	return r;
}

bool
action_has(const struct action_list *l, struct slice name)
{
	return list_find(l, name) != NULL;
}

bool
action_program(const struct action_list *l, struct slice name)
{
	const struct entry *e = list_find(l, name);

	return e != NULL && e->smtp;
}

static void
list_stop(struct action_list *l, struct entry *e)
{
	if (e->wanted && !(keep && nftmod_named(e)))
		queue_add(l->queue, EVENT_STOP, e, NULL);
	e->wanted = false;
}

int
action_remove(struct action_list *l, struct slice name)
{
	struct entry *e = list_find(l, name);

	if (e == NULL)
		return -ENOENT;
	list_stop(l, e);
	list_drop(l, e);
	return 0;
}

int
action_set(struct action_list *l, struct slice name, struct slice property, struct slice value,
    struct diag *d)
{
	struct entry *e = list_find(l, name);

	if (e == NULL)
		return list_unknown(name, d);
	/* "<bantime>" is that of each ticket, as the tag always was. */
	if (slice_eq(property, SLICE("bantime")))
		return 0;
	return entry_set(e, property, value, d);
}

bool
action_get(
    const struct action_list *l, struct slice name, struct slice property, struct slice *value)
{
	const struct entry *e = list_find(l, name);

	return e != NULL && entry_get(e, property, value);
}

size_t
action_count(const struct action_list *l)
{
	return l->count;
}

struct slice
action_name(const struct action_list *l, size_t index)
{
	const struct entry *e = action_list_at(l, index);

	return e != NULL ? e->name : SLICE_EMPTY;
}

size_t
action_property_count(const struct action_list *l, struct slice name)
{
	const struct entry *e = list_find(l, name);

	return e != NULL ? e->count : 0;
}

struct slice
action_property(const struct action_list *l, struct slice name, size_t index)
{
	const struct entry *e = list_find(l, name);

	return e != NULL && index < e->count ? e->props[index].name : SLICE_EMPTY;
}

/* Events. */

static void
list_each(struct action_list *l, enum event event, struct ticket *t)
{
	LIST_EACH(link, &l->entries)
		queue_add(l->queue, event, LIST_ITEM(link, struct entry, link), t);
}

void
action_keep(void)
{
	keep = true;
}

static void
list_start(struct action_list *l, struct entry *e)
{
	e->wanted = true;
	if (nftmod_named(e))
		action_list_watch(l);
	queue_add(l->queue, EVENT_START, e, NULL);
}

void
action_start(struct action_list *l)
{
	l->started = true;
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (!e->wanted)
			list_start(l, e);
	}
}

void
action_ban(struct action_list *l, struct ticket *t)
{
	list_each(l, EVENT_BAN, t);
}

void
action_unban(struct action_list *l, struct ticket *t)
{
	list_each(l, EVENT_UNBAN, t);
}

size_t
action_to_reban(const struct action_list *l, const struct ticket *t, struct slice *only)
{
	size_t n = 0;

	LIST_EACH(link, &l->entries)
	{
		const struct entry *e = LIST_ITEM(link, struct entry, link);

		if (e->epoch > t->epoch) {
			n++;
			*only = e->name;
		}
	}
	if (n == 0 && l->count == 1)
		*only = LIST_ITEM(l->entries.next, struct entry, link)->name;
	return n > 0 ? n : l->count;
}

void
action_reban(struct action_list *l, struct ticket *t)
{
	bool any = false;

	LIST_EACH(link, &l->entries)
	{
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (e->epoch > t->epoch) {
			queue_add(l->queue, EVENT_REBAN, e, t);
			any = true;
		}
	}
	if (!any)
		list_each(l, EVENT_REBAN, t);
}

void
action_damaged(struct action_list *l, struct slice name, unsigned epoch)
{
	struct entry *e = list_find(l, name);

	if (e != NULL)
		e->epoch = epoch;
}

void
action_check(struct action_list *l)
{
	list_each(l, EVENT_CHECK, NULL);
}

void
action_prolong(struct action_list *l, struct ticket *t)
{
	list_each(l, EVENT_PROLONG, t);
}

static void
list_log_flush(const struct action_list *l, const struct entry *e)
{
	struct buf line;

	buf_init(&line, 4096);
	buf_add_char(&line, '[');
	escape_format(&line, l->jail->name);
	buf_add_cstr(&line, "] Flush ticket(s) with ");
	escape_format(&line, e->name);
	log_write(LEVEL_NOTICE, "actions", "%s", buf_cstr(&line));
	buf_done(&line);
}

/*
 * A module, or an action with a command for it, forgets all at once, unless others have their bans in the
 * same place; true if this is one.
 */
static bool
list_flush(struct action_list *l, struct entry *e, bool last)
{
	if (keep && nftmod_named(e))
		return true;
	if (nftmod_named(e) ? nftmod_shares(e) : !entry_has(e, SLICE("actionflush")) || entry_shares_any(e))
		return false;
	list_log_flush(l, e);
	queue_add(l->queue, last ? EVENT_LAST_FLUSH : EVENT_FLUSH, e, NULL);
	return true;
}

void
action_flush(struct action_list *l, struct ticket *const *banned, size_t banned_count, bool last)
{
	struct entry **single = mem_array(l->count, sizeof(struct entry *));
	size_t n = 0;

	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (!list_flush(l, e, last))
			single[n++] = e;
	}
	for (size_t t = 0; t < banned_count; t++)
		for (size_t i = 0; i < n; i++)
			queue_add(l->queue, EVENT_UNBAN, single[i], banned[t]);
	mem_free(single);
}

void
action_stop(struct action_list *l, void (*done)(void *arg), void *arg)
{
	l->started = false;
	for (struct list *link = l->entries.prev; link != &l->entries; link = link->prev)
		list_stop(l, LIST_ITEM(link, struct entry, link));
	if (done != NULL)
		queue_call(l->queue, done, arg);
}

int
action_call(struct action_list *l, struct slice name, enum action_call call, struct ticket *t)
{
	static const enum event events[] = {
	    [ACTION_STOP] = EVENT_STOP,
	    [ACTION_FLUSH] = EVENT_FLUSH,
	    [ACTION_RELOAD] = EVENT_RELOAD,
	    [ACTION_BAN] = EVENT_BAN,
	    [ACTION_UNBAN] = EVENT_UNBAN,
	    [ACTION_REBAN] = EVENT_REBAN,
	    [ACTION_PROLONG] = EVENT_PROLONG,
	};
	struct entry *e = list_find(l, name);

	if (e == NULL)
		return -ENOENT;
	if (call == ACTION_START) {
		list_start(l, e);
		return 0;
	}
	if (call == ACTION_STOP)
		e->wanted = false;
	queue_add(l->queue, events[call], e, t);
	return 0;
}

void
action_wait(struct action_list *l, void (*done)(void *arg), void *arg)
{
	queue_call(l->queue, done, arg);
}

struct action_load
action_load(const struct action_list *l, size_t index)
{
	const struct entry *e = action_list_at(l, index);

	return e != NULL ? queue_load(l->queue, e) : (struct action_load){0};
}

uint64_t
action_refused(const struct action_list *l)
{
	return queue_refused(l->queue);
}

size_t
action_pending(const struct action_list *l)
{
	return queue_pending(l->queue);
}

/* A reload. */

void
action_reload_begin(struct action_list *l)
{
	l->reloading = true;
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		e->named = e->fresh = false;
	}
}

static void
reload_gone(
    struct action_list *l, struct entry *e, struct ticket *const *banned, size_t banned_count)
{
	if (!list_flush(l, e, false))
		for (size_t i = 0; i < banned_count; i++)
			queue_add(l->queue, EVENT_UNBAN, e, banned[i]);
	list_stop(l, e);
	list_drop(l, e);
}

/* What is not done for bans from before a restart, as a mail, is not done for those from before the action. */
static void
reload_fresh(
    struct action_list *l, struct entry *e, struct ticket *const *banned, size_t banned_count)
{
	list_start(l, e);
	if (entry_flag(e, SLICE("norestored"), false))
		return;
	for (size_t i = 0; i < banned_count; i++)
		queue_add(l->queue, EVENT_REBAN, e, banned[i]);
}

void
action_reload_end(struct action_list *l, struct ticket *const *banned, size_t banned_count)
{
	l->reloading = false;
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);
		bool fresh = e->fresh;

		e->fresh = false;
		if (!e->named)
			reload_gone(l, e, banned, banned_count);
		else if (fresh && l->started)
			reload_fresh(l, e, banned, banned_count);
		else if (e->wanted)
			queue_add(l->queue, EVENT_RELOAD, e, NULL);
	}
}
