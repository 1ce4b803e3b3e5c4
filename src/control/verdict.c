#include "control/verdict.h"

#include "config/duration.h"
#include "control/grow.h"
#include "control/monitor.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

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
	struct buf line;

	buf_init(&line, 4 * SOURCE_LINE_MAX);
	for (size_t i = 0; i < f->line_count && g->limits.maxmatches > 0; i++) {
		buf_clear(&line);
		buf_add(&line, f->lines[i].before);
		buf_add(&line, f->lines[i].date);
		buf_add(&line, f->lines[i].after);
		ticket_add_match(t, buf_slice(&line), g->limits.maxmatches);
	}
	buf_done(&line);
	for (size_t i = 0; i < f->attr_count; i++)
		if (!f->attrs[i].absent)
			ticket_set_attr(t, f->attrs[i].name, f->attrs[i].value);
}

static bool
ignored(struct guard *g, const struct ticket *t)
{
	static const char *const reasons[] = {
	    [IGNORE_IP] = "by ip",
	    [IGNORE_DNS] = "by dns",
	    [IGNORE_SELF] = "by ignoreself rule",
	};
	enum ignore_reason reason;
	struct slice file = SLICE_EMPTY;
	struct buf text;

	if (t->addr.family == ADDR_NONE)
		return false;
	reason = ignore_check(g->ignore, &t->addr, time_mono(), &file);
	if (reason == IGNORE_NOT)
		return false;
	if (reason == IGNORE_FILE)
		log_write(LEVEL_INFO, "filter", "[%s] Ignore %s by file:%.*s", g->name,
		    shown(t->ip, &text), SLICE_ARG(file));
	else
		log_write(LEVEL_INFO, "filter", "[%s] Ignore %s %s", g->name, shown(t->ip, &text),
		    reasons[reason]);
	buf_done(&text);
	return true;
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

/* Counts a failure that is not to be ignored, and bans if that was one too many. */
static void
count(struct guard *g, const char *what, struct ticket *t, unsigned attempts)
{
	struct ticket *enough;

	log_failure(g, what, t);
	enough = failure_add(g->failures, &g->limits, t, attempts);
	if (enough == NULL)
		enough = grow_failure(g, t);
	if (enough == NULL)
		return;
	(void)verdict_ban(g, enough);
	ticket_unref(enough);
}

static void consider(struct guard *g, struct ticket *t);

/* A failure that waits for a look-up. The jail may be gone when the answer comes. */
struct pending {
	struct monitor *monitor;
	uint64_t serial;
	struct ticket *ticket;	/* id is the name */
	bool warn;
};

static struct pending *
pending_new(struct guard *g, struct ticket *t)
{
	struct pending *p = MEM_NEW(struct pending);

	p->monitor = g->monitor;
	p->serial = g->serial;
	p->ticket = ticket_ref(t);
	p->warn = filter_dns(g->filter) == FILTER_DNS_WARN;
	return p;
}

/* The jail, if it still is at work. */
static struct guard *
pending_guard(const struct pending *p)
{
	struct guard *g = monitor_guard_by_serial(p->monitor, p->serial);

	return g != NULL && g->state == GUARD_RUNNING ? g : NULL;
}

static void
pending_free(struct pending *p)
{
	ticket_unref(p->ticket);
	mem_free(p);
}

/* One name to ignore has been answered for: think again. */
static void
ignored_name_answered(
    void *arg, struct slice name, const struct addr *addrs, size_t n, const char *error)
{
	struct pending *p = arg;
	struct guard *g = pending_guard(p);

	if (g != NULL) {
		ignore_resolved(g->ignore, name, addrs, n);
		consider(g, p->ticket);
	}
	pending_free(p);
}

/*
 * Counts a failure of the log, unless it is to be ignored. As long as a name among those to ignore
 * has never been looked up, nobody is judged: it may be the administrator's own address.
 */
static void
consider(struct guard *g, struct ticket *t)
{
	struct slice name;

	if (t->addr.family != ADDR_NONE && ignore_unanswered(g->ignore, &name))
		resolver_lookup(
		    g->monitor->resolver, name, ignored_name_answered, pending_new(g, t));
	else if (!ignored(g, t))
		count(g, "Found", t, 1);
}

static void
log_resolved(struct slice name, const struct addr *addrs, size_t n, const char *error, bool warn)
{
	struct buf text, list;

	(void)shown(name, &text);
	if (n == 0) {
		log_write(LEVEL_WARNING, "ipdns",
		    "Unable to find a corresponding IP address for %s: %s", buf_cstr(&text), error);
	} else if (warn) {
		buf_init(&list, (size_t)RESOLVE_ADDRS_MAX * ADDR_TEXT_MAX);
		for (size_t i = 0; i < n; i++) {
			buf_add_cstr(&list, i > 0 ? ", '" : "'");
			addr_format(&list, &addrs[i]);
			buf_add_char(&list, '\'');
		}
		log_write(LEVEL_WARNING, "ipdns", "Determined IP using DNS Lookup: %s = {%s}",
		    buf_cstr(&text), buf_cstr(&list));
		buf_done(&list);
	}
	buf_done(&text);
}

static void
count_addr(struct guard *g, const struct ticket *named, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	struct slice id = addr_text(a, text);
	struct ticket *t = ticket_new(id, id, named->when);

	t->addr = *a;
	for (size_t i = 0; i < named->match_count; i++)
		ticket_add_match(t, named->matches[i], g->limits.maxmatches);
	for (size_t i = 0; i < named->attr_count; i++)
		ticket_set_attr(t, named->attrs[i].name, named->attrs[i].value);
	consider(g, t);
	ticket_unref(t);
}

static void
pending_resolved(
    void *arg, struct slice name, const struct addr *addrs, size_t n, const char *error)
{
	struct pending *p = arg;
	struct guard *g = pending_guard(p);

	if (g != NULL) {
		log_resolved(name, addrs, n, error, p->warn);
		for (size_t i = 0; i < n; i++)
			count_addr(g, p->ticket, &addrs[i]);
	}
	pending_free(p);
}

static void
look_up(struct guard *g, struct ticket *t)
{
	if (filter_dns(g->filter) != FILTER_DNS_NO)
		resolver_lookup(g->monitor->resolver, t->id, pending_resolved, pending_new(g, t));
}

void
verdict_failure(struct guard *g, const struct door_failure *f)
{
	struct instant now = time_now();
	struct instant when = f->when.us > now.us ? now : f->when;
	struct ticket *t = ticket_new(f->id, f->host.n > 0 ? f->host : f->id, when);

	if (f->kind == DOOR_ADDR)
		t->addr = f->addr;
	else if (f->host.n > 0 && addr_parse(f->host, &t->addr) < 0)
		t->addr = (struct addr){0};
	ticket_of_failure(g, t, f);
	if (f->kind == DOOR_NAME)
		look_up(g, t);
	else
		consider(g, t);
	ticket_unref(t);
}

bool
verdict_attempt(struct guard *g, struct slice id, const struct slice *matches, size_t match_count)
{
	struct ticket *t = verdict_ticket(id, time_now());
	bool counted = !ignored(g, t);

	for (size_t i = 0; i < match_count; i++)
		ticket_add_match(t, matches[i], g->limits.maxmatches);
	if (counted)
		count(g, "Attempt", t, match_count > 0 ? (unsigned)match_count : 1);
	ticket_unref(t);
	return counted;
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
	if (running->epoch != g->epoch) {
		running->epoch = g->epoch;
		log_ticket(g, LEVEL_NOTICE, "actions", "Reban", running->id);
		action_reban(g->actions, running);
	}
}

static void
store_ban(struct guard *g, const struct ticket *t)
{
	struct monitor *m = g->monitor;
	struct diag d;

	if (m->store == NULL || t->restored)
		return;
	diag_init(&d);
	if (store_add_ban(m->store, slice_cstr(g->name), t, ban_bantime(g->bans, t), &d) < 0)
		monitor_store_failed(m, &d);
	monitor_dirty(m);
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
	log_ticket(g, LEVEL_NOTICE, "actions", t->restored ? "Restore Ban" : "Ban", t->id);
	action_ban(g->actions, t);
	grow_ban(g, t);
	store_ban(g, t);
	monitor_schedule(g->monitor);
	return true;
}

static void
forget_stored(struct guard *g, struct slice id)
{
	struct monitor *m = g->monitor;
	struct diag d;

	if (m->store == NULL)
		return;
	diag_init(&d);
	if (store_del_ban(m->store, slice_cstr(g->name), id, &d) < 0)
		monitor_store_failed(m, &d);
	monitor_dirty(m);
}

static void
lift(struct guard *g, struct ticket *t)
{
	log_ticket(g, LEVEL_NOTICE, "actions", "Unban", t->id);
	action_unban(g->actions, t);
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
	size_t count_all, i;
	struct ticket **all = ban_list(g->bans, BAN_BY_ENTRY, &count_all);

	if (forget)
		forget_stored(g, SLICE_EMPTY);
	action_flush(g->actions, all, count_all);
	for (i = 0; i < count_all; i++) {
		log_ticket(g, LEVEL_NOTICE, "actions",
		    g->state == GUARD_STOPPING ? "Repeal Ban" : "Unban", all[i]->id);
		ticket_unref(ban_take(g->bans, all[i]->id));
	}
	mem_free(all);
	return count_all;
}

void
verdict_expire(struct guard *g, struct instant now)
{
	struct ticket *t;

	while ((t = ban_take_expired(g->bans, now)) != NULL) {
		lift(g, t);
		ticket_unref(t);
	}
}

/*
 * A stored ban lasts no longer than the configuration now allows: "bantime.maxtime" where ban times
 * grow, else the jail's ban time.
 */
static void
cap_restored(const struct guard *g, struct ticket *t)
{
	double cap = pyexpr_double(&g->bantime);
	struct slice maxtime;

	if (guard_grows(g)) {
		if (!guard_option(g, SLICE("maxtime"), &maxtime) ||
		    duration_seconds(maxtime, &cap, NULL) < 0)
			return;
	}
	if (cap >= 0 && (t->bantime_s < 0 || t->bantime_s > cap))
		t->bantime_s = cap;
}

/* Bans read from the store; actions may ask it things, so they come after the reading. */
struct restored {
	struct ticket **v;
	size_t count, cap;
};

static void
restored_take(void *arg, struct ticket *t)
{
	struct restored *r = arg;

	if (r->count == r->cap) {
		r->cap = r->cap > 0 ? r->cap * 2 : 64;
		r->v = mem_grow(r->v, r->cap, sizeof(struct ticket *));
	}
	r->v[r->count++] = ticket_ref(t);
}

static void
restored_ban(struct guard *g, struct restored *r)
{
	for (size_t i = 0; i < r->count; i++) {
		cap_restored(g, r->v[i]);
		if (!ignored(g, r->v[i]))
			(void)verdict_ban(g, r->v[i]);
		ticket_unref(r->v[i]);
	}
	mem_free(r->v);
}

void
verdict_restore(struct guard *g)
{
	struct monitor *m = g->monitor;
	struct instant now = time_now(), since = {0};
	struct diag d;
	struct restored restored = {0};
	int skipped;

	if (m->store == NULL)
		return;
	/* A ban older than the jail's ban time is not taken up again; a growing one may be longer. */
	if (!guard_grows(g) && pyexpr_double(&g->bantime) >= 0)
		since.us = now.us - (int64_t)(pyexpr_double(&g->bantime) * (double)US_PER_S);
	diag_init(&d);
	skipped = store_each_ban(
	    m->store, slice_cstr(g->name), now, since, restored_take, &restored, &d);
	if (skipped < 0)
		monitor_store_failed(m, &d);
	else if (skipped > 0)
		log_write(LEVEL_WARNING, "database",
		    "[%s] %d rows of the table bips are no bans and were passed over", g->name,
		    skipped);
	restored_ban(g, &restored);
}
