/*
 * Settings of a jail: how many failures are one too many, and how long a ban lasts. A setter answers
 * with what the matching getter would.
 */
#include "control/command.h"

#include "compat/pyrepr.h"
#include "config/duration.h"
#include "util/log.h"

static bool
arg_duration(struct request *rq, struct pyexpr_number *out, struct value **error)
{
	struct slice text;

	if (!request_text(rq, 0, &text, error))
		return false;
	*error = request_duration(rq, text, out);
	return *error == NULL;
}

static struct value *
get_maxretry(struct request *rq)
{
	return value_int(rq->arena, rq->guard->limits.maxretry);
}

static struct value *
set_maxretry(struct request *rq)
{
	struct value *error;
	int64_t n;

	if (!request_int(rq, &n, &error))
		return error;
	rq->guard->limits.maxretry = n > 0 ? (unsigned)n : 0;
	log_write(LEVEL_INFO, "filter", "  maxRetry: %lld", (long long)n);
	return get_maxretry(rq);
}

static struct value *
get_maxmatches(struct request *rq)
{
	return value_int(rq->arena, (int64_t)rq->guard->limits.maxmatches);
}

static struct value *
set_maxmatches(struct request *rq)
{
	struct value *error;
	int64_t n;

	if (!request_int(rq, &n, &error))
		return error;
	rq->guard->limits.maxmatches = n > 0 ? (size_t)n : 0;
	return get_maxmatches(rq);
}

static struct value *
get_maxfailures(struct request *rq)
{
	return value_int(rq->arena, (int64_t)failure_max(rq->guard->failures));
}

static struct value *
set_maxfailures(struct request *rq)
{
	struct value *error;
	int64_t n;

	if (!request_int(rq, &n, &error))
		return error;
	if (n < 1 || n > FAILURE_IDS_MAX)
		return value_error(rq->arena, ERROR_VALUE,
		    "maxfailures: '%lld' is no number of addresses; write one from 1 to %d",
		    (long long)n, FAILURE_IDS_MAX);
	failure_set_max(rq->guard->failures, (size_t)n);
	return get_maxfailures(rq);
}

static struct value *
get_banprefix(struct request *rq)
{
	struct value *out;
	struct buf text;

	buf_init(&text, 64);
	prefix_format(&text, &rq->guard->prefix);
	out = value_text(rq->arena, buf_slice(&text));
	buf_done(&text);
	return out;
}

static struct value *
set_banprefix(struct request *rq)
{
	struct value *error;
	struct slice text;
	struct diag d;

	diag_init(&d);
	if (!request_text(rq, 0, &text, &error))
		return error;
	if (prefix_parse(text, &rq->guard->prefix, &d) < 0)
		return request_failed(rq, ERROR_VALUE, &d);
	return get_banprefix(rq);
}

static void
log_seconds(const char *module, const char *what, const struct pyexpr_number *seconds)
{
	struct buf text;

	buf_init(&text, 64);
	if (seconds->is_float)
		pyrepr_float(&text, seconds->f);
	else
		buf_printf(&text, "%lld", (long long)seconds->i);
	log_write(LEVEL_INFO, module, "  %s: %s", what, buf_cstr(&text));
	buf_done(&text);
}

static struct value *
get_findtime(struct request *rq)
{
	return value_number(rq->arena, &rq->guard->findtime);
}

static struct value *
set_findtime(struct request *rq)
{
	struct pyexpr_number seconds;
	struct value *error;

	if (!arg_duration(rq, &seconds, &error))
		return error;
	guard_set_findtime(rq->guard, seconds);
	log_seconds("filter", "findtime", &seconds);
	return get_findtime(rq);
}

static struct value *
get_bantime(struct request *rq)
{
	const struct pyexpr_number *n = &rq->guard->bantime;

	return value_int(rq->arena, n->is_float ? span_of_seconds(n->f).us / US_PER_S : n->i);
}

static struct value *
set_bantime(struct request *rq)
{
	struct pyexpr_number seconds;
	struct value *error;

	if (!arg_duration(rq, &seconds, &error))
		return error;
	guard_set_bantime(rq->guard, seconds);
	log_seconds("actions", "banTime", &seconds);
	return get_bantime(rq);
}

/* The word behind "bantime." */
static struct slice
option_name(struct request *rq)
{
	return slice_from(value_at(rq->words, rq->args - 1)->text, sizeof("bantime.") - 1);
}

/* Which of the options are durations; a truth of the configuration stays one. */
static struct value *
option_value(struct request *rq, struct slice name, struct slice value)
{
	struct pyexpr_number seconds;

	if (slice_eq(name, SLICE("increment")) || slice_eq(value, SLICE("True")) ||
	    slice_eq(value, SLICE("False")))
		return value_bool(rq->arena, duration_truth(value));
	if ((slice_eq(name, SLICE("maxtime")) || slice_eq(name, SLICE("rndtime"))) &&
	    duration_parse(value, &seconds, NULL) == 0)
		return value_number(rq->arena, &seconds);
	return value_text(rq->arena, value);
}

static struct value *
get_option(struct request *rq)
{
	struct slice name = option_name(rq), value;

	if (!guard_option(rq->guard, name, &value) || value.n == 0)
		return value_nil(rq->arena);
	return option_value(rq, name, value);
}

static struct value *
set_option(struct request *rq)
{
	struct slice name = option_name(rq), value;
	struct value *error;

	if (!request_text(rq, 0, &value, &error))
		return error;
	guard_set_option(rq->guard, name, value);
	log_write(LEVEL_INFO, "jail", "Set banTime.%.*s = %.*s", SLICE_ARG(name),
	    SLICE_ARG(value.n > 0 ? value : SLICE("None")));
	return get_option(rq);
}

const struct command commands_set_limit[] = {
    {"maxretry", "<INT>", "sets how many failures lead to a ban", set_maxretry},
    {"maxmatches", "<INT>", "sets how many lines of an offender are kept", set_maxmatches},
    {"maxfailures", "<INT>", "sets of how many addresses failures are counted at a time",
	set_maxfailures},
    {"banprefix", "<FAMILY>/<LENGTH>",
	"counts and bans networks in place of addresses: inet6/64, inet4/24, or both",
	set_banprefix},
    {"findtime", "<TIME>", "sets the time in which failures are counted", set_findtime},
    {"bantime", "<TIME>", "sets how long a ban lasts; -1 for ever", set_bantime},
    {"bantime.", "<VALUE>", NULL, set_option},
    {NULL},
};

const struct command commands_get_limit[] = {
    {"maxretry", "", "returns how many failures lead to a ban", get_maxretry, true},
    {"maxmatches", "", "returns how many lines of an offender are kept", get_maxmatches, true},
    {"maxfailures", "", "returns of how many addresses failures are counted at a time",
	get_maxfailures, true},
    {"banprefix", "", "returns which networks are counted in place of addresses", get_banprefix,
	true},
    {"findtime", "", "returns the time in which failures are counted, in seconds", get_findtime,
	true},
    {"bantime", "", "returns how long a ban lasts, in seconds", get_bantime, true},
    {"bantime.", "", NULL, get_option, true},
    {NULL},
};
