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
#define PURGE_EVERY SPAN_S(3600)
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

static void
monitor_store_positions(struct guard *g)
{
	guardlog_store(g);
	guardjournal_store(g->journal);
	guardfeed_store(g->feed);
}

static void
commit_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct diag d;

	int r;

	/* Positions mark the store as dirty again; they go into this commit. */
	LIST_EACH(link, &m->guards)
		monitor_store_positions(LIST_ITEM(link, struct guard, link));
	m->dirty = false;
	diag_init(&d);
	r = m->store != NULL ? store_commit(m->store, &d) : 0;
	if (r == -EBUSY)
		monitor_dirty(m);
	else if (r < 0)
		monitor_store_failed(m, &d);
}

void
monitor_dirty(struct monitor *m)
{
	if (m->dirty || m->store == NULL)
		return;
	m->dirty = true;
	(void)uv_timer_start(m->commit_timer, commit_due, COMMIT_AFTER_MS, 0);
}

static void
monitor_purge(struct monitor *m)
{
	double age_s = pyexpr_double(&m->purge_age);
	struct span age = {(int64_t)(age_s * (double)US_PER_S)};
	struct diag d;

	if (m->store == NULL || mono_since(time_mono(), m->purged).us < PURGE_EVERY.us)
		return;
	m->purged = time_mono();
	diag_init(&d);
	if (store_purge(m->store, time_now(), age, &d) < 0)
		monitor_store_failed(m, &d);
	monitor_dirty(m);
}

static void
tidy_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct instant now = time_now();

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		failure_expire(g->failures, now, g->limits.findtime);
		monitor_store_positions(g);
		guard_resolve_ignored(g);
		guardfeed_retry(g->feed);
		sources_look(g);
	}
	monitor_purge(m);
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
	r = file_watcher_new(&m->files, loop, d);
	if (r < 0) {
		mem_free(m);
		return r;
	}
	m->feeds = feed_set_new(loop);
	m->resolver = resolver_new(loop);
	m->purge_age = (struct pyexpr_number){.i = DEFAULT_PURGE_AGE};
	m->purged = time_mono();
	m->unban_timer = timer_new(m);
	m->commit_timer = timer_new(m);
	m->tidy_timer = timer_new(m);
	(void)uv_timer_start(m->tidy_timer, tidy_due, TIDY_EVERY_MS, TIDY_EVERY_MS);
	*out = m;
	return 0;
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
	feed_set_free(m->feeds);
	file_watcher_free(m->files);
	if (m->store != NULL) {
		store_close(m->store);
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
		(void)store_disable_all(opened, NULL);
	}
	if (m->store != NULL)
		store_close(m->store);
	m->store = opened;
	return 0;
}
