#include "control/unban.h"

#include "compat/pyrepr.h"
#include "control/settle.h"
#include "control/storing.h"
#include "control/verdict.h"
#include "util/log.h"
#include "util/mem.h"

struct unban;

struct word {
	struct unban *unban;
	struct slice id;
	struct addr net;	/* family ADDR_NONE if it is no network */
	struct addr *addrs;	/* of the host name that it is */
	size_t addr_count;
};

/* Lives in the request's arena: words may have to be looked up first. */
struct unban {
	struct request rq;
	uint64_t serial;	/* of the jail, which may end meanwhile; 0: all jails */
	bool report;
	bool later;	/* the command has returned; the answer goes to its connection */
	size_t open;	/* look-ups, and one for the command itself */
	size_t count;
	struct word words[];
};

/* A banned network lies where its address does. */
static size_t
lift_within(struct guard *g, const struct addr *net)
{
	size_t n, count = 0;
	struct ticket **all = ban_list(g->bans, BAN_BY_ENTRY, &n);

	for (size_t i = 0; i < n; i++)
		(void)ticket_ref(all[i]);
	for (size_t i = 0; i < n; i++) {
		struct addr host = all[i]->addr;

		if (host.family != ADDR_NONE) {
			host.plen = host.family == ADDR_INET4 ? 32 : 128;
			if (addr_within(&host, net))
				count += verdict_unban(g, ticket_id(all[i]));
		}
		ticket_unref(all[i]);
	}
	mem_free(all);
	return count;
}

/* An address that was banned with all its network is free when that is. */
static bool
lift_prefix(struct guard *g, struct slice id)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;

	return addr_parse(id, &a) == 0 && prefix_widen(&g->prefix, &a) &&
	    verdict_unban(g, addr_text(&a, text));
}

static size_t
lift(struct guard *g, const struct word *w)
{
	char text[ADDR_TEXT_MAX];
	size_t count = 0;

	/* What is not banned any more is forgotten all the same. */
	if (verdict_unban(g, w->id) || lift_prefix(g, w->id))
		return 1;
	if (w->net.family != ADDR_NONE)
		return lift_within(g, &w->net);
	for (size_t i = 0; i < w->addr_count; i++)
		count += verdict_unban(g, addr_text(&w->addrs[i], text));
	return count;
}

static struct value *
absent_error(struct arena *a, const struct value *absent)
{
	struct value *error;
	struct buf text;

	buf_init(&text, (size_t)1024 * 1024);
	pyrepr_format(&text, absent);
	error = value_error(a, ERROR_VALUE, "not banned: %s", buf_cstr(&text));
	buf_done(&text);
	return error;
}

static struct value *
lift_all(struct unban *u)
{
	struct monitor *m = u->rq.monitor;
	struct arena *a = u->rq.arena;
	struct guard *only = u->serial != 0 ? monitor_guard_by_serial(m, u->serial) : NULL;
	struct value *absent = value_list(a);
	size_t total = 0;

	log_hold();
	for (size_t i = 0; i < u->count; i++) {
		size_t lifted = 0;

		LIST_EACH(link, &m->guards) {
			struct guard *g = LIST_ITEM(link, struct guard, link);

			if (u->serial == 0 || g == only)
				lifted += lift(g, &u->words[i]);
		}
		if (lifted == 0)
			(void)value_add(a, absent, value_text(a, u->words[i].id));
		total += lifted;
	}
	log_release();
	/* Whoever asked may look into the database next. */
	storing_now(m);
	return settle(&u->rq, only,
	    u->report && value_count(absent) > 0 ? absent_error(a, absent)
						 : value_int(a, (int64_t)total));
}

/* Returns the reply if it is to be given now, by the command. */
static struct value *
unban_step(struct unban *u)
{
	struct value *reply;

	if (--u->open > 0)
		return NULL;
	reply = lift_all(u);
	if (!u->later || reply == NULL)
		return reply;
	command_answer(u->rq.conn, reply);
	return NULL;
}

static void
word_resolved(
    void *arg, struct slice name, const struct addr *addrs, size_t count, const char *error)
{
	struct word *w = arg;

	/* A name without addresses lifts nothing, and is reported as that. */
	w->addrs = arena_array(w->unban->rq.arena, count, sizeof(*addrs));
	for (size_t i = 0; i < count; i++)
		w->addrs[i] = addrs[i];
	w->addr_count = count;
	(void)unban_step(w->unban);	/* the command still holds one of open, or has returned */
}

static bool
banned_somewhere(const struct unban *u, struct slice id)
{
	LIST_EACH(link, &u->rq.monitor->guards) {
		const struct guard *g = LIST_ITEM(link, struct guard, link);

		if ((u->rq.guard == NULL || g == u->rq.guard) && ban_get(g->bans, id) != NULL)
			return true;
	}
	return false;
}

/* Nobody could be answered later in a stream, so names mean nothing there. */
static void
word_consider(struct word *w)
{
	struct unban *u = w->unban;
	int r = addr_parse(w->id, &w->net);

	if (r < 0 || !addr_network(&w->net))
		w->net = (struct addr){0};
	if (r != -EINVAL || u->rq.conn == NULL || banned_somewhere(u, w->id))
		return;
	u->open++;
	resolver_lookup(u->rq.monitor->resolver, w->id, word_resolved, w);
}

struct value *
unban_run(struct request *rq, size_t first, bool report)
{
	size_t n = request_argc(rq) - first;
	struct unban *u = arena_alloc(rq->arena, sizeof(*u) + n * sizeof(u->words[0]));
	struct value *error, *reply;

	*u = (struct unban){.rq = *rq, .report = report, .open = 1, .count = n};
	if (rq->guard != NULL)
		u->serial = rq->guard->serial;
	for (size_t i = 0; i < n; i++) {
		u->words[i] = (struct word){.unban = u};
		if (!request_text(rq, first + i, &u->words[i].id, &error))
			return error;
	}
	for (size_t i = 0; i < n; i++)
		word_consider(&u->words[i]);
	reply = unban_step(u);
	/* Nothing is told between two turns of the loop. */
	u->later = true;
	return reply;
}
