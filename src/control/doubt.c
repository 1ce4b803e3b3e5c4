#include "control/doubt.h"

#include "compat/pyexpr.h"
#include "config/duration.h"
#include "control/check.h"
#include "control/doubtregex.h"
#include "jail/escalate.h"
#include "util/addr.h"
#include "util/escape.h"

#include <errno.h>

void
doubt_say(struct doubt *t, const struct value *v, const char *format, ...)
{
	char text[sizeof(t->told.text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	diag_init(&t->told);
	(void)diag_fail(&t->told, 0, value_place(v), "%s", text);
}

void
doubt_send(struct doubt *t, const char *remedy)
{
	diag_remedy(&t->told, "%s", remedy);
	t->sink->take(t->sink, DIAG_WARNING, "", &t->told);
}

const char *
doubt_shown(struct doubt *t, struct slice text)
{
	buf_clear(&t->shown);
	escape_format(&t->shown, slice_upto(text, 200));
	return buf_cstr(&t->shown);
}

/* Whether it can be the name of a host. */
static bool
is_host(struct slice s)
{
	bool letter = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool here = char_alpha(c) || (unsigned char)c >= 0x80;

		letter |= here;
		if (!here && !char_digit(c) && memchr("-._", c, 3) == NULL)
			return false;
	}
	return letter;
}

/* The remedy for what lets nobody, or everybody, be ignored. */
static const char ignore_remedy[] =
    "write an address, or a network as in 192.0.2.0/24, with blanks or "
    "commas between them";

static void
doubt_ignoreip(struct doubt *t, const struct value *v)
{
	ptrdiff_t slash = slice_find_char(v->text, '/', 0);
	struct addr a;
	uint64_t prefix;
	int r = addr_parse(v->text, &a);

	/* With '#' alone a comment was meant, which has been told, as has a mask with a hole. */
	if ((r == 0 && a.plen > 0) || (r == -EINVAL && is_host(v->text)) ||
	    (r == -EDOM &&
		slice_u64(slice_from(v->text, (size_t)slash + 1), UINT32_MAX, &prefix) < 0) ||
	    slice_starts(v->text, SLICE("file:")) || slice_eq(v->text, SLICE("#")))
		return;
	if (r == 0)
		doubt_say(t, v, "ignoreip: '%s' is every address, so that nobody is banned",
		    doubt_shown(t, v->text));
	else if (r == -EDOM)
		doubt_say(t, v,
		    "ignoreip: '%s' has a prefix longer than the address, and counts as that alone",
		    doubt_shown(t, v->text));
	else
		doubt_say(t, v, "ignoreip: '%s' is no address, no network and no name of a host",
		    doubt_shown(t, v->text));
	doubt_send(t, ignore_remedy);
}

static void
doubt_maxretry(struct doubt *t, const struct value *v)
{
	if (v->kind != VALUE_INT || v->number > 0)
		return;
	doubt_say(t, v, "maxretry: %lld is taken for 1: the first failure leads to a ban",
	    (long long)v->number);
	doubt_send(t, "write how many failures lead to a ban; to leave a jail off, enabled = false");
}

static void
doubt_findtime(struct doubt *t, const struct value *v)
{
	double seconds;

	if (v->kind != VALUE_TEXT || duration_seconds(v->text, &seconds, NULL) < 0 || seconds > 0)
		return;
	doubt_say(t, v, "findtime is no time at all, so that no failure counts");
	doubt_send(t, "write a duration, as in 10m");
}

static void
doubt_bantime(struct doubt *t, const struct value *v)
{
	double seconds;

	if (v->kind != VALUE_TEXT || duration_seconds(v->text, &seconds, NULL) < 0 || seconds != 0)
		return;
	doubt_say(t, v, "bantime is no time at all, so that nobody is banned");
	doubt_send(t, "write a duration, as in 10m, or -1 for bans that do not end");
}

/* Bans that grow are reckoned when the second one comes; what cannot be reckoned is told now. */
static void
doubt_growth(struct doubt *t, const struct value *v, const struct escalate *e, unsigned count,
    const char *option, const char *remedy)
{
	struct diag why;
	double seconds;

	diag_init(&why);
	if (v->kind != VALUE_TEXT || escalate_bantime(e, 600, count, 0, &seconds, &why) == 0)
		return;
	doubt_say(t, v,
	    "bantime.%s: '%s' cannot be reckoned (%s), so that the ban time does not grow", option,
	    doubt_shown(t, v->text), why.text);
	doubt_send(t, remedy);
}

static void
doubt_factor(struct doubt *t, const struct value *v)
{
	const struct escalate e = {.factor = v->text, .maxtime_s = -1};

	doubt_growth(t, v, &e, 1, "factor", "write a number, as in 2");
}

static void
doubt_multipliers(struct doubt *t, const struct value *v)
{
	const struct escalate e = {.multipliers = v->text, .maxtime_s = -1};

	doubt_growth(t, v, &e, UINT16_MAX, "multipliers",
	    "write numbers with blanks between them, as in 1 2 4 8");
}

static void
doubt_formula(struct doubt *t, const struct value *v)
{
	const struct escalate e = {.formula = v->text, .maxtime_s = -1};
	struct pyexpr_number n;

	/* That it is no arithmetic has been told. */
	if (v->kind == VALUE_TEXT && pyexpr_eval(v->text, NULL, 0, &n, NULL) != -EBADMSG)
		doubt_growth(
		    t, v, &e, 1, "formula", "it may refer to ban.Time, ban.Count and banFactor");
}

static const struct {
	const char *option;
	void (*look)(struct doubt *t, const struct value *v);
} looks[] = {
    {"addfailregex", doubt_failregex},
    {"addignoreregex", doubt_ignored},
    {"prefregex", doubt_failregex},
    {"datepattern", doubt_datepattern},
    {"addignoreip", doubt_ignoreip},
    {"maxretry", doubt_maxretry},
    {"findtime", doubt_findtime},
    {"bantime", doubt_bantime},
    {"bantime.factor", doubt_factor},
    {"bantime.multipliers", doubt_multipliers},
    {"bantime.formula", doubt_formula},
};

void
command_doubt(const struct value *commands, struct diag_sink *sink)
{
	struct doubt t = {.sink = sink, .matcher = matcher_new(), .commands = commands};

	buf_init(&t.shown, 4096);
	for (size_t i = 0; i < value_count(commands); i++) {
		const struct value *c = value_at(commands, i);

		t.jail = value_at(c, 1);
		for (size_t k = 0; k < sizeof(looks) / sizeof(looks[0]); k++)
			for (size_t n = 3; n < value_count(c); n++)
				if (value_is_text(value_at(c, 2), slice_cstr(looks[k].option)))
					looks[k].look(&t, value_at(c, n));
	}
	buf_done(&t.shown);
	table_done(&t.known);
	matcher_free(t.matcher);
}
