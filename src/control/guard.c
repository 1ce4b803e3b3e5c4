#include "control/guard.h"

#include "config/backend.h"
#include "config/duration.h"
#include "config/suggest.h"
#include "control/grow.h"
#include "control/guardfeed.h"
#include "control/guardglob.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/monitor.h"
#include "control/note.h"
#include "control/restore.h"
#include "control/storing.h"
#include "control/verdict.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

#define NAME_LONG 26	/* chain names made from longer ones do not fit iptables */

/* As fail2ban's server has them before a configuration says otherwise. */
#define DEFAULT_MAXRETRY 3
#define DEFAULT_FINDTIME 600
#define DEFAULT_BANTIME 600
#define DEFAULT_MAXMATCHES 5

static void
filter_failed(struct filter_sink *sink, const struct door_failure *failure)
{
	struct guard *g = LIST_ITEM(sink, struct guard, filter_sink);

	if (g->state == GUARD_RUNNING)
		verdict_failure(g, failure);
}

static void
filter_noted(struct filter_sink *sink, enum filter_note note, struct slice line, int64_t amount)
{
	struct guard *g = LIST_ITEM(sink, struct guard, filter_sink);

	/* Of a line that comes again this was said before. */
	if (!g->again)
		note_take(g, note, line, amount);
}

static double
jail_bantime(struct action_jail *jail)
{
	return pyexpr_double(&LIST_ITEM(jail, struct guard, action_jail)->bantime);
}

/* False if there is none there: what the ticket knows is all then, see action/info.c. */
static bool
stored_tag(struct guard *g, const struct ticket *t, struct slice tag, struct buf *out)
{
	bool everywhere = slice_eq(tag, SLICE("ipmatches")) || slice_eq(tag, SLICE("ipfailures"));
	struct slice jail = everywhere ? SLICE_EMPTY : slice_cstr(g->name);
	struct buf matches;
	unsigned n = 0;
	bool stored;

	buf_init(&matches, (size_t)1024 * 1024);
	stored = g->monitor->store != NULL &&
	    store_merged(g->monitor->store, jail, ticket_id(t), slice_cstr(g->name),
		t->restored ? NULL : t, &matches, &n) >= 0 &&
	    n > 0;
	if (stored && slice_ends(tag, SLICE("failures")))
		buf_printf(out, "%u", n);
	else if (stored)
		buf_add(out, buf_slice(&matches));
	buf_done(&matches);
	return stored;
}

static bool
jail_tag(struct action_jail *jail, const struct ticket *t, struct slice tag, struct buf *out)
{
	struct guard *g = LIST_ITEM(jail, struct guard, action_jail);

	if (slice_eq(tag, SLICE("jail.name")))
		buf_add_cstr(out, g->name);
	else if (slice_eq(tag, SLICE("jail.banned")))
		buf_printf(out, "%zu", ban_count(g->bans));
	else if (slice_eq(tag, SLICE("jail.banned_total")))
		buf_printf(out, "%llu", (unsigned long long)ban_total(g->bans));
	else if (slice_eq(tag, SLICE("jail.found")))
		buf_printf(out, "%zu", failure_ids(g->failures));
	else if (slice_eq(tag, SLICE("jail.found_total")))
		buf_printf(out, "%llu", (unsigned long long)failure_total(g->failures));
	else if (slice_eq(tag, SLICE("ipmatches")) || slice_eq(tag, SLICE("ipjailmatches")) ||
	    slice_eq(tag, SLICE("ipfailures")) || slice_eq(tag, SLICE("ipjailfailures")))
		return stored_tag(g, t, tag, out);
	else
		return false;
	return true;
}

static unsigned
jail_repaired(struct action_jail *jail)
{
	return ++LIST_ITEM(jail, struct guard, action_jail)->epoch;
}

static void
jail_each_ban(
    struct action_jail *jail, void (*each)(void *arg, const struct ticket *t), void *arg)
{
	size_t n;
	struct ticket **all =
	    ban_list(LIST_ITEM(jail, struct guard, action_jail)->bans, BAN_BY_ENTRY, &n);

	for (size_t i = 0; i < n; i++)
		each(arg, all[i]);
	mem_free(all);
}

static int
unknown_backend(struct slice name, struct diag *d)
{
	struct suggestion near = suggest_begin(name);
	struct buf shown;

	buf_init(&shown, 4096);
	escape_format(&shown, slice_upto(name, 500));
	backend_offer(&near);
	(void)diag_fail(d, -EINVAL, (struct place){0},
	    "Unknown backend %s. Must be among ['pyinotify', 'polling', 'systemd'] or 'auto'",
	    buf_cstr(&shown));
	if (near.name.p != NULL)
		diag_remedy(d, "f2b has also " FEED_KINDS "; did you mean '%.*s'?",
		    SLICE_ARG(near.name));
	else
		diag_remedy(d, "f2b has also " FEED_KINDS);
	buf_done(&shown);
	return -EINVAL;
}

int
guard_backend(struct slice backend, struct diag *d)
{
	const struct backend_row *row = backend_row(backend);

	if (row == NULL)
		return unknown_backend(backend_name(backend), d);
	return row->kind == BACKEND_JOURNAL ? guardjournal_check(backend, d) :
	    row->kind == BACKEND_FEED       ? guardfeed_check(backend, d) :
	                                      0;
}

bool
guard_polls(const struct guard *g)
{
	return slice_eq_nocase(backend_name(slice_cstr(g->backend)), SLICE("polling"));
}

const char *
guard_source(const struct guard *g)
{
	if (g->journal != NULL || g->feed != NULL)
		return backend_row(slice_cstr(g->backend))->name;
	return guard_polls(g) ? "polling" : "pyinotify";
}

static void
guard_announce(const struct guard *g)
{
	log_write(LEVEL_INFO, "jail", "Creating new jail '%s'", g->name);
	if (strlen(g->name) >= NAME_LONG)
		log_write(LEVEL_WARNING, "jail",
		    "Jail name '%s' might be too long and some commands might not function "
		    "correctly. Please shorten",
		    g->name);
	log_write(LEVEL_INFO, "jail", "Jail '%s' uses %s {}", g->name,
	    guard_polls(g) ? "poller" : guard_source(g));
	log_write(LEVEL_INFO, "jail", "Initiated '%s' backend", guard_source(g));
}

struct guard *
guard_new(struct monitor *m, struct slice name, struct slice backend)
{
	struct guard *g = MEM_NEW(struct guard);

	g->monitor = m;
	g->serial = ++m->next_serial;
	g->name = mem_copy(name.p, name.n);
	g->backend = mem_copy(backend.p, backend.n);
	g->filter_sink = (struct filter_sink){filter_failed, filter_noted};
	g->filter = filter_new(&g->filter_sink);
	list_init(&g->logs);
	list_init(&g->globs);
	list_init(&g->options);
	list_init(&g->growing);
	g->bantime = (struct pyexpr_number){.i = DEFAULT_BANTIME};
	g->limits = (struct failure_limits){.maxretry = DEFAULT_MAXRETRY, .maxmatches = DEFAULT_MAXMATCHES};
	guard_set_findtime(g, (struct pyexpr_number){.i = DEFAULT_FINDTIME});
	g->failures = failure_table_new(FAILURE_IDS_DEFAULT, FAILURE_MORE_MAX);
	g->bans = ban_table_new(DEFAULT_BANTIME, BAN_MATCHES_MAX);
	g->ignore = ignore_new();
	ignore_set_self(g->ignore, true);
	g->exempt = exempt_new(g);
	/* Its options have been looked at by guard_backend(). */
	if (backend_is(backend, BACKEND_JOURNAL))
		(void)guardjournal_new(&g->journal, g, backend, NULL);
	if (backend_is(backend, BACKEND_FEED))
		g->feed = guardfeed_new(g);
	g->action_jail = (struct action_jail){
	    slice_cstr(g->name), jail_bantime, jail_tag, jail_repaired, jail_each_ban};
	g->actions = action_list_new(m->loop, &g->action_jail);
	guard_announce(g);
	return g;
}

static void
option_free(struct guard_option *o)
{
	list_remove(&o->link);
	mem_free(o->name);
	mem_free(o->value);
	mem_free(o);
}

static void
guard_release(void *arg)
{
	struct guard *g = arg;

	mem_free(g->name);
	mem_free(g->backend);
	mem_free(g);
}

void
guard_free(struct guard *g)
{
	guardglob_remove_all(g);
	guardlog_close_all(g);
	guardjournal_free(g->journal);
	guardfeed_free(g->feed);
	grow_forget(g);
	LIST_EACH(link, &g->options)
		option_free(LIST_ITEM(link, struct guard_option, link));
	filter_free(g->filter);
	failure_table_free(g->failures);
	ban_table_free(g->bans);
	ignore_free(g->ignore);
	exempt_free(g->exempt);
	/* Commands that still run look at the name. */
	action_list_free(g->actions, guard_release, g);
}

void
guard_start(struct guard *g)
{
	if (g->state != GUARD_NEW)
		return;
	g->state = GUARD_RUNNING;
	guard_resolve_ignored(g);
	action_start(g->actions);
	restore_bans(g);
	action_restored(g->actions);
	if (!g->idle)
		guardlog_pause(g, false);
	guardjournal_start(g->journal);
	guardjournal_pause(g->journal, g->idle);
	guardfeed_start(g->feed);
	guardfeed_pause(g->feed, g->idle);
	log_write(LEVEL_INFO, "jail", "Jail '%s' started", g->name);
}

void
guard_set_idle(struct guard *g, bool idle)
{
	g->idle = idle;
	if (g->state != GUARD_RUNNING)
		return;
	guardlog_pause(g, idle);
	guardjournal_pause(g->journal, idle);
	guardfeed_pause(g->feed, idle);
}

/* Who is to be told when a jail has stopped. */
struct guard_waiter {
	struct guard_waiter *next;
	void (*stopped)(void *arg);
	void *arg;
};

static void
guard_actions_stopped(void *arg)
{
	struct guard *g = arg;
	struct monitor *m = g->monitor;
	struct guard_waiter *w = g->waiters, *next;

	log_write(LEVEL_INFO, "jail", "Jail '%s' stopped", g->name);
	list_remove(&g->link);
	(void)table_take(&m->by_name, slice_cstr(g->name));
	guard_free(g);
	for (; w != NULL; w = next) {
		next = w->next;
		w->stopped(w->arg);
		mem_free(w);
	}
	monitor_guard_ended(m);
}

void
guard_stop(struct guard *g, void (*stopped)(void *arg), void *arg)
{
	struct monitor *m = g->monitor;
	struct guard_waiter *w;

	if (stopped != NULL) {
		w = MEM_NEW(struct guard_waiter);
		*w = (struct guard_waiter){g->waiters, stopped, arg};
		g->waiters = w;
	}
	if (g->state == GUARD_STOPPING)
		return;
	g->state = GUARD_STOPPING;
	guardglob_remove_all(g);
	guardlog_remove_all(g);
	guardjournal_store(g->journal);
	guardjournal_pause(g->journal, true);
	guardfeed_store(g->feed);
	guardfeed_pause(g->feed, true);
	(void)verdict_unban_all(g, false);
	if (m->store != NULL)
		store_del_jail(m->store, slice_cstr(g->name));
	storing_dirty(m);
	action_stop(g->actions, guard_actions_stopped, g);
}

void
guard_set_bantime(struct guard *g, struct pyexpr_number seconds)
{
	g->bantime = seconds;
	ban_set_bantime(g->bans, pyexpr_double(&seconds));
	monitor_schedule(g->monitor);
}

void
guard_set_findtime(struct guard *g, struct pyexpr_number seconds)
{
	g->findtime = seconds;
	g->limits.findtime = span_of_seconds(pyexpr_double(&seconds));
	filter_set_findtime(g->filter, g->limits.findtime);
}

static struct guard_option *
guard_find_option(const struct guard *g, struct slice name)
{
	for (struct list *link = g->options.next; link != &g->options; link = link->next) {
		struct guard_option *o = LIST_ITEM(link, struct guard_option, link);

		if (slice_eq(slice_cstr(o->name), name))
			return o;
	}
	return NULL;
}

void
guard_set_option(struct guard *g, struct slice name, struct slice value)
{
	struct guard_option *o = guard_find_option(g, name);

	if (slice_eq(name, SLICE("increment")))
		g->grows = duration_truth(value);
	if (o != NULL && value.n == 0) {
		option_free(o);
	} else if (value.n > 0) {
		if (o == NULL) {
			o = MEM_NEW(struct guard_option);
			o->name = mem_copy(name.p, name.n);
			list_append(&g->options, &o->link);
		}
		mem_replace(&o->value, value.p, value.n);
	}
}

bool
guard_option(const struct guard *g, struct slice name, struct slice *value)
{
	const struct guard_option *o = guard_find_option(g, name);

	if (o != NULL)
		*value = slice_cstr(o->value);
	return o != NULL;
}

struct ignored_name {
	struct monitor *monitor;
	uint64_t serial;
};

void
guard_ignored_resolved(
    struct guard *g, struct slice name, const struct addr *addrs, size_t count, const char *error)
{
	if (ignore_resolved(g->ignore, name, addrs, count))
		resolver_log_failure(name, error);
}

static void
ignored_name_resolved(
    void *arg, struct slice name, const struct addr *addrs, size_t count, const char *error)
{
	struct ignored_name *n = arg;
	struct guard *g = monitor_guard_by_serial(n->monitor, n->serial);

	if (g != NULL)
		guard_ignored_resolved(g, name, addrs, count, error);
	mem_free(n);
}

void
guard_resolve_ignored(struct guard *g)
{
	struct slice name, path;
	int error;

	ignore_refresh(g->ignore, time_mono());
	while (ignore_unread(g->ignore, &path, &error))
		log_write(LEVEL_WARNING, "ipdns", "[%s] Retrieving IPs set from '%.*s' failed: %s",
		    g->name, SLICE_ARG(path), strerror(-error));
	for (size_t i = 0; ignore_name(g->ignore, i, &name); i++) {
		struct ignored_name *n = MEM_NEW(struct ignored_name);

		n->monitor = g->monitor;
		n->serial = g->serial;
		resolver_lookup(g->monitor->resolver, name, ignored_name_resolved, n);
	}
}

struct buf *
guard_log(const struct guard *g, int level, const char *module, const char *what, struct slice id)
{
	struct buf *line = log_begin(level, module);

	if (line == NULL)
		return NULL;
	buf_add_char(line, '[');
	buf_add_cstr(line, g->name);
	buf_add(line, SLICE("] "));
	buf_add_cstr(line, what);
	buf_add_char(line, ' ');
	escape_format(line, id);
	return line;
}
