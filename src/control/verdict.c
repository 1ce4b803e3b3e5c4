#include "control/verdict.h"

#include "compat/pyrepr.h"
#include "control/grow.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/monitor.h"
#include "control/named.h"
#include "control/storing.h"
#include "control/watch.h"
#include "util/escape.h"
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

/* For "%s" in the log: id with what a terminal or a log would choke on made visible. */
static const char *
shown(struct slice text, struct buf *out)
{
	buf_init(out, text.n * 4 + 1);
	escape_format(out, text);
	return buf_cstr(out);
}

static void
log_ticket(struct guard *g, int level, const char *module, const char *what, struct slice id)
{
	struct buf text;

	if (!log_enabled(level))
		return;
	log_write(level, module, "[%s] %s %s", g->name, what, shown(id, &text));
	buf_done(&text);
}

struct ticket *
verdict_ticket(struct slice id, struct instant when)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;
	struct ticket *t;
	bool is_addr = addr_parse(id, &a) == 0;

	if (is_addr)
		id = addr_text(&a, text);
	t = ticket_new(id, id, when);
	if (is_addr)
		t->addr = a;
	return t;
}

static void
ticket_of_failure(struct guard *g, struct ticket *t, const struct door_failure *f)
{
	for (size_t i = 0; i < f->line_count; i++) {
		const struct slice parts[] = {
		    f->lines[i].before, f->lines[i].date, f->lines[i].after};

		ticket_add_match_parts(t, parts, 3, g->limits.maxmatches);
	}
	for (size_t i = 0; i < f->attr_count; i++)
		if (!f->attrs[i].absent)
			ticket_set_attr(t, f->attrs[i].name, f->attrs[i].value);
	if (f->line_count > 0 && ticket_match_count(t) == f->line_count)
		ticket_set_cut(
		    t, (struct ticket_cut){f->lines[0].before.n, f->lines[0].date.n});
}

static void
log_failure(struct guard *g, const char *what, const struct ticket *t)
{
	struct buf line;

	if (!log_enabled(LEVEL_INFO))
		return;
	buf_init(&line, t->id.n * 4 + 64);
	escape_format(&line, t->id);
	buf_add_cstr(&line, " - ");
	time_format(&line, t->when);
	log_write(LEVEL_INFO, "filter", "[%s] %s %s", g->name, what, buf_cstr(&line));
	buf_done(&line);
}

/*
 * Makes the ticket one of the network that its address counts for, unless that would lock out
 * somebody who is to be ignored.
 */
static void
widen(struct guard *g, struct ticket *t)
{
	struct addr net = t->addr;

	if (slice_eq(t->id, t->ip) && prefix_widen(&g->prefix, &net) &&
	    !ignore_touches(g->ignore, &net, time_mono()))
		ticket_set_addr(t, &net);
}

/* Counts a failure that is not to be ignored, and bans if that was one too many. */
static void
count(struct guard *g, enum watch_event event, struct ticket *t, unsigned attempts)
{
	struct ticket *enough;

	log_failure(g, log_words[event], t);
	watch_tell(g, event, t);
	widen(g, t);
	enough = failure_add(g->failures, &g->limits, t, attempts);
	if (enough == NULL)
		enough = grow_failure(g, t);
	if (enough == NULL)
		return;
	enough->logged = t->logged;
	(void)verdict_ban(g, enough);
	ticket_unref(enough);
}

/*
 * A former run has judged this failure, and crashed with the counts of those who had not had enough
 * yet: only these are to be known again. Who had enough was banned then, or let off since.
 */
static void
recount(struct guard *g, struct ticket *t)
{
	const struct ticket *running;

	widen(g, t);
	running = ban_get(g->bans, t->id);
	if (running == NULL || running->when.us < t->when.us)
		ticket_unref(failure_add(g->failures, &g->limits, t, 1));
}

static void
considered(struct guard *g, struct ticket *t, bool ignored, void *arg)
{
	bool counts = !ignored && g != NULL && g->state == GUARD_RUNNING;

	if (counts && t->again)
		recount(g, t);
	else if (counts)
		count(g, WATCH_FOUND, t, 1);
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
	return g->reading != NULL ? guardlog_hold(g->reading) : guardjournal_hold(g->journal);
}

void
verdict_failure(struct guard *g, const struct door_failure *f)
{
	struct instant now = time_now();
	struct instant when = f->when.us > now.us ? now : f->when;
	struct ticket *t = ticket_new(f->id, f->host.n > 0 ? f->host : f->id, when);
	struct hold *hold = hold_line(g);

	t->again = g->again;
	t->logged = hold != NULL;
	if (f->kind == DOOR_ADDR)
		t->addr = f->addr;
	else if (f->host.n > 0 && addr_parse(f->host, &t->addr) < 0)
		t->addr = (struct addr){0};
	ticket_of_failure(g, t, f);
	if (f->kind == DOOR_NAME)
		named_look_up(g, t, hold, consider);
	else
		consider(g, t, hold);
	hold_unref(hold);
	ticket_unref(t);
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
	bool counted = !ignored && g != NULL;

	if (counted)
		count(g, WATCH_ATTEMPT, t, a->count);
	a->told(a->arg, counted);
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
	struct buf line;

	buf_init(&line, 4 * (t->id.n + 1000));
	escape_format(&line, t->id);
	if (action_to_reban(g->actions, t, &only) == 1) {
		buf_add_cstr(&line, ", action ");
		pyrepr_text(&line, slice_upto(only, 200));
	}
	log_write(LEVEL_NOTICE, "actions", "[%s] Reban %s", g->name, buf_cstr(&line));
	buf_done(&line);
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
	struct mono now = time_mono();
	struct checking *c;

	if (g->checked.us != 0 && mono_since(now, g->checked).us <= SPAN_S(3).us)
		return;
	g->checked = now;
	c = MEM_NEW(struct checking);
	c->monitor = g->monitor;
	c->serial = g->serial;
	c->id = slice_of(mem_copy(t->id.p, t->id.n), t->id.n);
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
	struct ticket *running = ban_get(g->bans, again->id);
	struct span age = instant_since(again->when, running->when);
	int level = age.us < SPAN_S(3).us ? LEVEL_DEBUG :
	    age.us < SPAN_S(60).us        ? LEVEL_NOTICE :
	                                    LEVEL_WARNING;
	struct buf text;

	if (log_enabled(level)) {
		log_write(
		    level, "actions", "[%s] %s already banned", g->name, shown(again->id, &text));
		buf_done(&text);
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
	struct buf text;

	log_write(LEVEL_INFO, "actions", "[%s] Ignore %s, expired bantime", g->name,
	    shown(t->id, &text));
	buf_done(&text);
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
		monitor_schedule(g->monitor);
		return false;
	case BAN_NEW:
		break;
	}
	t->epoch = g->epoch;
	event = t->restored ? WATCH_RESTORE : WATCH_BAN;
	log_ticket(g, LEVEL_NOTICE, "actions", log_words[event], t->id);
	action_ban(g->actions, t);
	grow_ban(g, t);
	watch_tell(g, event, t);
	store_ban(g, t);
	monitor_schedule(g->monitor);
	return true;
}

static void
forget_stored(struct guard *g, struct slice id)
{
	struct monitor *m = g->monitor;

	if (m->store == NULL)
		return;
	store_del_ban(m->store, slice_cstr(g->name), id);
	storing_dirty(m);
}

static void
lift(struct guard *g, struct ticket *t)
{
	log_ticket(g, LEVEL_NOTICE, "actions", log_words[WATCH_UNBAN], t->id);
	action_unban(g->actions, t);
	watch_tell(g, WATCH_UNBAN, t);
}

bool
verdict_unban(struct guard *g, struct slice id, bool forget)
{
	struct ticket *t = ban_take(g->bans, id);

	if (forget)
		forget_stored(g, id);
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
		forget_stored(g, SLICE_EMPTY);
	action_flush(g->actions, all, count_all, g->state == GUARD_STOPPING);
	for (i = 0; i < count_all; i++) {
		log_ticket(g, LEVEL_NOTICE, "actions", log_words[event], all[i]->id);
		watch_tell(g, event, all[i]);
		ticket_unref(ban_take(g->bans, all[i]->id));
	}
	mem_free(all);
	return count_all;
}

void
verdict_expire(struct guard *g, struct instant now)
{
	struct ticket *t;

	for (size_t n = 0; n < EXPIRE_MAX && (t = ban_take_expired(g->bans, now)) != NULL; n++) {
		lift(g, t);
		ticket_unref(t);
	}
}
