/* Settings of a jail: whom it ignores. A setter answers with what the matching getter would. */
#include "control/command.h"

#include "config/duration.h"
#include "config/optlist.h"
#include "util/log.h"

#include <errno.h>

static struct value *
get_ignoreself(struct request *rq)
{
	return value_bool(rq->arena, ignore_self(rq->guard->ignore));
}

static struct value *
set_ignoreself(struct request *rq)
{
	struct slice word;
	struct value *error;

	if (!request_text(rq, 0, &word, &error))
		return error;
	ignore_set_self(rq->guard->ignore, duration_truth(word));
	return get_ignoreself(rq);
}

static struct value *
get_ignoreip(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < ignore_count(rq->guard->ignore); i++)
		(void)value_add(
		    rq->arena, out, value_text(rq->arena, ignore_text(rq->guard->ignore, i)));
	return out;
}

static struct value *
add_ignoreip(struct request *rq)
{
	struct slice text;
	struct value *error;
	int r;

	for (size_t i = 0; i < request_argc(rq); i++) {
		if (!request_text(rq, i, &text, &error))
			return error;
		r = ignore_add(rq->guard->ignore, text);
		if (r == -EEXIST)
			log_write(LEVEL_MSG, "filter", "  Ignore duplicate %.*s", SLICE_ARG(text));
		else if (r < 0)
			return value_error(rq->arena, ERROR_VALUE,
			    "invalid mask '%.*s', no plen representation", SLICE_ARG(text));
	}
	if (!rq->quiet)
		guard_resolve_ignored(rq->guard);
	return get_ignoreip(rq);
}

static struct value *
del_ignoreip(struct request *rq)
{
	struct slice text;
	struct value *error;

	if (!request_text(rq, 0, &text, &error))
		return error;
	if (ignore_del(rq->guard->ignore, text) < 0)
		return value_error(rq->arena, ERROR_VALUE, "list.remove(x): x not in list");
	return get_ignoreip(rq);
}

static struct value *
get_ignorecommand(struct request *rq)
{
	struct slice command = exempt_command(rq->guard->exempt);

	return command.p != NULL ? value_text(rq->arena, command) : value_bool(rq->arena, false);
}

static struct value *
set_ignorecommand(struct request *rq)
{
	struct slice command;
	struct value *error;

	if (!request_text(rq, 0, &command, &error))
		return error;
	exempt_set_command(rq->guard->exempt, command);
	return value_text(rq->arena, command);
}

static struct value *
get_ignorecache(struct request *rq)
{
	struct value *out = value_list(rq->arena);
	struct exempt_cache c;

	if (!exempt_cache(rq->guard->exempt, &c))
		return value_nil(rq->arena);
	(void)value_add(rq->arena, out, value_text(rq->arena, c.key));
	(void)value_add(rq->arena, out, value_int(rq->arena, (int64_t)c.max_count));
	return value_add(rq->arena, out, value_int(rq->arena, c.max_time_s));
}

/* One option of the cache. NULL, or the error. */
static struct value *
cache_option(struct request *rq, struct slice name, struct slice value, struct exempt_cache *c)
{
	struct pyexpr_number time;
	struct value *error;
	double seconds;
	uint64_t n;

	if (slice_eq(name, SLICE("key"))) {
		c->key = value;
	} else if (slice_eq(name, SLICE("max-count"))) {
		if (slice_u64(slice_trim(value), INT32_MAX, &n) < 0)
			return request_not_int(rq, value);
		c->max_count = (size_t)n;
	} else if (slice_eq(name, SLICE("max-time"))) {
		error = request_duration(rq, value, &time);
		if (error != NULL)
			return error;
		seconds = pyexpr_double(&time);
		c->max_time_s = seconds < 0 ? 0 : seconds > 1e9 ? 1000000000 : (int64_t)seconds;
	}
	return NULL;
}

static struct value *
set_ignorecache(struct request *rq)
{
	struct exempt_cache c = {.max_count = 100, .max_time_s = 300};
	struct slice text;
	struct optlist options;
	struct value *error;
	struct traced traced;
	struct diag d;

	if (!request_text(rq, 0, &text, &error))
		return error;
	if (text.n == 0) {
		exempt_set_cache(rq->guard->exempt, NULL);
		return get_ignorecache(rq);
	}
	traced = traced_of(rq->arena,
	    value_printf(rq->arena, "ignorecache[%.*s]", SLICE_ARG(text))->text, value_place(request_arg(rq, 0)));
	diag_init(&d);
	if (optlist_parse(rq->arena, &traced, &options, &d) < 0)
		return request_failed(rq, ERROR_VALUE, &d);
	for (size_t i = 0; i < options.options.count; i++) {
		const struct option *o = &options.options.options[i];

		error = cache_option(rq, o->name, o->value.text, &c);
		if (error != NULL)
			return error;
	}
	if (c.key.p == NULL)
		return value_error(rq->arena, ERROR_KEY, "key");
	exempt_set_cache(rq->guard->exempt, &c);
	return get_ignorecache(rq);
}

const struct command commands_set_ignore[] = {
    {"ignoreself", "true|false", "says whether this machine's own addresses are ignored",
	set_ignoreself},
    {"addignoreip", "<IP>...", "adds addresses, networks, names or files of them to ignore",
	add_ignoreip},
    {"delignoreip", "<IP>", "removes one of them", del_ignoreip},
    {"ignorecommand", "<COMMAND>", "sets a command that exits with 0 for an address to ignore",
	set_ignorecommand},
    {"ignorecache", "<OPTIONS>",
	"sets how answers of ignorecommand are remembered: key=\"<ip>\", max-count=100, "
	"max-time=5m; empty: not at all",
	set_ignorecache},
    {NULL},
};

const struct command commands_get_ignore[] = {
    {"ignoreself", "", "returns whether this machine's own addresses are ignored", get_ignoreself,
	true},
    {"ignoreip", "", "returns who is ignored", get_ignoreip, true},
    {"ignorecommand", "", "returns the command that says whom to ignore", get_ignorecommand},
    {"ignorecache", "", "returns how answers of ignorecommand are remembered", get_ignorecache,
	true},
    {NULL},
};
