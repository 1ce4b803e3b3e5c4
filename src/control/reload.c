#include "control/reload.h"

#include "control/check.h"
#include "control/guardglob.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/verdict.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/shared.h"

#include <errno.h>

struct reload {
	struct monitor *monitor;
	struct arena *arena;
	struct conn_request *conn;
	struct slice name;
	bool all, restart, unban, if_exists;
	const struct value *commands;
	size_t stopping; /* jails that must be gone before the commands run, or the answer goes */
	struct value *reply;
};

/* The first mistake is the answer; the log has them all. */
struct first_mistake {
	struct diag_sink sink;
	struct diag first;
};

static void
take_mistake(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct first_mistake *m = LIST_ITEM(sink, struct first_mistake, sink);
	char text[2600];

	if (level != DIAG_ERROR)
		return;
	if (!m->first.set)
		m->first = *d;
	log_write(LEVEL_ERROR, "transmitter", "%s; keeping the running configuration",
	    diag_format(d, text, sizeof(text)));
}

static struct value *
try_commands(struct arena *a, const struct value *commands)
{
	struct first_mistake m = {.sink = {take_mistake}};
	char text[2600];

	if (command_check(commands, &m.sink) == 0)
		return NULL;
	return value_error(a, ERROR_VALUE, "%s", diag_format(&m.first, text, sizeof(text)));
}

static bool
named(const struct reload *r, const struct guard *g)
{
	return r->all || slice_eq(slice_cstr(g->name), r->name);
}

static bool
concerned(const struct reload *r, const struct guard *g)
{
	return named(r, g) && g->state != GUARD_STOPPING;
}

bool
reload_adopts(struct guard *g, struct slice backend)
{
	if (!g->affected || !slice_eq(slice_cstr(g->backend), backend))
		return false;
	g->named = true;
	log_write(LEVEL_INFO, "server", "Reload jail '%s'", g->name);
	return true;
}

void
reload_resumes(struct guard *g)
{
	log_write(LEVEL_INFO, "server", "Jail '%s' reloaded", g->name);
}

static void
begin_one(struct guard *g)
{
	g->affected = true;
	g->named = false;
	filter_clear_regexes(g->filter);
	ignore_clear(g->ignore);
	guardlog_reload_begin(g);
	guardglob_reload_begin(g);
	guardjournal_clear(g->journal);
	action_reload_begin(g->actions);
}

/* The answer once the jails that are no more have stopped, else NULL. */
static struct value *
finish(struct reload *r)
{
	if (--r->stopping > 0)
		return NULL;
	log_write(LEVEL_INFO, "server", "Reload finished.");
	return r->reply;
}

static void
one_ended(void *arg)
{
	struct reload *r = arg;
	struct value *reply = finish(r);

	if (reply != NULL)
		command_answer(r->conn, reply);
}

static void
end_one(struct reload *r, struct guard *g, bool failed)
{
	struct ticket **banned;
	size_t count;

	g->affected = false;
	if (!failed && !g->named) {
		r->stopping += r->conn != NULL;
		guard_stop(g, r->conn != NULL ? one_ended : NULL, r);
		return;
	}
	if (!failed) {
		guardglob_reload_end(g);
		guardlog_reload_end(g);
	}
	banned = ban_list(g->bans, BAN_BY_ENTRY, &count);
	action_reload_end(g->actions, banned, count);
	mem_free(banned);
	/* Where it was is stored first, so that it goes on there with the new matches. */
	guardjournal_store(g->journal);
	guardjournal_start(g->journal);
	guardjournal_pause(g->journal, g->idle);
	guard_resolve_ignored(g);
}

/* Runs the commands up to the first that makes a jail, the server's own, or from that on. */
static struct value *
run_part(struct reload *r, bool jails)
{
	struct value *part = value_list(r->arena);
	bool met = false;

	for (size_t i = 0; i < value_count(r->commands); i++) {
		struct value *c = value_at(r->commands, i);

		met |= value_is_text(value_at(c, 0), SLICE("add"));
		if (met == jails)
			(void)value_add(r->arena, part, c);
	}
	/* Jails have been cleared by then: what is right must come, whatever else fails. */
	return command_stream(r->monitor, r->arena, part, jails);
}

/*
 * Nothing else runs between begin and end: the loop is not entered, so no line is looked at with
 * half of the regexes.
 */
static struct value *
apply(struct reload *r)
{
	struct list *guards = &r->monitor->guards;
	/* Now that they have stopped there may be another database. */
	struct value *refused = r->restart ? run_part(r, false) : NULL, *error;

	/* Most regexes come again. */
	shared_hold();
	LIST_EACH(link, guards)
		if (concerned(r, LIST_ITEM(link, struct guard, link)))
			begin_one(LIST_ITEM(link, struct guard, link));
	error = run_part(r, true);
	shared_release();
	r->reply = error != NULL ? error : refused != NULL ? refused : value_cstr(r->arena, "OK");
	r->stopping = 1; /* ourselves: a jail may stop at once */
	LIST_EACH(link, guards)
		if (LIST_ITEM(link, struct guard, link)->affected)
			end_one(r, LIST_ITEM(link, struct guard, link), error != NULL);
	return finish(r);
}

static void one_stopped(void *arg);

/* Jails that are stopping are waited for: those of their names are made anew. */
static struct value *
apply_when_stopped(struct reload *r)
{
	r->stopping = 1;
	LIST_EACH(link, &r->monitor->guards)
	{
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (r->conn == NULL || g->state != GUARD_STOPPING || !named(r, g))
			continue;
		r->stopping++;
		guard_stop(g, one_stopped, r);
	}
	return --r->stopping == 0 ? apply(r) : NULL;
}

static void
one_stopped(void *arg)
{
	struct reload *r = arg;
	struct value *reply = --r->stopping == 0 ? apply_when_stopped(r) : NULL;

	if (reply != NULL)
		command_answer(r->conn, reply);
}

/* What the commands are going to add g with; false if they do not. */
static bool
next_backend(const struct value *commands, const struct guard *g, struct slice *backend)
{
	for (size_t i = 0; i < value_count(commands); i++) {
		const struct value *c = value_at(commands, i), *b;

		if (!value_is_text(value_at(c, 0), SLICE("add")) ||
		    !value_is_text(value_at(c, 1), slice_cstr(g->name)))
			continue;
		b = value_at(c, 2);
		*backend = b != NULL && b->kind == VALUE_TEXT ? b->text : SLICE("auto");
		return true;
	}
	return false;
}

static bool
must_restart(const struct reload *r, const struct guard *g)
{
	struct slice backend;

	if (r->restart)
		return true;
	if (!next_backend(r->commands, g, &backend) || slice_eq(backend, slice_cstr(g->backend)))
		return false;
	log_write(LEVEL_INFO, "server", "Restart jail '%s' (reason: '%s' != '%.*s')", g->name,
	    g->backend, SLICE_ARG(backend));
	return true;
}

static struct value *
parse(struct request *rq, struct reload *r)
{
	const struct value *options = request_arg(rq, 1);
	struct value *error;

	*r = (struct reload){.monitor = rq->monitor, .arena = rq->arena, .conn = rq->conn};
	if (!request_text(rq, 0, &r->name, &error))
		return error;
	r->commands = request_arg(rq, 2);
	if (r->commands == NULL)
		return request_missing(rq);
	r->all = slice_eq(r->name, SLICE("--all"));
	for (size_t i = 0; i < value_count(options); i++) {
		const struct value *o = value_at(options, i);

		r->restart |= value_is_text(o, SLICE("--restart"));
		r->unban |= value_is_text(o, SLICE("--unban"));
		r->if_exists |= value_is_text(o, SLICE("--if-exists"));
	}
	return NULL;
}

static struct value *
run(struct request *rq)
{
	struct reload *r = ARENA_NEW(rq->arena, struct reload); /* until the answer */
	struct value *error = parse(rq, r);

	if (error == NULL)
		error = try_commands(rq->arena, r->commands);
	if (error != NULL)
		return error;
	if (r->all)
		log_write(LEVEL_INFO, "server", "Reload all jails");
	else
		log_write(LEVEL_INFO, "server", "Reload jail %.*s", SLICE_ARG(r->name));
	if (!r->all && monitor_guard(r->monitor, r->name) == NULL && r->if_exists)
		return value_cstr(rq->arena, "OK");
	/* What the server refuses must not cost the jails what they have. */
	if (!r->restart)
		error = run_part(r, false);
	if (error != NULL)
		return error;
	if (r->all)
		resolver_clear(r->monitor->resolver);
	LIST_EACH(link, &r->monitor->guards)
	{
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (!concerned(r, g))
			continue;
		if (r->unban)
			(void)verdict_unban_all(g, true);
		if (rq->conn != NULL && must_restart(r, g))
			guard_stop(g, NULL, NULL);
	}
	return apply_when_stopped(r);
}

struct value *
reload_run(struct request *rq)
{
	struct value *reply;

	/* What was made to try the commands is there for the jails. */
	shared_hold();
	reply = run(rq);
	shared_release();
	return reply;
}
