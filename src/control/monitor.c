#include "control/monitor.h"

#include "control/guardfeed.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/sources.h"
#include "control/verdict.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

#define COMMIT_AFTER_MS 50
#define TIDY_EVERY_MS 10000
#define PURGE_EVERY_MS 3600000
#define PURGE_NEXT_MS 50

/* When a database that cannot be written is tried again: locked by somebody, or otherwise. */
#define LOCKED_MS 200
#define FAILED_MS 2000
#define LOCKED_LONG SPAN_S(5)
#define DEFAULT_PURGE_AGE 86400

static void
unban_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct instant now = time_now();

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (g->state == GUARD_RUNNING)
			verdict_expire(g, now);
	}
	monitor_schedule(m);
}

void
monitor_schedule(struct monitor *m)
{
	struct instant next = BAN_NEVER;
	int64_t wait_ms;

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);
		struct instant end = ban_next_end(g->bans);

		if (g->state == GUARD_RUNNING && instant_before(end, next))
			next = end;
	}
	if (next.us == BAN_NEVER.us) {
		(void)uv_timer_stop(m->unban_timer);
		return;
	}
	/* The wall clock may be set meanwhile: look again at least once a minute. */
	wait_ms = (next.us - time_now().us) / US_PER_MS + 1;
	wait_ms = wait_ms < 1 ? 1 : wait_ms > 60000 ? 60000 : wait_ms;
	(void)uv_timer_start(m->unban_timer, unban_due, (uint64_t)wait_ms, 0);
}

void
monitor_store_failed(struct monitor *m, const struct diag *d)
{
	char text[2400];

	(void)m;
	log_write(LEVEL_ERROR, "database", "%s; bans go on without it",
	    diag_format(d, text, sizeof(text)));
}

/* What waits for the store is not to become more by positions, of which only the last matters. */
static void
store_positions(struct monitor *m)
{
	if (m->store == NULL || store_waiting(m->store) > 0)
		return;
	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		guardlog_store(g);
		guardjournal_store(g->journal);
		guardfeed_store(g->feed);
	}
}

/*
 * A cause is told once. That somebody else has the database locked for a moment is nothing to be
 * told of.
 */
static void
commit_failed(struct monitor *m, int error, const struct diag *d)
{
	char text[2600];

	if (m->store_error != error) {
		m->store_error = error;
		m->store_failed = time_mono();
		m->store_told = false;
	}
	if (m->store_told ||
	    (error == -EBUSY && mono_since(time_mono(), m->store_failed).us < LOCKED_LONG.us))
		return;
	m->store_told = true;
	log_write(LEVEL_ERROR, "database", "%s; bans go on, and are stored when it can be written",
	    diag_format(d, text, sizeof(text)));
}

static void
commit_worked(struct monitor *m, const struct diag *d)
{
	if (d->set)
		log_write(LEVEL_ERROR, "database", "database %.*s: %s",
		    SLICE_ARG(store_path(m->store)), d->text);
	if (m->store_told)
		log_write(LEVEL_INFO, "database", "database %.*s: is written again",
		    SLICE_ARG(store_path(m->store)));
	m->store_error = 0;
	m->store_told = false;
}

static void commit_after(struct monitor *m, uint64_t ms);

static void
commit_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct diag d;
	int r;

	/* Positions mark the store as dirty again; they go into this commit. */
	m->dirty = true;
	store_positions(m);
	m->dirty = false;
	if (m->store == NULL)
		return;
	diag_init(&d);
	r = store_commit(m->store, &d);
	if (r < 0)
		commit_failed(m, r, &d);
	else
		commit_worked(m, &d);
	if (r != 0)
		commit_after(m, r == -EBUSY ? LOCKED_MS : r < 0 ? FAILED_MS : COMMIT_AFTER_MS);
}

static void
commit_after(struct monitor *m, uint64_t ms)
{
	m->dirty = true;
	(void)uv_timer_start(m->commit_timer, commit_due, ms, 0);
}

void
monitor_dirty(struct monitor *m)
{
	if (!m->dirty && m->store != NULL)
		commit_after(m, COMMIT_AFTER_MS);
}

static void
purge_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct span age = span_of_seconds(pyexpr_double(&m->purge_age));
	bool more = m->store != NULL && store_purge(m->store, time_now(), age);

	monitor_dirty(m);
	(void)uv_timer_start(m->purge_timer, purge_due, more ? PURGE_NEXT_MS : PURGE_EVERY_MS, 0);
}

static void
tidy_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct instant now = time_now();

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		failure_expire(g->failures, now, g->limits.findtime);
		guard_resolve_ignored(g);
		guardfeed_retry(g->feed);
		sources_look(g);
	}
	store_positions(m);
}

static uv_timer_t *
timer_new(struct monitor *m)
{
	uv_timer_t *t = MEM_NEW(uv_timer_t);

	(void)uv_timer_init(m->loop, t);
	t->data = m;
	return t;
}

static void
timer_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

int
monitor_new(struct monitor **out, uv_loop_t *loop, struct diag *d)
{
	struct monitor *m = MEM_NEW(struct monitor);
	int r;

	m->loop = loop;
	list_init(&m->guards);
	list_init(&m->sleepers);
	list_init(&m->watchers);
	r = file_watcher_new(&m->files, loop, d);
	if (r < 0) {
		mem_free(m);
		return r;
	}
	m->feeds = feed_set_new(loop);
	m->resolver = resolver_new(loop);
	m->purge_age = (struct pyexpr_number){.i = DEFAULT_PURGE_AGE};
	m->unban_timer = timer_new(m);
	m->commit_timer = timer_new(m);
	m->tidy_timer = timer_new(m);
	m->purge_timer = timer_new(m);
	(void)uv_timer_start(m->purge_timer, purge_due, PURGE_EVERY_MS, 0);
	(void)uv_timer_start(m->tidy_timer, tidy_due, TIDY_EVERY_MS, TIDY_EVERY_MS);
	*out = m;
	return 0;
}

static void
close_store(struct monitor *m)
{
	size_t waiting = m->store != NULL ? store_waiting(m->store) : 0;
	struct diag d;

	diag_init(&d);
	if (store_close(m->store, &d) < 0)
		log_write(
		    LEVEL_ERROR, "database", "%s; %zu changes are not stored", d.text, waiting);
	m->store = NULL;
}

/* Whoever is told late that a name was not found finds an empty monitor. */
static void
resolver_freed(void *arg)
{
	struct monitor *m = arg;

	table_done(&m->by_name);
	mem_free(m->allowipv6);
	mem_free(m->loglevel);
	mem_free(m);
}

void
monitor_free(struct monitor *m)
{
	uv_close((uv_handle_t *)m->unban_timer, timer_closed);
	uv_close((uv_handle_t *)m->commit_timer, timer_closed);
	uv_close((uv_handle_t *)m->tidy_timer, timer_closed);
	uv_close((uv_handle_t *)m->purge_timer, timer_closed);
	feed_set_free(m->feeds);
	file_watcher_free(m->files);
	if (m->store != NULL) {
		close_store(m);
		log_write(LEVEL_INFO, "database", "Connection to database closed.");
	}
	m->store = NULL;
	resolver_free(m->resolver, resolver_freed, m);
}

int
monitor_reopen_log(void)
{
	struct slice target = log_target();
	int r = log_reopen();

	if (r >= 0)
		log_write(LEVEL_INFO, "server", "%s performed on %.*s", r > 0 ? "rollover" : "flush",
		    SLICE_ARG(target));
	return r;
}

void
monitor_guard_ended(struct monitor *m)
{
	if (m->stopping && list_empty(&m->guards))
		m->finished(m);
}

void
monitor_stop(struct monitor *m)
{
	if (m->stopping)
		return;
	m->stopping = true;
	log_write(LEVEL_INFO, "server", "Shutdown in progress...");
	/* Nothing of ours is called so; readers of the log know the lines. */
	log_write(LEVEL_INFO, "observer", "Observer stop ... try to end queue 5 seconds");
	log_write(LEVEL_INFO, "observer", "Observer stopped, 0 events remaining.");
	log_write(LEVEL_INFO, "server", "Stopping all jails");
	if (list_empty(&m->guards)) {
		m->finished(m);
		return;
	}
	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (g->state != GUARD_STOPPING)
			guard_stop(g, NULL, NULL);
	}
}

struct guard *
monitor_guard(const struct monitor *m, struct slice name)
{
	return table_get(&m->by_name, name);
}

struct guard *
monitor_guard_by_serial(const struct monitor *m, uint64_t serial)
{
	for (struct list *link = m->guards.next; link != &m->guards; link = link->next) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (g->serial == serial)
			return g;
	}
	return NULL;
}

int
monitor_set_store(struct monitor *m, struct slice path, struct diag *d)
{
	struct store *opened = NULL;
	bool created = false;
	int r;

	diag_init(d);
	if (!slice_eq_nocase(path, SLICE("none"))) {
		r = store_open(&opened, path, &created, d);
		if (r < 0)
			return r;
		log_write(LEVEL_INFO, "database",
		    "Connected to fail2ban persistent database '%.*s'", SLICE_ARG(path));
		if (d->set)
			log_write(LEVEL_WARNING, "database", "%s", d->text);
		if (created)
			log_write(LEVEL_WARNING, "database", "New database created. Version '4'");
		store_disable_all(opened);
	}
	close_store(m);
	m->store = opened;
	monitor_dirty(m);
	return 0;
}
