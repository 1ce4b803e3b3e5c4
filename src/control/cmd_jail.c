/* The settings of a jail. A setter answers with what the matching getter would. */
#include "control/command.h"

#include "compat/pyrepr.h"
#include "config/duration.h"
#include "config/optlist.h"
#include "control/guardglob.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

static struct value *
not_an_int(struct request *rq, struct slice text)
{
	return value_error(rq->arena, ERROR_VALUE,
	    "invalid literal for int() with base 10: '%.*s'", SLICE_ARG(text));
}

/* The argument as a number from min to max; false with the error. */
static bool
arg_int(struct request *rq, int64_t min, int64_t max, int64_t *out, struct value **error)
{
	struct slice text;

	if (!request_text(rq, 0, &text, error))
		return false;
	if (slice_i64(slice_trim(text), min, max, out) == 0)
		return true;
	*error = not_an_int(rq, text);
	return false;
}

static bool
arg_duration(struct request *rq, struct pyexpr_number *out, struct value **error)
{
	struct slice text;

	if (!request_text(rq, 0, &text, error))
		return false;
	*error = request_duration(rq, text, out);
	return *error == NULL;
}

/* ---- life */

static struct value *
set_idle(struct request *rq)
{
	struct slice word;
	struct value *error;

	if (!request_text(rq, 0, &word, &error))
		return error;
	if (!slice_eq(word, SLICE("on")) && !slice_eq(word, SLICE("off")))
		return value_error(
		    rq->arena, ERROR_FAILED, "Invalid idle option, must be 'on' or 'off'");
	guard_set_idle(rq->guard, slice_eq(word, SLICE("on")));
	return value_bool(rq->arena, rq->guard->idle);
}

/* ---- whom to ignore */

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

/* ---- log files */

static struct value *
get_logpath(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	LIST_EACH(link, &rq->guard->logs)
		(void)value_add(rq->arena, out,
		    value_text(rq->arena, file_path(LIST_ITEM(link, struct guardlog, link)->file)));
	return out;
}

static struct value *
file_error(struct request *rq, struct slice path, int r)
{
	enum value_error kind = r == -ENOENT ? ERROR_NO_FILE :
	    r == -EACCES                     ? ERROR_PERMISSION :
	                                       ERROR_OS;
	struct value *error = value_error(rq->arena, kind, "%s", strerror(-r)), *args;

	args = value_tuple(rq->arena);
	(void)value_add(rq->arena, args, value_int(rq->arena, -r));
	(void)value_add(rq->arena, args, value_cstr(rq->arena, strerror(-r)));
	(void)value_add(rq->arena, args, value_text(rq->arena, path));
	error->error.args = args;
	return error;
}

static struct value *
add_logpath(struct request *rq)
{
	struct slice path, word = SLICE("head");
	struct value *error;
	struct diag d;
	int r;

	if (!request_text(rq, 0, &path, &error))
		return error;
	if (request_argc(rq) > 2)
		return value_error(rq->arena, ERROR_VALUE, "Only one file can be added at a time");
	if (request_argc(rq) == 2 && !request_text(rq, 1, &word, &error))
		return error;
	if (!slice_eq(word, SLICE("head")) && !slice_eq(word, SLICE("tail")))
		return value_error(
		    rq->arena, ERROR_VALUE, "File option must be 'head' or 'tail'");
	diag_init(&d);
	r = guardlog_add(
	    rq->guard, path, slice_eq(word, SLICE("tail")) ? FILE_TAIL : FILE_HEAD, &d);
	if (r == -EEXIST)
		log_write(LEVEL_ERROR, "filter", "%.*s already exists", SLICE_ARG(path));
	else if (r < 0)
		return file_error(rq, path, r);
	return get_logpath(rq);
}

static struct value *
del_logpath(struct request *rq)
{
	struct slice path;
	struct value *error;

	if (!request_text(rq, 0, &path, &error))
		return error;
	(void)guardlog_del(rq->guard, path);
	return get_logpath(rq);
}

static struct value *
get_logglob(struct request *rq)
{
	return guardglob_list(rq->arena, rq->guard);
}

static struct value *
add_logglob(struct request *rq)
{
	struct slice pattern;
	struct value *error;

	if (!request_text(rq, 0, &pattern, &error))
		return error;
	if (guardglob_add(rq->guard, pattern) == -EINVAL)
		return value_error(rq->arena, ERROR_VALUE,
		    "addlogglob: expected an absolute path with *, ? or [...] in it");
	return get_logglob(rq);
}

static struct value *
del_logglob(struct request *rq)
{
	struct slice pattern;
	struct value *error;

	if (!request_text(rq, 0, &pattern, &error))
		return error;
	(void)guardglob_del(rq->guard, pattern);
	return get_logglob(rq);
}

static struct value *
get_logencoding(struct request *rq)
{
	return value_text(rq->arena, filter_encoding(rq->guard->filter));
}

static struct value *
set_logencoding(struct request *rq)
{
	struct slice name;
	struct value *error;
	struct diag d;

	if (!request_text(rq, 0, &name, &error))
		return error;
	diag_init(&d);
	if (filter_set_encoding(rq->guard->filter, name, &d) < 0)
		return request_failed(rq, ERROR_LOOKUP, &d);
	log_write(LEVEL_INFO, "filter", "  encoding: %.*s",
	    SLICE_ARG(filter_encoding(rq->guard->filter)));
	return get_logencoding(rq);
}

static struct value *
get_journalmatch(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < guardjournal_count(rq->guard->journal); i++) {
		struct slice rest = guardjournal_match(rq->guard->journal, i), word;
		struct value *match = value_list(rq->arena);

		while (slice_next_word(&rest, &word))
			(void)value_add(rq->arena, match, value_text(rq->arena, word));
		(void)value_add(rq->arena, out, match);
	}
	return out;
}

/*
 * The words of the command, with "+" between alternatives, each of which is a match of its own. A
 * jail of files has no journal to match; the configuration gives these to every jail.
 */
static struct value *
change_journalmatch(
    struct request *rq, int (*change)(struct guardjournal *gj, struct slice match))
{
	struct value *error = NULL;
	struct slice word;
	struct buf match;

	buf_init(&match, 65536);
	for (size_t i = 0; i <= request_argc(rq); i++) {
		bool end = i == request_argc(rq);

		if (!end && !request_text(rq, i, &word, &error))
			break;
		if (end || slice_eq(word, SLICE("+"))) {
			if (match.n > 0)
				(void)change(rq->guard->journal, buf_slice(&match));
			buf_clear(&match);
			continue;
		}
		buf_add_cstr(&match, match.n > 0 ? " " : "");
		buf_add(&match, word);
	}
	buf_done(&match);
	return error != NULL ? error : get_journalmatch(rq);
}

static struct value *
add_journalmatch(struct request *rq)
{
	return change_journalmatch(rq, guardjournal_add);
}

static struct value *
del_journalmatch(struct request *rq)
{
	return change_journalmatch(rq, guardjournal_del);
}

/* ---- the filter */

static struct value *
get_regexes(struct request *rq, enum filter_regexes which)
{
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < filter_regex_count(rq->guard->filter, which); i++)
		(void)value_add(rq->arena, out,
		    value_text(rq->arena, filter_regex(rq->guard->filter, which, i)));
	return out;
}

static struct value *
add_one_regex(struct request *rq, enum filter_regexes which, const struct value *v)
{
	struct diag d;

	diag_init(&d);
	if (v->kind != VALUE_TEXT)
		return value_error(rq->arena, ERROR_TYPE, "a regular expression is text");
	if (filter_add_regex(rq->guard->filter, which, v->text, value_place(v), &d) < 0)
		return request_failed(rq, ERROR_REGEX, &d);
	return NULL;
}

/* One, or a list of them. */
static struct value *
add_regexes(struct request *rq, enum filter_regexes which)
{
	const struct value *v = request_arg(rq, 0);
	struct value *error;

	if (v == NULL)
		return value_error(rq->arena, ERROR_INDEX, "list index out of range");
	if (v->kind != VALUE_LIST && v->kind != VALUE_TUPLE) {
		error = add_one_regex(rq, which, v);
		return error != NULL ? error : get_regexes(rq, which);
	}
	for (size_t i = 0; i < value_count(v); i++) {
		error = add_one_regex(rq, which, value_at(v, i));
		if (error != NULL)
			return error;
	}
	return value_bool(rq->arena, true);
}

static struct value *
del_regex(struct request *rq, enum filter_regexes which)
{
	struct value *error;
	int64_t index;

	if (!arg_int(rq, INT32_MIN, INT32_MAX, &index, &error))
		return error;
	if (index < 0 || filter_del_regex(rq->guard->filter, which, (size_t)index) < 0)
		log_write(LEVEL_ERROR, "filter",
		    "Cannot remove regular expression. Index %lld is not valid", (long long)index);
	return get_regexes(rq, which);
}

static struct value *
get_failregex(struct request *rq)
{
	return get_regexes(rq, FILTER_FAIL);
}

static struct value *
get_ignoreregex(struct request *rq)
{
	return get_regexes(rq, FILTER_IGNORE);
}

static struct value *
add_failregex(struct request *rq)
{
	return add_regexes(rq, FILTER_FAIL);
}

static struct value *
add_ignoreregex(struct request *rq)
{
	return add_regexes(rq, FILTER_IGNORE);
}

static struct value *
del_failregex(struct request *rq)
{
	return del_regex(rq, FILTER_FAIL);
}

static struct value *
del_ignoreregex(struct request *rq)
{
	return del_regex(rq, FILTER_IGNORE);
}

static struct value *
get_prefregex(struct request *rq)
{
	return value_text(rq->arena, filter_prefregex_expanded(rq->guard->filter));
}

static struct value *
set_prefregex(struct request *rq)
{
	struct slice text;
	struct value *error;
	struct diag d;

	if (!request_text(rq, 0, &text, &error))
		return error;
	diag_init(&d);
	if (filter_set_prefregex(rq->guard->filter, text, value_place(request_arg(rq, 0)), &d) < 0)
		return request_failed(rq, ERROR_REGEX, &d);
	return get_prefregex(rq);
}

static const char *const dns_words[] = {
    [FILTER_DNS_YES] = "yes",
    [FILTER_DNS_WARN] = "warn",
    [FILTER_DNS_NO] = "no",
    [FILTER_DNS_RAW] = "raw",
};

static struct value *
get_usedns(struct request *rq)
{
	return value_cstr(rq->arena, dns_words[filter_dns(rq->guard->filter)]);
}

static struct value *
set_usedns(struct request *rq)
{
	struct slice word;
	struct value *error;

	if (!request_text(rq, 0, &word, &error))
		return error;
	for (size_t i = 0; i < sizeof(dns_words) / sizeof(dns_words[0]); i++)
		if (slice_eq_nocase(word, slice_cstr(dns_words[i]))) {
			filter_set_dns(rq->guard->filter, (enum filter_dns)i);
			return get_usedns(rq);
		}
	/* The words that mean a truth elsewhere are taken too. */
	if (!duration_truth(word) && !slice_eq_nocase(word, SLICE("false")))
		log_write(LEVEL_ERROR, "filter",
		    "Incorrect value '%.*s' specified for usedns. Using safe 'no'", SLICE_ARG(word));
	filter_set_dns(rq->guard->filter, duration_truth(word) ? FILTER_DNS_YES : FILTER_DNS_NO);
	return get_usedns(rq);
}

static struct value *
get_datepattern(struct request *rq)
{
	struct slice pattern, name;

	/* The journal knows when. */
	if (rq->guard->journal != NULL)
		return value_nil(rq->arena);
	date_detector_describe(filter_dates(rq->guard->filter), &pattern, &name);
	return value_pair(rq->arena,
	    pattern.n > 0 ? value_text(rq->arena, pattern) : value_nil(rq->arena),
	    value_text(rq->arena, name));
}

/* A pattern with a place for any date stands for many templates. */
static void
log_datepattern(struct guard *g, struct slice given)
{
	const struct date_detector *dates = filter_dates(g->filter);
	struct slice pattern, name;
	size_t n = date_template_count(dates);

	g->dates_told = given.n > 0;
	date_detector_describe(dates, &pattern, &name);
	if (n == 1)
		log_write(LEVEL_INFO, "datedetector", "  date pattern `%.*s`: `%.*s`",
		    SLICE_ARG(pattern), SLICE_ARG(name));
	else if (slice_find(given, SLICE("{DATE}"), 0) >= 0)
		log_write(LEVEL_INFO, "datedetector",
		    "  default date pattern for `'%.*s'`: %zu template(s)", SLICE_ARG(given), n);
	else if (given.n > 0)
		log_write(LEVEL_INFO, "datedetector",
		    "  default filtered date pattern: %zu template(s)", n);
}

static struct value *
set_datepattern(struct request *rq)
{
	struct slice text;
	struct value *error;
	struct diag d;

	if (!request_text(rq, 0, &text, &error))
		return error;
	diag_init(&d);
	if (filter_set_datepattern(rq->guard->filter, text, value_place(request_arg(rq, 0)), &d) < 0)
		return request_failed(rq, ERROR_TYPE, &d);
	log_datepattern(rq->guard, text);
	return get_datepattern(rq);
}

static struct value *
get_logtimezone(struct request *rq)
{
	struct slice zone = filter_zone(rq->guard->filter);

	return zone.n > 0 ? value_text(rq->arena, zone) : value_nil(rq->arena);
}

static struct value *
set_logtimezone(struct request *rq)
{
	struct slice zone;
	struct value *error;
	struct diag d;

	if (!request_text(rq, 0, &zone, &error))
		return error;
	diag_init(&d);
	if (filter_set_zone(rq->guard->filter, zone, &d) < 0)
		return request_failed(rq, ERROR_VALUE, &d);
	return get_logtimezone(rq);
}

static struct value *
get_maxlines(struct request *rq)
{
	return value_int(rq->arena, (int64_t)filter_maxlines(rq->guard->filter));
}

static struct value *
set_maxlines(struct request *rq)
{
	struct value *error;
	int64_t n;

	if (!arg_int(rq, INT32_MIN, INT32_MAX, &n, &error))
		return error;
	if (n <= 0 || filter_set_maxlines(rq->guard->filter, (size_t)n) < 0)
		return value_error(
		    rq->arena, ERROR_VALUE, "maxlines must be integer greater than zero");
	log_write(LEVEL_INFO, "filter", "  maxLines: %lld", (long long)n);
	return get_maxlines(rq);
}

/* ---- counting and banning */

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

	if (!arg_int(rq, INT32_MIN, INT32_MAX, &n, &error))
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

	if (!arg_int(rq, INT32_MIN, INT32_MAX, &n, &error))
		return error;
	rq->guard->limits.maxmatches = n > 0 ? (size_t)n : 0;
	return get_maxmatches(rq);
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

	if (!guard_option(rq->guard, name, &value))
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

static struct value *
get_ignorecommand(struct request *rq)
{
	struct slice command = exempt_command(rq->guard->exempt);

	return command.n > 0 ? value_text(rq->arena, command) : value_bool(rq->arena, false);
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
			return not_an_int(rq, value);
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

const struct command commands_set_jail[] = {
    {"idle", "on|off", "stops and resumes reading", set_idle},
    {"ignoreself", "true|false", "says whether this machine's own addresses are ignored",
        set_ignoreself},
    {"addignoreip", "<IP>...", "adds addresses, networks, names or files of them to ignore",
        add_ignoreip},
    {"delignoreip", "<IP>", "removes one of them", del_ignoreip},
    {"ignorecommand", "<COMMAND>", "sets a command whose success means: ignore",
        set_ignorecommand},
    {"ignorecache", "<OPTIONS>",
        "remembers whom to ignore: key=\"<ip>\", max-count=100, max-time=5m; empty: not",
        set_ignorecache},
    {"addlogpath", "<FILE> [head|tail]", "adds a log file, read from its start or its end",
        add_logpath},
    {"dellogpath", "<FILE>", "removes a log file", del_logpath},
    {"addlogglob", "<PATTERN>", "adds a pattern: files that come to match it are read from their start",
        add_logglob},
    {"dellogglob", "<PATTERN>", "removes a pattern; its files stay", del_logglob},
    {"logencoding", "<ENCODING>", "sets the encoding of the log", set_logencoding},
    {"addjournalmatch", "<MATCH>...", "adds a match of the journal", add_journalmatch},
    {"deljournalmatch", "<MATCH>...", "removes a match of the journal", del_journalmatch},
    {"addfailregex", "<REGEX>", "adds a regular expression of failures", add_failregex},
    {"delfailregex", "<INDEX>", "removes one of them", del_failregex},
    {"addignoreregex", "<REGEX>", "adds a regular expression of lines that are no failures",
        add_ignoreregex},
    {"delignoreregex", "<INDEX>", "removes one of them", del_ignoreregex},
    {"prefregex", "<REGEX>", "sets the expression that every line must match first",
        set_prefregex},
    {"usedns", "yes|warn|no|raw", "says what is done with host names", set_usedns},
    {"datepattern", "<PATTERN>", "sets the pattern of dates", set_datepattern},
    {"logtimezone", "<ZONE>", "sets the zone of dates that name none", set_logtimezone},
    {"maxlines", "<INT>", "sets how many lines are looked at together", set_maxlines},
    {"maxretry", "<INT>", "sets how many failures are one too many", set_maxretry},
    {"maxmatches", "<INT>", "sets how many lines of an offender are kept", set_maxmatches},
    {"banprefix", "<FAMILY>/<LENGTH>",
	"counts and bans networks in place of addresses: inet6/64, inet4/24, or both", set_banprefix},
    {"findtime", "<TIME>", "sets the time in which failures are counted", set_findtime},
    {"bantime", "<TIME>", "sets how long a ban lasts; -1 for ever", set_bantime},
    {"bantime.", "<VALUE>", NULL, set_option},
    {NULL},
};

const struct command commands_get_jail[] = {
    {"ignoreself", "", "returns whether this machine's own addresses are ignored", get_ignoreself,
	true},
    {"ignoreip", "", "returns who is ignored", get_ignoreip, true},
    {"ignorecommand", "", "returns the command whose success means: ignore", get_ignorecommand},
    {"ignorecache", "", "returns how it is remembered whom to ignore", get_ignorecache, true},
    {"logpath", "", "returns the log files", get_logpath, true},
    {"logglob", "", "returns the patterns that further log files may match", get_logglob, true},
    {"logencoding", "", "returns the encoding of the log", get_logencoding, true},
    {"journalmatch", "", "returns the matches of the journal", get_journalmatch, true},
    {"failregex", "", "returns the regular expressions of failures", get_failregex, true},
    {"ignoreregex", "", "returns the regular expressions of lines that are none", get_ignoreregex,
	true},
    {"prefregex", "", "returns the expression that every line must match first", get_prefregex,
	true},
    {"usedns", "", "returns what is done with host names", get_usedns, true},
    {"datepattern", "", "returns the pattern of dates", get_datepattern, true},
    {"logtimezone", "", "returns the zone of dates that name none", get_logtimezone, true},
    {"maxlines", "", "returns how many lines are looked at together", get_maxlines, true},
    {"maxretry", "", "returns how many failures are one too many", get_maxretry, true},
    {"maxmatches", "", "returns how many lines of an offender are kept", get_maxmatches, true},
    {"banprefix", "", "returns which networks are counted in place of addresses", get_banprefix,
	true},
    {"findtime", "", "returns the time in which failures are counted, in seconds", get_findtime,
	true},
    {"bantime", "", "returns how long a ban lasts, in seconds", get_bantime, true},
    {"bantime.", "", NULL, get_option, true},
    {NULL},
};
