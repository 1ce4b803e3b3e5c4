#include "control/restore.h"

#include "config/duration.h"
#include "control/monitor.h"
#include "control/storing.h"
#include "control/verdict.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

/*
 * A stored ban lasts no longer than the configuration now allows: "bantime.maxtime" where ban times
 * grow, else the jail's ban time.
 */
static void
cap_restored(const struct guard *g, struct ticket *t)
{
	double cap = pyexpr_double(&g->bantime);
	struct slice maxtime;

	if (g->grows) {
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

	r->v = mem_room(r->v, r->count, &r->cap, sizeof(*r->v), 64);
	r->v[r->count++] = ticket_ref(t);
}

static void
restored_considered(struct guard *g, struct ticket *t, bool ignored, void *arg)
{
	/* Who is banned already is where the store came late; that ban is the newer one. */
	if (!ignored && g != NULL && g->state == GUARD_RUNNING && ban_get(g->bans, ticket_id(t)) == NULL)
		(void)verdict_ban(g, t);
}

static void
restored_ban(struct guard *g, struct restored *r)
{
	log_hold();
	for (size_t i = 0; i < r->count; i++) {
		cap_restored(g, r->v[i]);
		exempt_ask(g->exempt, r->v[i], restored_considered, NULL);
		ticket_unref(r->v[i]);
	}
	log_release();
	mem_free(r->v);
}

void
restore_bans(struct guard *g)
{
	struct monitor *m = g->monitor;
	struct instant now = time_now(), since = {0};
	struct diag d;
	struct restored restored = {0};
	int skipped;

	if (m->store == NULL)
		return;
	/* A ban older than the jail's ban time is not taken up again; a growing one may be longer. */
	if (!g->grows && pyexpr_double(&g->bantime) >= 0)
		since = instant_sub(now, span_of_seconds(pyexpr_double(&g->bantime)));
	diag_init(&d);
	skipped = store_each_ban(
	    m->store, slice_cstr(g->name), now, since, restored_take, &restored, &d);
	if (skipped < 0 && !g->unrestored)
		storing_failed(&d);
	else if (skipped > 0)
		log_write(LEVEL_WARNING, "database",
		    "[%s] %d rows of the table bips are no bans and were passed over", g->name,
		    skipped);
	if (skipped == -EUCLEAN)
		storing_damaged(m);
	g->unrestored = skipped < 0;
	restored_ban(g, &restored);
}
