#include "control/verify.h"

#include "control/monitor.h"
#include "control/status.h"
#include "control/stored.h"
#include "util/mem.h"

/* A request that waits for a jail's actions. */
struct waiting {
	struct monitor *monitor;
	uint64_t serial;	/* of the jail, which may go meanwhile */
	struct conn_request *conn;
	bool repairing;
	unsigned epoch;		/* of the jail's rules, before they were repaired */
};

/* The database. */

static struct value *
state_text(struct arena *a, size_t there, size_t missing, size_t extra, const char *more)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "%zu there, %zu missing, %zu too many%s", there, missing,
	    extra, more);
	return value_cstr(a, text);
}

static struct value *
database_state(struct arena *a, struct guard *g)
{
	struct stored s;
	struct diag d;

	if (g->monitor->store == NULL)
		return value_cstr(a, "none is used");
	if (stored_compare(g, &s, &d) < 0)
		return value_cstr(a, d.text);
	return state_text(a, s.there, s.missing, s.extra, "");
}

static void
database_repair(struct guard *g)
{
	struct diag d;

	/* That it cannot be read is told where it is compared. */
	if (g->monitor->store != NULL)
		(void)stored_complete(g, &d);
}

/* The kernel. */

static struct value *
action_state(struct arena *a, struct guard *g, size_t index)
{
	struct action_state s;
	struct diag d;

	diag_init(&d);
	if (action_verify(g->actions, index, &s, &d) < 0)
		return value_cstr(a, d.text);
	if (!s.known)
		return value_cstr(a, "cannot be looked into");
	return state_text(
	    a, s.there, s.missing, s.extra, s.rules ? "; rules complete" : "; rules damaged");
}

static struct value *
comparison(struct arena *a, struct guard *g)
{
	struct value *part = value_list(a);

	status_count(a, part, "Banned", ban_count(g->bans));
	status_add(a, part, "Database", database_state(a, g));
	for (size_t i = 0; i < action_count(g->actions); i++)
		(void)value_add(a, part,
		    value_pair(a, value_text(a, action_name(g->actions, i)), action_state(a, g, i)));
	return part;
}

static void
rules_repaired(struct guard *g)
{
	size_t n;
	struct ticket **all = ban_list(g->bans, BAN_BY_ENTRY, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->epoch < g->epoch)
			action_reban(g->actions, all[i]);
	mem_free(all);
}

static void
waited(void *arg)
{
	struct waiting *w = arg;
	struct guard *g = monitor_guard_by_serial(w->monitor, w->serial);
	struct arena *a = &w->conn->arena;
	struct value *reply;

	/* Rules that were put up again hold nobody yet. */
	if (g != NULL && w->repairing && g->epoch != w->epoch) {
		w->epoch = g->epoch;
		rules_repaired(g);
		action_look(g->actions);
		action_wait(g->actions, waited, w);
		return;
	}
	if (g == NULL) {
		reply = value_error(a, ERROR_FAILED, "the jail has stopped meanwhile");
	} else {
		if (w->repairing)
			database_repair(g);
		reply = w->repairing ? value_list(a) : status_of(a, g, STATUS_BASIC);
		status_add(a, reply, "Verify", comparison(a, g));
	}
	command_answer(w->conn, reply);
	mem_free(w);
}

static struct value *
wait_for_actions(struct request *rq, struct guard *g, bool repairing)
{
	struct waiting *w;

	if (rq->conn == NULL)
		return value_nil(rq->arena);
	w = MEM_NEW(struct waiting);
	*w = (struct waiting){rq->monitor, g->serial, rq->conn, repairing, g->epoch};
	action_look(g->actions);
	action_wait(g->actions, waited, w);
	return NULL;
}

struct value *
verify_jail(struct request *rq, struct guard *g)
{
	return wait_for_actions(rq, g, false);
}

struct value *
repair_jail(struct request *rq, struct guard *g)
{
	action_repair(g->actions);
	return wait_for_actions(rq, g, true);
}
