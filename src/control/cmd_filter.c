/*
 * Settings of a jail: what in a line is a failure, of whom, and when. A setter answers with what the
 * matching getter would.
 */
#include "control/command.h"

#include "compat/pyrepr.h"
#include "config/duration.h"
#include "scan/datepat.h"
#include "util/log.h"

/* rq->which is one of enum filter_regexes in these. */

static struct value *
get_regexes(struct request *rq)
{
	enum filter_regexes which = (enum filter_regexes)rq->which;
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < filter_regex_count(rq->guard->filter, which); i++)
		(void)value_add(rq->arena, out,
		    value_text(rq->arena, filter_regex(rq->guard->filter, which, i)));
	return out;
}

static struct value *
add_one_regex(struct request *rq, const struct value *v)
{
	enum filter_regexes which = (enum filter_regexes)rq->which;
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
add_regexes(struct request *rq)
{
	const struct value *v = request_arg(rq, 0);
	struct value *error;

	if (v == NULL)
		return request_missing(rq);
	if (v->kind != VALUE_LIST && v->kind != VALUE_TUPLE) {
		error = add_one_regex(rq, v);
		return error != NULL ? error : get_regexes(rq);
	}
	for (size_t i = 0; i < value_count(v); i++) {
		error = add_one_regex(rq, value_at(v, i));
		if (error != NULL)
			return error;
	}
	return value_bool(rq->arena, true);
}

static struct value *
del_regex(struct request *rq)
{
	enum filter_regexes which = (enum filter_regexes)rq->which;
	struct value *error;
	int64_t index;

	if (!request_int(rq, &index, &error))
		return error;
	if (index < 0 || filter_del_regex(rq->guard->filter, which, (size_t)index) < 0)
		log_write(LEVEL_ERROR, "filter",
		    "Cannot remove regular expression. Index %lld is not valid", (long long)index);
	return get_regexes(rq);
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
	bool truth;

	if (!request_text(rq, 0, &word, &error))
		return error;
	for (size_t i = 0; i < sizeof(dns_words) / sizeof(dns_words[0]); i++)
		if (slice_eq_nocase(word, slice_cstr(dns_words[i]))) {
			filter_set_dns(rq->guard->filter, (enum filter_dns)i);
			return get_usedns(rq);
		}
	/* A client's truth is taken too; a word for one is not: who is banned may depend on it. */
	truth = request_arg(rq, 0)->kind == VALUE_BOOL;
	if (!truth)
		log_write(LEVEL_ERROR, "filter",
		    "Incorrect value '%.*s' specified for usedns. Using safe 'no'", SLICE_ARG(word));
	filter_set_dns(
	    rq->guard->filter, truth && duration_truth(word) ? FILTER_DNS_YES : FILTER_DNS_NO);
	return get_usedns(rq);
}

static struct value *
get_datepattern(struct request *rq)
{
	const struct date_detector *dates = filter_dates(rq->guard->filter);
	struct date_template_info first;
	struct slice pattern, name;

	/* The journal knows when; but a pattern that was set is told. */
	if (rq->guard->journal != NULL && !rq->guard->dates_told)
		return value_nil(rq->arena);
	date_detector_describe(dates, &pattern, &name);
	if (pattern.n > 0) {
		/* Of two, only the first. */
		date_template_info(dates, 0, &first);
		pattern = first.pattern;
	}
	return value_pair(rq->arena,
	    pattern.n > 0 ? value_text(rq->arena, pattern) : value_nil(rq->arena),
	    value_text(rq->arena, name));
}

/* One pattern; with a place for any date it is many templates, {DEFAULT} is none yet. */
static void
log_pattern(const struct date_detector *dates, struct slice given)
{
	enum datepat_list which = datepat_classify(given);
	struct slice pattern, name;
	struct buf quoted;
	size_t n = which == DATEPAT_DEFAULT ? 0 : date_template_count(dates);

	buf_init(&quoted, 5 * given.n + 100);
	pyrepr_text(&quoted, given);
	date_detector_describe(dates, &pattern, &name);
	if (n == 1)
		log_write(LEVEL_INFO, "datedetector", "  date pattern `%.*s`: `%.*s`",
		    SLICE_ARG(pattern), SLICE_ARG(name));
	else if (which == DATEPAT_AROUND)
		log_write(LEVEL_INFO, "datedetector",
		    "  default date pattern for `%s`: %zu template(s)", buf_cstr(&quoted), n);
	else
		log_write(LEVEL_INFO, "datedetector",
		    "  default filtered date pattern: %zu template(s)", n);
	buf_done(&quoted);
}

static void
log_datepatterns(struct guard *g, struct slice rest)
{
	struct slice pattern;

	g->dates_told = rest.n > 0;
	while (slice_next(&rest, '\n', &pattern)) {
		struct date_detector *dates;
		struct diag unused; /* all of them together were right */

		pattern = slice_trim(pattern);
		diag_init(&unused);
		if (pattern.n == 0 ||
		    date_detector_new(&dates, pattern, (struct place){0}, &unused) < 0)
			continue;
		log_pattern(dates, pattern);
		date_detector_free(dates);
	}
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
	log_datepatterns(rq->guard, text);
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

	if (!request_int(rq, &n, &error))
		return error;
	if (n <= 0)
		return value_error(
		    rq->arena, ERROR_VALUE, "maxlines must be integer greater than zero");
	(void)filter_set_maxlines(rq->guard->filter, (size_t)n); /* fails for 0 alone */
	log_write(LEVEL_INFO, "filter", "  maxLines: %lld", (long long)n);
	return get_maxlines(rq);
}

const struct command commands_set_filter[] = {
    {"addfailregex", "<REGEX>", "adds a regular expression of failures", add_regexes, .which = FILTER_FAIL},
    {"delfailregex", "<INDEX>", "removes one of them", del_regex, .which = FILTER_FAIL},
    {"addignoreregex", "<REGEX>", "adds a regular expression of lines that are no failures",
        add_regexes, .which = FILTER_IGNORE},
    {"delignoreregex", "<INDEX>", "removes one of them", del_regex, .which = FILTER_IGNORE},
    {"prefregex", "<REGEX>", "sets the expression that every line must match first",
        set_prefregex},
    {"usedns", "yes|warn|no|raw", "says what is done with host names", set_usedns},
    {"datepattern", "<PATTERN>", "sets the pattern of dates", set_datepattern},
    {"logtimezone", "<ZONE>", "sets the zone of dates that name none", set_logtimezone},
    {"maxlines", "<INT>", "sets how many lines are looked at together", set_maxlines},
    {NULL},
};

const struct command commands_get_filter[] = {
    {"failregex", "", "returns the regular expressions of failures", get_regexes, true,
	FILTER_FAIL},
    {"ignoreregex", "", "returns the regular expressions of lines that are none", get_regexes,
	true, FILTER_IGNORE},
    {"prefregex", "", "returns the expression that every line must match first", get_prefregex,
	true},
    {"usedns", "", "returns what is done with host names", get_usedns, true},
    {"datepattern", "", "returns the pattern of dates", get_datepattern, true},
    {"logtimezone", "", "returns the zone of dates that name none", get_logtimezone, true},
    {"maxlines", "", "returns how many lines are looked at together", get_maxlines, true},
    {NULL},
};
