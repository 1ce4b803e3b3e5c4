#include "control/grow.h"

#include "compat/pyrepr.h"
#include "config/duration.h"
#include "util/lapse.h"
#include "control/monitor.h"
#include "jail/escalate.h"
#include "util/log.h"
#include "util/mem.h"

#include <sys/random.h>

static double
seconds(const struct guard *g, struct slice name, double otherwise)
{
	struct slice value;
	double s;

	if (!guard_option(g, name, &value) || duration_seconds(value, &s, NULL) < 0)
		return otherwise;
	return s;
}

static struct slice
text(const struct guard *g, struct slice name)
{
	struct slice value = SLICE_EMPTY;

	(void)guard_option(g, name, &value);
	return value;
}

static bool
history_of(const struct guard *g, struct slice id, bool everywhere, struct store_history *out)
{
	struct store *s = g->monitor->store;
	struct slice jail = everywhere ? SLICE_EMPTY : slice_cstr(g->name);

	return s != NULL && g->grows && store_history(s, jail, id, out) == 0;
}

/* From 0 to 1; guessing it gains an attacker nothing, so any failure of the system gives 0. */
static double
chance(void)
{
	uint32_t n = 0;

	(void)!getrandom(&n, sizeof(n), GRND_NONBLOCK);
	return n / (double)UINT32_MAX;
}

static int
grown_time(const struct guard *g, unsigned count, double *out)
{
	const struct escalate e = {
	    .factor = text(g, SLICE("factor")),
	    .formula = text(g, SLICE("formula")),
	    .multipliers = text(g, SLICE("multipliers")),
	    .maxtime_s = seconds(g, SLICE("maxtime"), -1),
	    .rndtime_s = seconds(g, SLICE("rndtime"), 0),
	};
	struct diag d;
	int r;

	diag_init(&d);
	r = escalate_bantime(&e, pyexpr_double(&g->bantime), count, chance(), out, &d);
	if (r < 0)
		log_write(LEVEL_ERROR, "observer",
		    "[%s] bantime.formula, factor or multipliers: %s; the ban time does not grow",
		    g->name, d.text);
	return r;
}

static void
log_known(const struct guard *g, const struct ticket *t, const struct store_history *h,
    double before, double after)
{
	struct buf *line = guard_log(g, LEVEL_INFO, "observer", "IP", ticket_id(t));

	if (line == NULL)
		return;
	buf_printf(line, " is bad: %u # last ", h->bancount);
	time_format(line, h->last);
	buf_add_cstr(line, " - incr ");
	lapse_format(line, before);
	buf_add_cstr(line, " to ");
	lapse_format(line, after);
	log_end();
}

static void
log_increase(const struct guard *g, const struct ticket *t)
{
	struct buf *line = guard_log(g, LEVEL_NOTICE, "observer", "Increase Ban", ticket_id(t));

	if (line == NULL)
		return;
	buf_printf(line, " (%u # ", t->bancount);
	lapse_format(line, t->bantime_s);
	buf_add_cstr(line, " -> ");
	time_format(line, ban_end(g->bans, t));
	buf_add_char(line, ')');
	log_end();
}

/* Waits until a ban has stood for a moment, then tells the actions its real time. */
struct prolong {
	uv_timer_t timer;
	struct list link;	/* of guard->growing */
	struct guard *guard;
	struct ticket *ticket;
};

static void
prolong_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

static void
prolong_free(struct prolong *p)
{
	list_remove(&p->link);
	ticket_unref(p->ticket);
	uv_close((uv_handle_t *)&p->timer, prolong_closed);
}

static void
prolong_due(uv_timer_t *timer)
{
	struct prolong *p = timer->data;
	struct guard *g = p->guard;

	if (g->state == GUARD_RUNNING && ban_get(g->bans, ticket_id(p->ticket)) == p->ticket)
		action_prolong(g->actions, p->ticket);
	prolong_free(p);
}

static void
prolong_later(struct guard *g, struct ticket *t, double wait_s)
{
	struct prolong *p = MEM_NEW(struct prolong);

	p->guard = g;
	p->ticket = ticket_ref(t);
	list_append(&g->growing, &p->link);
	(void)uv_timer_init(g->monitor->loop, &p->timer);
	p->timer.data = p;
	(void)uv_timer_start(&p->timer, prolong_due, (uint64_t)(wait_s * 1000), 0);
}

void
grow_forget(struct guard *g)
{
	LIST_EACH(link, &g->growing)
		prolong_free(LIST_ITEM(link, struct prolong, link));
}

void
grow_ban(struct guard *g, struct ticket *t)
{
	double base = pyexpr_double(&g->bantime), grown = base, wait;
	struct store_history h;

	if (t->has_bantime || t->restored || base <= 0 ||
	    !history_of(g, ticket_id(t), duration_truth(text(g, SLICE("overalljails"))), &h))
		return;
	if (t->bancount < h.bancount + 1)
		t->bancount = h.bancount + 1;
	if (h.bancount > 0 && grown_time(g, h.bancount, &grown) < 0)
		return;
	t->has_bantime = true;
	t->bantime_s = grown;
	ban_changed(g->bans, ticket_id(t));
	if (t->when.us > h.last.us)
		log_known(g, t, &h, base, grown);
	if (grown - base < 1 && base - grown < 1)
		return;
	log_increase(g, t);
	wait = grown - base - 5;
	prolong_later(g, t, wait < 0 ? 0 : wait > 10 ? 10 : wait);
}

/* The count as Python prints it: a whole number once it has reached the limit, else a float. */
static void
log_bad(const struct guard *g, struct slice id, struct instant when, unsigned bancount,
    double retries)
{
	struct buf *line = guard_log(g, LEVEL_INFO, "observer", "Found", id);

	if (line == NULL)
		return;
	buf_add_cstr(line, ", bad - ");
	time_format(line, when);
	buf_printf(line, ", %u # -> ", bancount);
	if (retries >= g->limits.maxretry)
		buf_printf(line, "%u, Ban", g->limits.maxretry);
	else
		pyrepr_float(line, retries);
	log_end();
}

struct ticket *
grow_failure(struct guard *g, struct slice id, struct instant when)
{
	struct store_history h;
	double retries;

	if (!history_of(g, id, false, &h) || when.us <= h.last.us || h.bancount == 0)
		return NULL;
	retries = escalate_retries(h.bancount, g->limits.maxretry);
	if (retries <= 1)
		return NULL;
	log_bad(g, id, when, h.bancount, retries);
	return failure_raise(g->failures, &g->limits, id, (unsigned)retries - 1, h.bancount);
}
