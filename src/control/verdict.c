#include "control/verdict.h"

#include "compat/pyrepr.h"
#include "control/grow.h"
#include "control/guardfeed.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/monitor.h"
#include "control/named.h"
#include "control/storing.h"
#include "control/watch.h"
#include "util/escape.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/mem.h"

/* Bans of a jail whose end is carried out in one turn of the loop; logs are read between turns. */
#define EXPIRE_MAX 5000

/* How the log tells of events; tools know the words. */
static const char *const log_words[WATCH_EVENTS] = {
    [WATCH_FOUND] = "Found",
    [WATCH_ATTEMPT] = "Attempt",
    [WATCH_BAN] = "Ban",
    [WATCH_RESTORE] = "Restore Ban",
    [WATCH_UNBAN] = "Unban",
    [WATCH_REPEAL] = "Repeal Ban",
};

static void
log_event(const struct guard *g, enum watch_event event, struct slice id)
{
	if (guard_log(g, LEVEL_NOTICE, "actions", log_words[event], id) != NULL)
		log_end();
}

struct ticket *
verdict_ticket(struct slice id, struct instant when)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;

	if (addr_parse(id, &a) == 0)
		id = addr_text(&a, text);
	else
		a = (struct addr){.family = ADDR_NONE};
	return ticket_new_addr(id, id, &a, when);
}

static void
log_failure(const struct guard *g, const char *what, struct slice id, struct instant when)
{
	struct buf *line = guard_log(g, LEVEL_INFO, "filter", what, id);

	if (line == NULL)
		return;
	buf_add(line, SLICE(" - "));
	time_format(line, when);
	log_end();
}

/*
 * Makes the failure one of the network that its address counts for, unless that would lock out
 * somebody who is to be ignored. text is where the network's name goes.
 */
static void
widen(struct guard *g, struct failure *f, char text[ADDR_TEXT_MAX])
{
	struct addr net = f->addr;

	if (slice_eq(f->id, f->ip) && prefix_widen(&g->prefix, &net) &&
	    !ignore_touches(g->ignore, &net, time_mono_tick())) {
		f->addr = net;
		f->id = f->ip = addr_text(&net, text);
	}
}

/* Who fails in the first jail that reads a block is likely to fail in others as well. */
static void
expect_elsewhere(struct guard *g, struct slice id)
{
	struct monitor *m = g->monitor;

	if (g->reading != NULL && m->block_failed_n < FAILURE_EXPECT_MAX && filter_memo_first(m->block_memo))
		m->block_failed[m->block_failed_n++] = hash_text(id);
}

/* Counts a failure that is not to be ignored, and bans if that was one too many. */
static void
count(struct guard *g, enum watch_event event, struct failure *f, unsigned attempts)
{
	char text[ADDR_TEXT_MAX];
	struct ticket *enough;

	log_failure(g, log_words[event], f->id, f->when);
	watch_failed(g, event, f->id, f->when);
	widen(g, f, text);
	expect_elsewhere(g, f->id);
	enough = failure_add(g->failures, &g->limits, f, attempts);
	if (enough == NULL)
		enough = grow_failure(g, f->id, f->when);
	if (enough == NULL)
		return;
	enough->logged = f->logged;
	(void)verdict_ban(g, enough);
	ticket_unref(enough);
}

/*
 * A former run has judged this failure, and crashed with the counts of those who had not had enough
 * yet: only these are to be known again. Who had enough was banned then, or let off since.
 */
static void
recount(struct guard *g, struct failure *f)
{
	char text[ADDR_TEXT_MAX];
	const struct ticket *running;

	widen(g, f, text);
	running = ban_get(g->bans, f->id);
	if (running == NULL || running->when.us < f->when.us)
		ticket_unref(failure_add(g->failures, &g->limits, f, 1));
}

static void
judge(struct guard *g, struct failure *f, bool ignored)
{
	if (ignored || g == NULL || g->state != GUARD_RUNNING)
		return;
	if (f->again)
		recount(g, f);
	else
		count(g, WATCH_FOUND, f, 1);
}

static void
considered(struct guard *g, struct ticket *t, bool ignored, void *arg)
{
	struct arena a;
	struct failure f;

	arena_init(&a);
	f = failure_of_ticket(t, &a);
	judge(g, &f, ignored);
	arena_done(&a);
	hold_unref(arg);
}

/*
 * Counts a failure of the log, unless it is to be ignored. Where answers about that come slower
 * than failures, the failure counts: an attacker must not get through by being many.
 */
static void
consider(struct guard *g, struct ticket *t, struct hold *hold)
{
	if (!exempt_busy(g->exempt))
		exempt_ask(g->exempt, t, considered, hold_ref(hold));
	else
		considered(g, t, false, hold_ref(hold));
}

/* Of the line that is being read; NULL where it could not be read again. */
static struct hold *
hold_line(struct guard *g)
{
	if (g->reading != NULL)
		return guardlog_hold(g->reading);
	return g->feed != NULL ? guardfeed_hold(g->feed) : guardjournal_hold(g->journal);
}

/* What has to wait for an answer is kept in a ticket, and its line held. */
static void
wait_for_answer(struct guard *g, const struct failure *f, bool name)
{
	struct ticket *t = failure_ticket(f, g->limits.maxmatches);
	struct hold *hold = hold_line(g);

	if (name)
		named_look_up(g, t, hold, consider);
	else
		consider(g, t, hold);
	hold_unref(hold);
	ticket_unref(t);
}

/* No failure is later than now. The clock is read only if the line could be. */
static struct instant
past(const struct guard *g, struct instant when)
{
	struct instant now;

	if (g->reading != NULL && !instant_before(g->reading->now, when))
		return when;
	now = time_now();
	return instant_before(now, when) ? now : when;
}

void
verdict_failure(struct guard *g, const struct door_failure *seen)
{
	struct failure f = {
	    .id = seen->id,
	    .ip = seen->host.n > 0 ? seen->host : seen->id,
	    .addr = seen->addr,
	    .when = past(g, seen->when),
	    .lines = seen->lines,
	    .line_count = seen->line_count,
	    .attrs = seen->attrs,
	    .attr_count = seen->attr_count,
	    .again = g->again,
	    .logged = g->reading != NULL || g->journal != NULL,
	};
	bool ignored;

	if (seen->kind != DOOR_ADDR && addr_parse(f.ip, &f.addr) < 0)
		f.addr = (struct addr){.family = ADDR_NONE};
	if (seen->kind != DOOR_NAME && exempt_known(g->exempt, &f, &ignored))
		judge(g, &f, ignored);
	else
		wait_for_answer(g, &f, seen->kind == DOOR_NAME);
}

struct attempt {
	unsigned count;
	void (*told)(void *arg, bool counted);
	void *arg;
};

static void
attempt_considered(struct guard *g, struct ticket *t, bool ignored, void *arg)
{
	struct attempt *a = arg;
	bool counted = !ignored && g != NULL && g->state != GUARD_STOPPING;
	struct arena arena;
	struct failure f;

	arena_init(&arena);
	f = failure_of_ticket(t, &arena);
	if (counted)
		count(g, WATCH_ATTEMPT, &f, a->count);
	a->told(a->arg, counted);
	arena_done(&arena);
	mem_free(a);
}

void
verdict_attempt(struct guard *g, struct slice id, const struct slice *matches, size_t match_count,
    void (*told)(void *arg, bool counted), void *arg)
{
	struct ticket *t = verdict_ticket(id, time_now());
	struct attempt *a = MEM_NEW(struct attempt);

	for (size_t i = 0; i < match_count; i++)
		ticket_add_match(t, matches[i], g->limits.maxmatches);
	a->count = match_count > 0 ? (unsigned)match_count : 1;
	a->told = told;
	a->arg = arg;
	exempt_ask(g->exempt, t, attempt_considered, a);
	ticket_unref(t);
}

static void
reban(struct guard *g, struct ticket *t)
{
	struct slice only;
	bool one = action_to_reban(g->actions, t, &only) == 1;
	struct buf *line = guard_log(g, LEVEL_NOTICE, "actions", "Reban", ticket_id(t));

	if (line != NULL && one) {
		buf_add_cstr(line, ", action ");
		pyrepr_text(line, slice_upto(only, 200));
	}
	if (line != NULL)
		log_end();
	action_reban(g->actions, t);
	t->epoch = g->epoch;
}

/* A check of the rules that the jail waits for, as somebody banned got through. */
struct checking {
	struct monitor *monitor;
	uint64_t serial;
	struct slice id; /* a mem_copy() */
};

static void
rules_checked(void *arg)
{
	struct checking *c = arg;
	struct guard *g = monitor_guard_by_serial(c->monitor, c->serial);
	struct ticket *t = g != NULL && g->state == GUARD_RUNNING ? ban_get(g->bans, c->id) : NULL;

	if (t != NULL && t->epoch < g->epoch)
		reban(g, t);
	mem_free((char *)c->id.p);
	mem_free(c);
}

/* Not more often than every three seconds, whoever comes. */
static void
check_rules(struct guard *g, const struct ticket *t)
{
	struct slice id = ticket_id(t);
	struct mono now = time_mono();
	struct checking *c;

	if (g->checked.us != 0 && mono_since(now, g->checked).us <= SPAN_S(3).us)
		return;
	g->checked = now;
	c = MEM_NEW(struct checking);
	c->monitor = g->monitor;
	c->serial = g->serial;
	c->id = slice_of(mem_copy(id.p, id.n), id.n);
	action_check(g->actions);
	action_wait(g->actions, rules_checked, c);
}

/*
 * Somebody who is banned got through. How long after the ban says how odd that is; and if the rules
 * were repaired since, his may be missing.
 */
static void
banned_already(struct guard *g, struct ticket *again)
{
	struct ticket *running = ban_get(g->bans, ticket_id(again));
	struct span age = instant_since(again->when, running->when);
	int level = age.us < SPAN_S(3).us ? LEVEL_DEBUG :
	    age.us < SPAN_S(60).us        ? LEVEL_NOTICE :
	                                    LEVEL_WARNING;
	struct buf *line = log_begin(level, "actions");

	if (line != NULL) {
		buf_printf(line, "[%s] ", g->name);
		escape_format(line, ticket_id(again));
		buf_add_cstr(line, " already banned");
		log_end();
	}
	if (running->epoch < g->epoch)
		reban(g, running);
	else if (age.us > SPAN_S(3).us)
		check_rules(g, running);
}

static void
store_ban(struct guard *g, struct ticket *t)
{
	struct monitor *m = g->monitor;

	if (m->store == NULL || t->restored)
		return;
	store_add_ban(m->store, slice_cstr(g->name), t, ban_bantime(g->bans, t));
	if (t->logged)
		storing_logged(m);
	else
		storing_dirty(m);
}

static void
log_expired(struct guard *g, const struct ticket *t)
{
	struct buf *line = guard_log(g, LEVEL_INFO, "actions", "Ignore", ticket_id(t));

	if (line == NULL)
		return;
	buf_add_cstr(line, ", expired bantime");
	log_end();
}

bool
verdict_ban(struct guard *g, struct ticket *t)
{
	enum watch_event event;

	switch (ban_add(g->bans, t, time_now())) {
	case BAN_EXPIRED:
		log_expired(g, t);
		return false;
	case BAN_KNOWN:
		banned_already(g, t);
		return false;
	case BAN_NEW:
		break;
	}
	t->epoch = g->epoch;
	event = t->restored ? WATCH_RESTORE : WATCH_BAN;
	log_event(g, event, ticket_id(t));
	action_ban(g->actions, t);
	grow_ban(g, t);
	watch_tell(g, event, t);
	store_ban(g, t);
	monitor_ban_ends(g->monitor, ban_end(g->bans, t));
	return true;
}

/* id is NULL for all. */
static void
forget_stored(struct guard *g, const struct slice *id)
{
	struct monitor *m = g->monitor;

	if (m->store == NULL)
		return;
	if (id != NULL)
		store_del_ban(m->store, slice_cstr(g->name), *id);
	else
		store_del_bans(m->store, slice_cstr(g->name));
	storing_dirty(m);
}

static void
lift(struct guard *g, struct ticket *t)
{
	log_event(g, WATCH_UNBAN, ticket_id(t));
	action_unban(g->actions, t);
	watch_tell(g, WATCH_UNBAN, t);
}

bool
verdict_unban(struct guard *g, struct slice id)
{
	struct ticket *t = ban_take(g->bans, id);

	forget_stored(g, &id);
	(void)failure_forget(g->failures, id);
	if (t == NULL)
		return false;
	lift(g, t);
	ticket_unref(t);
	return true;
}

size_t
verdict_unban_all(struct guard *g, bool forget)
{
	enum watch_event event = g->state == GUARD_STOPPING ? WATCH_REPEAL : WATCH_UNBAN;
	size_t count_all, i;
	struct ticket **all = ban_list(g->bans, BAN_BY_ENTRY, &count_all);

	if (forget)
		forget_stored(g, NULL);
	action_flush(g->actions, all, count_all, g->state == GUARD_STOPPING);
	log_hold();
	for (i = 0; i < count_all; i++) {
		log_event(g, event, ticket_id(all[i]));
		watch_tell(g, event, all[i]);
		ticket_unref(ban_take(g->bans, ticket_id(all[i])));
	}
	log_release();
	mem_free(all);
	return count_all;
}

void
verdict_expire(struct guard *g, struct instant now)
{
	struct ticket *t;

	log_hold();
	for (size_t n = 0; n < EXPIRE_MAX && (t = ban_take_expired(g->bans, now)) != NULL; n++) {
		lift(g, t);
		ticket_unref(t);
	}
	log_release();
}
