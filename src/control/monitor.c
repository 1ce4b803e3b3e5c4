#include "control/monitor.h"

#include "control/guardfeed.h"
#include "control/guardjournal.h"
#include "control/restore.h"
#include "control/sources.h"
#include "control/storing.h"
#include "control/verdict.h"
#include "source/journal.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

#define TIDY_EVERY_MS 10000
#define EXPIRE_NEXT_MS 20
#define REMADE_MS 100
#define PURGE_EVERY_MS 3600000
#define PURGE_NEXT_MS 50

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

static void
wait_until(struct monitor *m, struct instant next)
{
	int64_t wait_ms;

	m->unban_at = next;
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
monitor_schedule(struct monitor *m)
{
	struct instant next = BAN_NEVER;

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);
		struct instant end = ban_next_end(g->bans);

		if (g->state == GUARD_RUNNING && instant_before(end, next))
			next = end;
	}
	wait_until(m, next);
}

void
monitor_ban_ends(struct monitor *m, struct instant end)
{
	if (instant_before(end, m->unban_at))
		wait_until(m, end);
}

static void
purge_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct span age = span_of_seconds(pyexpr_double(&m->purge_age));
	bool more = m->store != NULL && store_purge(m->store, time_now(), age);

	storing_logged(m);
	(void)uv_timer_start(m->purge_timer, purge_due, more ? PURGE_NEXT_MS : PURGE_EVERY_MS, 0);
}

/* Whether a storm is over: there were many who failed or were banned, and few are left. */
static bool
storm_over(struct guard *g)
{
	bool failures = failure_shrunk(g->failures), bans = ban_shrunk(g->bans);

	return failures || bans;
}

/* Forgets who has been quiet; if there are very many of them, the others follow soon. */
static void
expire_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;
	struct instant now = time_now();
	bool more = false, over = m->remade;

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		more = failure_expire(g->failures, now, g->limits.findtime) || more;
		over = storm_over(g) || over;
	}
	m->remade = false;
	if (over)
		mem_give_back();
	(void)uv_timer_start(timer, expire_due, more ? EXPIRE_NEXT_MS : TIDY_EVERY_MS, 0);
}

/* Not at once: those who are to be banned come first. */
void
monitor_remade(struct monitor *m)
{
	m->remade = true;
	if (uv_timer_get_due_in(m->expire_timer) > REMADE_MS)
		(void)uv_timer_start(m->expire_timer, expire_due, REMADE_MS, 0);
}

static void
tidy_due(uv_timer_t *timer)
{
	struct monitor *m = timer->data;

	storing_retry(m);
	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		guard_resolve_ignored(g);
		guardfeed_retry(g->feed);
		guardjournal_retry(g->journal);
		if (g->unrestored)
			restore_bans(g);
		sources_look(g);
	}
	storing_positions(m);
}

static void
before_wait(uv_prepare_t *p)
{
	log_flush();
}

static uv_prepare_t *
before_wait_new(uv_loop_t *loop)
{
	uv_prepare_t *p = MEM_NEW(uv_prepare_t);

	(void)uv_prepare_init(loop, p);
	(void)uv_prepare_start(p, before_wait);
	return p;
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
handle_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

struct monitor *
monitor_new(uv_loop_t *loop)
{
	struct monitor *m = MEM_NEW(struct monitor);

	m->loop = loop;
	list_init(&m->guards);
	list_init(&m->sleepers);
	list_init(&m->watchers);
	arena_init(&m->skipped_arena);
	m->files = file_watcher_new(loop);
	m->block_memo = filter_memo_new();
	m->feeds = feed_set_new(loop);
	m->journals = journal_set_new(loop);
	m->resolver = resolver_new(loop);
	m->purge_age = (struct pyexpr_number){.i = DEFAULT_PURGE_AGE};
	m->before_wait = before_wait_new(loop);
	m->unban_timer = timer_new(m);
	m->unban_at = BAN_NEVER;
	m->storing = storing_new(m);
	m->tidy_timer = timer_new(m);
	m->expire_timer = timer_new(m);
	m->purge_timer = timer_new(m);
	(void)uv_timer_start(m->purge_timer, purge_due, PURGE_EVERY_MS, 0);
	(void)uv_timer_start(m->tidy_timer, tidy_due, TIDY_EVERY_MS, TIDY_EVERY_MS);
	(void)uv_timer_start(m->expire_timer, expire_due, TIDY_EVERY_MS, 0);
	return m;
}

/* Whoever is told late that a name was not found finds an empty monitor. */
static void
resolver_freed(void *arg)
{
	struct monitor *m = arg;

	table_done(&m->by_name);
	filter_memo_free(m->block_memo);
	mem_free(m->allowipv6);
	mem_free(m->loglevel);
	arena_done(&m->skipped_arena);
	mem_free(m);
}

void
monitor_free(struct monitor *m)
{
	log_flush();
	uv_close((uv_handle_t *)m->before_wait, handle_closed);
	uv_close((uv_handle_t *)m->unban_timer, handle_closed);
	uv_close((uv_handle_t *)m->tidy_timer, handle_closed);
	uv_close((uv_handle_t *)m->expire_timer, handle_closed);
	uv_close((uv_handle_t *)m->purge_timer, handle_closed);
	feed_set_free(m->feeds);
	journal_set_free(m->journals);
	file_watcher_free(m->files);
	storing_free(m->storing);
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
	LIST_EACH(link, &m->guards)
		guard_stop(LIST_ITEM(link, struct guard, link), NULL, NULL);
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
