#include "control/check.h"

#include "compat/pyexpr.h"
#include "config/backend.h"
#include "config/duration.h"
#include "config/optlist.h"
#include "control/guard.h"
#include "source/journal_match.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/shared.h"

#include <errno.h>

#define ACTIONS_MAX 256 /* of a jail, that are told apart */

/* The jail whose commands are being tried. They come one jail after another. */
struct check {
	struct diag_sink *sink;
	struct slice jail;
	struct filter *filter;
	struct filter_sink ignore;
	struct slice actions[ACTIONS_MAX];
	size_t action_count;
	size_t mistakes;
	bool journal; /* the jail reads it, so that its matches count */
};

static void
mistake(struct check *c, const struct diag *d)
{
	c->mistakes++;
	c->sink->take(c->sink, DIAG_ERROR, "jailreader", d);
}

static void
complain(struct check *c, const struct value *v, const char *option, const char *wanted)
{
	struct diag d;
	struct buf shown;

	buf_init(&shown, 4096);
	if (v->kind == VALUE_TEXT)
		escape_format(&shown, slice_upto(v->text, 500));
	else if (v->kind == VALUE_INT)
		buf_printf(&shown, "%lld", (long long)v->number);
	diag_init(&d);
	(void)diag_fail(&d, 0, value_place(v), "%s: '%s' is %s", option, buf_cstr(&shown), wanted);
	buf_done(&shown);
	mistake(c, &d);
}

typedef void check_fn(struct check *c, const char *option, const struct value *v);

static void
check_regex(struct check *c, const char *option, const struct value *v)
{
	bool fail = strcmp(option, "addfailregex") == 0;
	enum filter_regexes which = fail ? FILTER_FAIL : FILTER_IGNORE;
	struct diag d;

	diag_init(&d);
	if (v->kind == VALUE_LIST || v->kind == VALUE_TUPLE) {
		for (size_t i = 0; i < value_count(v); i++)
			check_regex(c, option, value_at(v, i));
	} else if (v->kind == VALUE_TEXT &&
	    filter_add_regex(c->filter, which, v->text, value_place(v), &d) < 0) {
		mistake(c, &d);
	}
}

static void
check_prefregex(struct check *c, const char *option, const struct value *v)
{
	struct diag d;

	diag_init(&d);
	if (filter_set_prefregex(c->filter, v->text, value_place(v), &d) < 0)
		mistake(c, &d);
}

static void
check_datepattern(struct check *c, const char *option, const struct value *v)
{
	struct diag d;

	diag_init(&d);
	if (filter_set_datepattern(c->filter, v->text, value_place(v), &d) < 0)
		mistake(c, &d);
}

static void
check_zone(struct check *c, const char *option, const struct value *v)
{
	struct diag d;

	diag_init(&d);
	if (filter_set_zone(c->filter, v->text, &d) == 0)
		return;
	d.at = value_place(v);
	diag_remedy(&d, "write an offset or an abbreviation, as in UTC, +0530, CET");
	mistake(c, &d);
}

static void
check_encoding(struct check *c, const char *option, const struct value *v)
{
	if (filter_set_encoding(c->filter, v->text, NULL) < 0)
		complain(c, v, option, "no known encoding; write auto, UTF-8, ISO-8859-1, …");
}

/* It decides how <HOST> in later regexes is read. */
static void
check_usedns(struct check *c, const char *option, const struct value *v)
{
	filter_set_dns(c->filter,
	    slice_eq_nocase(v->text, SLICE("no")) ? FILTER_DNS_NO : FILTER_DNS_WARN);
}

/* Whether v is a number; a text that is none is complained of. */
static bool
take_int(struct check *c, const char *option, const struct value *v, int64_t *n)
{
	if (v->kind == VALUE_INT) {
		*n = v->number;
		return true;
	}
	if (v->kind != VALUE_TEXT)
		return false;
	if (slice_i64(slice_trim(v->text), INT64_MIN, INT64_MAX, n) == 0)
		return true;
	complain(c, v, option, "not a whole number");
	return false;
}

static void
check_int(struct check *c, const char *option, const struct value *v)
{
	int64_t n;

	(void)take_int(c, option, v, &n); /* which has complained */
}

/* It decides how later regexes are read. */
static void
check_maxlines(struct check *c, const char *option, const struct value *v)
{
	int64_t n;

	if (!take_int(c, option, v, &n))
		return;
	if (n < 1 || filter_set_maxlines(c->filter, (size_t)n) < 0)
		complain(c, v, option, "no number of lines; write one, as in maxlines = 10");
}

static void
check_maxfailures(struct check *c, const char *option, const struct value *v)
{
	int64_t n;

	if (take_int(c, option, v, &n) && (n < 1 || n > FAILURE_IDS_MAX))
		complain(c, v, option, "no number of addresses; write one, as in 1000000");
}

static void
check_duration(struct check *c, const char *option, const struct value *v)
{
	double seconds;

	if (v->kind == VALUE_TEXT && duration_seconds(v->text, &seconds, NULL) < 0)
		complain(c, v, option,
		    "not a duration; write seconds or a number with s, m, h, d, w, as in 10m");
}

/* Nothing is none. */
static void
check_bound(struct check *c, const char *option, const struct value *v)
{
	if (v->text.n > 0)
		check_duration(c, option, v);
}

static void
check_banprefix(struct check *c, const char *option, const struct value *v)
{
	struct prefix_lengths p;
	struct diag d;

	diag_init(&d);
	if (prefix_parse(v->text, &p, &d) < 0)
		complain(c, v, option, "no length of a prefix; write inet6/64, inet4/24 or both");
}

static void
check_ignoreip(struct check *c, const char *option, const struct value *v)
{
	struct ignore *ig = ignore_new();

	if (ignore_add(ig, v->text) < 0)
		complain(c, v, "ignoreip", "no network: its mask has no prefix length");
	ignore_free(ig);
}

static void
check_journalmatch(struct check *c, const char *option, const struct value *v)
{
	if (c->journal && !journal_match_good(v->text))
		complain(c, v, "journalmatch",
		    "no match; write FIELD=value, as in _SYSTEMD_UNIT=ssh.service");
}

/* What it counts with is not known before there is a ban; whether it is arithmetic at all, is. */
static void
check_formula(struct check *c, const char *option, const struct value *v)
{
	struct pyexpr_number n;
	struct diag why;

	diag_init(&why);
	if (slice_trim(v->text).n > 0 && pyexpr_eval(v->text, NULL, 0, &n, &why) == -EBADMSG)
		complain(c, v, option,
		    "no formula; write one such as ban.Time * (1 << ban.Count) * banFactor");
}

static bool
cache_option_good(const struct option *o)
{
	uint64_t n;
	double seconds;

	if (slice_eq(o->name, SLICE("max-count")))
		return slice_u64(slice_trim(o->value.text), INT32_MAX, &n) == 0;
	if (slice_eq(o->name, SLICE("max-time")))
		return duration_seconds(o->value.text, &seconds, NULL) == 0;
	return true;
}

static void
check_ignorecache(struct check *c, const char *option, const struct value *v)
{
	struct arena a = {0};
	struct traced text = {.text = value_printf(&a, "x[%.*s]", SLICE_ARG(v->text))->text};
	struct optlist list;
	struct diag d;
	bool good;

	diag_init(&d);
	good = optlist_parse(&a, &text, &list, &d) == 0 &&
	       section_get(&list.options, SLICE("key")) != NULL;
	for (size_t i = 0; good && i < list.options.count; i++)
		good = cache_option_good(&list.options.options[i]);
	if (!good && v->text.n > 0)
		complain(c, v, option,
		    "no memory of answers; write one such as key=\"<ip>\", max-count=100, "
		    "max-time=5m");
	arena_done(&a);
}

static void
check_timeout(struct check *c, const struct value *property, const struct value *v)
{
	if (value_is_text(property, SLICE("timeout")) && v != NULL)
		check_duration(c, "timeout", v);
}

/* "action NAME PROPERTY VALUE", or with a list of such pairs. */
static void
check_properties(struct check *c, const struct value *command)
{
	const struct value *list = value_at(command, 4);

	if (list == NULL || list->kind == VALUE_TEXT) {
		check_timeout(c, list, value_at(command, 5));
		return;
	}
	for (size_t i = 0; i < value_count(list); i++)
		check_timeout(c, value_at(value_at(list, i), 0), value_at(value_at(list, i), 1));
}

/* "addaction NAME", and for an action of fail2ban's that is a program its file and its options. */
static void
check_action(struct check *c, const struct value *command)
{
	const struct value *name = value_at(command, 3), *program = value_at(command, 4);
	const struct value *options = value_at(command, 5);
	struct slice given =
	    options != NULL && options->kind == VALUE_TEXT ? options->text : SLICE_EMPTY;
	struct diag d;

	if (name == NULL || name->kind != VALUE_TEXT)
		return;
	diag_init(&d);
	if (program != NULL && program->kind == VALUE_TEXT &&
	    action_check_program(program->text, given, &d) < 0) {
		d.at = value_place(program);
		mistake(c, &d);
	}
	for (size_t i = 0; i < c->action_count; i++)
		if (slice_eq(c->actions[i], name->text)) {
			complain(c, name, "action",
			    "in this jail already; tell the two apart by an option of their own, "
			    "as in [actname=second]");
			return;
		}
	if (c->action_count < ACTIONS_MAX)
		c->actions[c->action_count++] = name->text;
}

static const struct rule {
	const char *option;
	check_fn *check;
	bool any_kind;	/* false: only text is looked at */
} jail_rules[] = {
    {"addfailregex", check_regex, true},
    {"addignoreregex", check_regex, true},
    {"prefregex", check_prefregex},
    {"datepattern", check_datepattern},
    {"logtimezone", check_zone},
    {"logencoding", check_encoding},
    {"usedns", check_usedns},
    {"maxlines", check_maxlines, true},
    {"maxretry", check_int, true},
    {"maxmatches", check_int, true},
    {"maxfailures", check_maxfailures, true},
    {"banprefix", check_banprefix},
    {"findtime", check_duration},
    {"bantime", check_duration},
    {"bantime.maxtime", check_bound},
    {"bantime.rndtime", check_bound},
    {"bantime.formula", check_formula},
    {"addignoreip", check_ignoreip},
    {"ignorecache", check_ignorecache},
    {"addjournalmatch", check_journalmatch},
};

static void
check_loglevel(struct check *c, const char *option, const struct value *v)
{
	if (log_level_parse(v->text) < 0)
		complain(c, v, option,
		    "no log level; write CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG");
}

static void
check_logtarget(struct check *c, const char *option, const struct value *v)
{
	struct diag d;
	int r;

	diag_init(&d);
	r = log_check_target(v->text, &d);
	d.at = value_place(v);
	if (r < 0)
		mistake(c, &d);
	else if (d.set)
		c->sink->take(c->sink, DIAG_WARNING, "jailreader", &d);
}

static const struct rule server_rules[] = {
    {"loglevel", check_loglevel},
    {"logtarget", check_logtarget},
    {"dbpurgeage", check_duration},
    {"dbmaxmatches", check_int, true},
};

static const struct rule *
rule_find(const struct rule *rules, size_t count, const struct value *word)
{
	for (size_t i = 0; i < count; i++)
		if (value_is_text(word, slice_cstr(rules[i].option)))
			return &rules[i];
	return NULL;
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void
next_jail(struct check *c, const struct value *name)
{
	filter_free(c->filter);
	c->filter = filter_new(&c->ignore);
	c->action_count = 0;
	c->journal = false;
	c->jail = name != NULL && name->kind == VALUE_TEXT ? name->text : SLICE_EMPTY;
}

static void
check_add(struct check *c, const struct value *command)
{
	const struct value *backend = value_at(command, 2);
	struct diag d;

	next_jail(c, value_at(command, 1));
	diag_init(&d);
	if (backend == NULL || backend->kind != VALUE_TEXT)
		return;
	c->journal = backend_is(backend->text, BACKEND_JOURNAL);
	if (guard_backend(backend->text, &d) == 0)
		return;
	d.at = value_place(backend);
	mistake(c, &d);
}

static void
check_command(struct check *c, const struct value *command)
{
	const struct value *verb = value_at(command, 0), *who = value_at(command, 1);
	const struct rule *rule;
	size_t from = 3;

	if (value_is_text(verb, SLICE("add"))) {
		check_add(c, command);
		return;
	}
	if (!value_is_text(verb, SLICE("set")) && !value_is_text(verb, SLICE("multi-set")))
		return;
	rule = rule_find(server_rules, COUNT(server_rules), who);
	if (rule != NULL) {
		from = 2;
	} else {
		/* A jail that is there already may be set up without an "add". */
		if (who != NULL && who->kind == VALUE_TEXT && !value_is_text(who, c->jail))
			next_jail(c, who);
		if (value_is_text(value_at(command, 2), SLICE("addaction")))
			check_action(c, command);
		else if (value_is_text(value_at(command, 2), SLICE("action")))
			check_properties(c, command);
		rule = rule_find(jail_rules, COUNT(jail_rules), value_at(command, 2));
	}
	for (size_t i = from; rule != NULL && i < value_count(command); i++) {
		const struct value *v = value_at(command, i);

		if (rule->any_kind || v->kind == VALUE_TEXT)
			rule->check(c, rule->option, v);
	}
}

static void
no_failure(struct filter_sink *sink, const struct door_failure *failure)
{
}

size_t
command_check(const struct value *commands, struct diag_sink *sink)
{
	struct check c = {.sink = sink, .ignore = {no_failure, NULL}};

	shared_hold();
	next_jail(&c, NULL);
	for (size_t i = 0; i < value_count(commands); i++)
		check_command(&c, value_at(commands, i));
	filter_free(c.filter);
	shared_release();
	return c.mistakes;
}
