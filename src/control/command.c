#include "control/command.h"

#include "compat/pyrepr.h"
#include "config/duration.h"
#include "util/log.h"

#include <errno.h>

static const struct scope {
	const char *name;
	const struct command *rows;
} scopes[] = {
    {"", commands_server},
    {"", commands_status},
    {"", commands_ban},
    {"set", commands_set},
    {"get", commands_get},
    {"set <JAIL>", commands_set_ignore},
    {"set <JAIL>", commands_set_log},
    {"set <JAIL>", commands_set_filter},
    {"set <JAIL>", commands_set_limit},
    {"set <JAIL>", commands_set_ban},
    {"set <JAIL>", commands_set_action},
    {"get <JAIL>", commands_get_ignore},
    {"get <JAIL>", commands_get_log},
    {"get <JAIL>", commands_get_filter},
    {"get <JAIL>", commands_get_limit},
    {"get <JAIL>", commands_get_ban},
    {"get <JAIL>", commands_get_action},
};

#define SCOPE_COUNT (sizeof(scopes) / sizeof(scopes[0]))

static const struct command *
command_find(const char *scope, struct slice name)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++) {
		if (strcmp(scopes[i].name, scope) != 0)
			continue;
		for (const struct command *c = scopes[i].rows; c->name != NULL; c++)
			if (slice_eq(slice_cstr(c->name), name))
				return c;
	}
	return NULL;
}

void
command_each(void (*take)(void *arg, const char *scope, const struct command *row), void *arg)
{
	for (size_t i = 0; i < SCOPE_COUNT; i++)
		for (const struct command *c = scopes[i].rows; c->name != NULL; c++)
			if (c->help != NULL)
				take(arg, scopes[i].name, c);
}

size_t
request_argc(const struct request *rq)
{
	size_t n = value_count(rq->words);

	return n > rq->args ? n - rq->args : 0;
}

const struct value *
request_arg(const struct request *rq, size_t index)
{
	return value_at(rq->words, rq->args + index);
}

struct value *
request_missing(struct request *rq)
{
	return value_error(rq->arena, ERROR_INDEX, "list index out of range");
}

bool
request_value_text(
    struct request *rq, const struct value *v, struct slice *out, struct value **error)
{
	struct buf text;

	if (v == NULL) {
		*error = request_missing(rq);
		return false;
	}
	if (v->kind == VALUE_TEXT) {
		*out = v->text;
		return true;
	}
	if (v->kind != VALUE_BOOL && v->kind != VALUE_INT && v->kind != VALUE_FLOAT) {
		*error = value_error(rq->arena, ERROR_TYPE, "a text or a number was expected");
		return false;
	}
	buf_init(&text, 64);
	pyrepr_format(&text, v);
	*out = arena_copy(rq->arena, buf_slice(&text));
	buf_done(&text);
	return true;
}

bool
request_text(struct request *rq, size_t index, struct slice *out, struct value **error)
{
	return request_value_text(rq, request_arg(rq, index), out, error);
}

struct guard *
request_guard(struct request *rq, bool change, struct value **error)
{
	struct slice name;
	struct guard *g;

	if (!request_text(rq, 0, &name, error))
		return NULL;
	g = monitor_guard(rq->monitor, name);
	if (g != NULL && !(change && g->state == GUARD_STOPPING))
		return g;
	*error = value_error(rq->arena, ERROR_UNKNOWN_JAIL, "%.*s", SLICE_ARG(name));
	return NULL;
}

struct value *
request_not_int(struct request *rq, struct slice text)
{
	return value_error(rq->arena, ERROR_VALUE,
	    "invalid literal for int() with base 10: '%.*s'", SLICE_ARG(text));
}

bool
request_int(struct request *rq, int64_t *out, struct value **error)
{
	struct slice text;
	int64_t n;

	if (!request_text(rq, 0, &text, error))
		return false;
	if (slice_i64(slice_trim(text), INT64_MIN, INT64_MAX, &n) < 0) {
		*error = request_not_int(rq, text);
		return false;
	}
	*out = n < INT32_MIN ? INT32_MIN : n > INT32_MAX ? INT32_MAX : n;
	return true;
}

struct value *
value_number(struct arena *a, const struct pyexpr_number *n)
{
	return n->is_float ? value_float(a, n->f) : value_int(a, n->i);
}

struct value *
request_failed(struct request *rq, enum value_error kind, const struct diag *d)
{
	return value_error(rq->arena, kind, "%s", d->text);
}

struct value *
request_duration(struct request *rq, struct slice text, struct pyexpr_number *seconds)
{
	struct diag d;
	int r;

	diag_init(&d);
	r = duration_parse(text, seconds, &d);
	if (r == 0)
		return NULL;
	if (r != -EBADMSG)
		return request_failed(rq, ERROR_NAME, &d);
	return value_error(rq->arena, ERROR_SYNTAX, "%s (<string>, line %d)", d.text, text.n > 0);
}

static struct value *
unknown_command(struct request *rq)
{
	return value_error(rq->arena, ERROR_FAILED, "Invalid command");
}

static struct value *
no_such_setting(struct request *rq, bool set, struct slice name)
{
	if (!set)
		return value_error(rq->arena, ERROR_FAILED,
		    "Invalid command (no get action or not yet implemented)");
	return value_error(rq->arena, ERROR_FAILED,
	    "Invalid command '%.*s' (no set action or not yet implemented)", SLICE_ARG(name));
}

/* The words of Python, where the first item of anything but a list is asked for. */
static struct value *
no_list(struct request *rq)
{
	static const char *const types[] = {
	    [VALUE_NIL] = "NoneType",
	    [VALUE_BOOL] = "bool",
	    [VALUE_INT] = "int",
	    [VALUE_FLOAT] = "float",
	    [VALUE_SET] = "set",
	};
	enum value_kind kind = rq->words->kind;
	struct value *error;

	if (kind == VALUE_TEXT)
		return unknown_command(rq);
	if (kind == VALUE_MAP) {
		error = value_error(rq->arena, ERROR_KEY, "0");
		error->error.args =
		    value_add(rq->arena, value_tuple(rq->arena), value_int(rq->arena, 0));
		return error;
	}
	return value_error(rq->arena, ERROR_TYPE, "'%s' object is not subscriptable", types[kind]);
}

static struct value *
run_row(struct request *rq, const struct command *c)
{
	if (rq->conn != NULL && rq->conn->reader && !c->reads)
		return value_error(rq->arena, ERROR_PERMISSION,
		    "'%s' is not for readers; ask on the control socket", c->name);
	rq->which = c->which;
	return c->run(rq);
}

/* "set NAME …", "set JAIL NAME …", and the same with get. */
static struct value *
run_setting(struct request *rq, bool set)
{
	struct slice word, name;
	const struct command *c;
	struct value *error;

	if (!request_text(rq, 0, &word, &error))
		return error;
	c = command_find(set ? "set" : "get", word);
	if (c != NULL) {
		rq->args++;
		return run_row(rq, c);
	}
	rq->guard = request_guard(rq, set, &error);
	if (rq->guard == NULL)
		return error;
	if (!request_text(rq, 1, &name, &error))
		return error;
	rq->args += 2;
	c = command_find(set ? "set <JAIL>" : "get <JAIL>", name);
	if (c == NULL && slice_starts(name, SLICE("bantime.")))
		c = command_find(set ? "set <JAIL>" : "get <JAIL>", SLICE("bantime."));
	return c != NULL ? run_row(rq, c) : no_such_setting(rq, set, name);
}

struct value *
command_run(struct request *rq)
{
	const struct command *c;
	struct slice word;
	struct value *error;

	if (rq->words->kind != VALUE_LIST && rq->words->kind != VALUE_TUPLE)
		return no_list(rq);
	rq->args = 0;
	if (!request_text(rq, 0, &word, &error))
		return error;
	rq->args = 1;
	if (slice_eq(word, SLICE("set")) || slice_eq(word, SLICE("multi-set")))
		return run_setting(rq, true);
	if (slice_eq(word, SLICE("get")))
		return run_setting(rq, false);
	c = command_find("", word);
	return c != NULL ? run_row(rq, c) : unknown_command(rq);
}

static void
log_failed_command(int level, const struct value *words, const struct value *error)
{
	struct buf text;

	if (!log_enabled(level))
		return;
	buf_init(&text, 16384);
	buf_add_cstr(&text, "Command ");
	pyrepr_format(&text, words);
	buf_add_cstr(&text, " has failed. Received ");
	pyrepr_format(&text, error);
	if (buf_refused(&text))
		buf_add_cstr(&text, "…");
	log_write(level, "transmitter", "%s", buf_cstr(&text));
	buf_done(&text);
}

static bool
failed(const struct value *reply)
{
	return reply->kind == VALUE_ERROR;
}

void
command_answer(struct conn_request *conn, struct value *reply)
{
	struct arena *a = &conn->arena;

	/* Readers cannot fill the log, nor wake up whoever watches it for errors. */
	if (failed(reply))
		log_failed_command(conn->reader ? LEVEL_DEBUG : LEVEL_ERROR, conn->command, reply);
	conn_answer(conn, value_pair(a, value_int(a, failed(reply)), reply));
}

void
command_serve(struct monitor *m, struct conn_request *conn)
{
	struct arena *a = &conn->arena;
	struct request rq = {.monitor = m, .arena = a, .words = conn->command, .conn = conn};
	struct value *reply;

	if (m->stopping) {
		conn_answer(conn, value_add(a, value_list(a), value_cstr(a, "SHUTDOWN")));
		return;
	}
	reply = command_run(&rq);
	if (reply != NULL)
		command_answer(conn, reply);
}

struct value *
command_stream(struct monitor *m, struct arena *a, const struct value *commands, bool to_the_end)
{
	struct value *error = NULL;

	monitor_remade(m);
	/* A command to stop may be among them: what comes behind it finds nothing to work on. */
	for (size_t i = 0;
	     i < value_count(commands) && !m->stopping && (to_the_end || error == NULL); i++) {
		struct value *words = value_at(commands, i), *reply;
		struct request rq = {.monitor = m, .arena = a, .words = words, .quiet = true};

		reply = command_run(&rq);
		if (reply != NULL && failed(reply)) {
			log_failed_command(LEVEL_ERROR, words, reply);
			error = error != NULL ? error : reply;
		}
	}
	return error;
}
