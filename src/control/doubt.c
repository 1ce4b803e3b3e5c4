#include "control/check.h"

#include "compat/pyexpr.h"
#include "config/duration.h"
#include "jail/escalate.h"
#include "scan/runaway.h"
#include "util/addr.h"
#include "util/escape.h"
#include "util/table.h"

#include <errno.h>

#define KNOWN_MAX 20000 /* expressions; more of them are not looked at */

/* Expressions that jails share are looked at once. */
struct doubt {
	struct diag_sink *sink;
	struct matcher *matcher;
	struct table known;
	const struct value *commands;
	const struct value *jail; /* whose commands are looked at */
};

static void
tell(struct doubt *t, const struct diag *d)
{
	t->sink->take(t->sink, DIAG_WARNING, "", d);
}

static void
shown_add(struct buf *shown, struct slice text)
{
	buf_init(shown, 4096);
	escape_format(shown, slice_upto(text, 200));
}

/* ---- regular expressions ---- */

static void
tell_runaway(struct doubt *t, const struct value *v, const struct buf *line)
{
	struct diag d;
	struct buf shown;

	buf_init(&shown, 4096);
	escape_format(&shown, buf_slice(line));
	diag_init(&d);
	(void)diag_fail(&d, 0, value_place(v),
	    "the regular expression can run away: a line that begins with '%s' and goes on so "
	    "costs more than a line may, and is passed over",
	    buf_cstr(&shown));
	diag_remedy(&d, "two parts that repeat take the same text; let one of them take less, as "
			"[^ ]+ does for .+");
	buf_done(&shown);
	tell(t, &d);
}

/* What stands around all of the expression: a kind of quotes, or slashes; or nothing. */
static struct slice
find_frame(struct slice s)
{
	static const struct {
		struct slice open, close;
	} frames[] = {
	    {{"\"", 1}, {"\"", 1}},
	    {{"'", 1}, {"'", 1}},
	    {{"`", 1}, {"`", 1}},
	    {{"/", 1}, {"/", 1}},
	    {{"\xe2\x80\x9c", 3}, {"\xe2\x80\x9d", 3}},
	    {{"\xe2\x80\x98", 3}, {"\xe2\x80\x99", 3}},
	};
	struct slice end = s;

	/* "/…/i", as other programs have it. */
	if (slice_starts(s, SLICE("/")))
		while (end.n > 0 && memchr("gimsux", end.p[end.n - 1], 6) != NULL)
			end.n--;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct slice open = frames[i].open, close = frames[i].close;
		ptrdiff_t behind;

		if (!slice_starts(s, open) || !slice_ends(end, close) || end.n < open.n + close.n)
			continue;
		/* More of them: they are in the log. So they are if they are around one word. */
		behind = slice_find(s, close, open.n);
		if (behind == (ptrdiff_t)(end.n - close.n) &&
		    slice_find_char(slice_upto(s, (size_t)behind), ' ', 0) >= 0)
			return open;
	}
	return SLICE_EMPTY;
}

/* A blank that is none, or a character that nobody sees. */
static struct slice
find_unseen(struct slice s)
{
	static const struct slice unseen[] = {
	    {"\xc2\xa0", 2}, {"\xe2\x80\x8b", 3}, {"\xe2\x80\xaf", 3}, {"\xef\xbb\xbf", 3}};

	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (slice_find(s, unseen[i], 0) >= 0)
			return unseen[i];
	return SLICE_EMPTY;
}

/* " # words" at the end. */
static struct slice
find_comment(struct slice s)
{
	size_t at = s.n;

	while (at > 0 && s.p[at - 1] != '#') {
		char c = s.p[at - 1];

		if (!char_alpha(c) && !char_digit(c) && memchr(" ,.'-!", c, 6) == NULL)
			return SLICE_EMPTY;
		at--;
	}
	return at > 1 && at < s.n && s.p[at - 2] == ' ' && s.p[at] == ' ' ? slice_from(s, at - 1)
									  : SLICE_EMPTY;
}

/* Bytes of what takes a number at the start of s: "\d+", "[0-9]{2}", "\d\d". */
static size_t
number_length(struct slice s)
{
	static const struct slice digits[] = {{"\\d", 2}, {"[0-9]", 5}, {"[\\d]", 4}};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++)
		while (slice_starts(slice_from(s, n), digits[i]))
			n += digits[i].n;
	if (n > 0 && n < s.n && s.p[n] == '+')
		return n + 1;
	if (n > 0 && n < s.n && s.p[n] == '{')
		while (n < s.n && s.p[n++] != '}')
			;
	return n;
}

/* What takes a time of day, as "\d+:\d+:\d+". */
static struct slice
find_time(struct slice s)
{
	for (size_t at = 0; at < s.n; at++) {
		size_t end = at;

		for (int i = 0; i < 3; i++) {
			size_t n = number_length(slice_from(s, end));

			end = n > 0 ? end + n : s.n;
			if (i == 2 && n > 0)
				return slice_of(s.p + at, end - at);
			if (end >= s.n || s.p[end++] != ':')
				break;
		}
	}
	return SLICE_EMPTY;
}

/* Whether a set is words: a letter stands in it twice, or a blank between two. */
static bool
is_words(struct slice set)
{
	bool twice = false;

	for (size_t i = 0; i < set.n; i++) {
		char c = set.p[i];

		if (!char_alpha(c) && c != ' ')
			return false;
		twice |=
		    slice_find_char(set, c, i + 1) >= 0 || (c == ' ' && i > 0 && i + 1 < set.n);
	}
	return twice && set.n > 3;
}

/* "[UFW BLOCK]", with nothing behind that repeats it. */
static struct slice
find_words(struct slice s)
{
	ptrdiff_t open = -1, close;

	while ((open = slice_find_char(s, '[', (size_t)(open + 1))) >= 0) {
		close = slice_find_char(s, ']', (size_t)open);
		if (close < 0)
			break;
		if (open > 0 && s.p[open - 1] == '\\')
			continue;
		if ((size_t)close + 1 < s.n && memchr("+*?{", s.p[close + 1], 4) != NULL)
			continue;
		if (is_words(slice_of(s.p + open + 1, (size_t)(close - open) - 1)))
			return slice_of(s.p + open, (size_t)(close - open) + 1);
	}
	return SLICE_EMPTY;
}

/* Whether the jail has commands of that name. */
static bool
jail_sets(const struct doubt *t, struct slice option)
{
	for (size_t i = 0; i < value_count(t->commands); i++) {
		const struct value *c = value_at(t->commands, i);

		if (value_is_text(value_at(c, 2), option) && t->jail != NULL &&
		    value_is_text(value_at(c, 1), t->jail->text))
			return true;
	}
	return false;
}

/* What is likely not meant as it is written. */
static void
doubt_written(struct doubt *t, const struct value *v)
{
	struct slice part;
	struct buf shown;
	struct diag d;
	const char *text;

	diag_init(&d);
	if ((part = find_frame(v->text)).n > 0) {
		shown_add(&shown, part);
		text = buf_cstr(&shown);
		(void)diag_fail(&d, 0, value_place(v),
		    "'%s' around the regular expression is looked for in the log as well", text);
		diag_remedy(&d, "leave it out at both ends");
	} else if ((part = find_unseen(v->text)).n > 0) {
		shown_add(&shown, part);
		(void)diag_fail(&d, 0, value_place(v),
		    "the regular expression holds U+%04X, which looks like a blank or like nothing",
		    part.n == 2		  ? 0xa0u
		    : part.p[0] == '\xef' ? 0xfeffu
		    : part.p[2] == '\xaf' ? 0x202fu
					  : 0x200bu);
		diag_remedy(&d, "write a blank, or remove it");
	} else if ((part = find_comment(v->text)).n > 0) {
		shown_add(&shown, part);
		text = buf_cstr(&shown);
		(void)diag_fail(&d, 0, value_place(v),
		    "'%s' belongs to the regular expression: behind a value only ';' begins a "
		    "comment",
		    text);
		diag_remedy(&d, "put the comment on a line of its own");
	} else if ((part = find_words(v->text)).n > 0) {
		shown_add(&shown, part);
		text = buf_cstr(&shown);
		(void)diag_fail(&d, 0, value_place(v),
		    "'%s' in the regular expression is one character, any of these", text);
		diag_remedy(&d, "for brackets in the log write \\[ and \\]");
	} else if ((part = find_time(v->text)).n > 0 && !jail_sets(t, SLICE("datepattern"))) {
		shown_add(&shown, part);
		text = buf_cstr(&shown);
		(void)diag_fail(&d, 0, value_place(v),
		    "'%s' in the regular expression looks for a time, but a line's date and time "
		    "are cut out before it is searched",
		    text);
		diag_remedy(
		    &d, "leave the date out; f2b-regex --explain shows what remains of a line");
	} else {
		return;
	}
	buf_done(&shown);
	tell(t, &d);
}

/* Each line that has an address, or each line at all. */
static void
doubt_ignoreregex(struct doubt *t, const struct value *v, struct pattern *p)
{
	static const struct slice all[] = {{"", 0}, {"192.0.2.1", 9}};
	struct diag d;

	for (size_t i = 0; i < 2; i++) {
		if (pattern_search(p, t->matcher, all[i], true) <= 0)
			continue;
		diag_init(&d);
		(void)diag_fail(&d, 0, value_place(v),
		    "this ignoreregex takes every line%s, so that nobody is found",
		    i > 0 ? " with an address" : "");
		diag_remedy(
		    &d, "say what is special about the lines to be ignored, or leave it empty");
		tell(t, &d);
		return;
	}
}

static void
doubt_regex(struct doubt *t, const struct value *v, bool ignore)
{
	struct pattern *p = NULL;
	struct buf line;

	if (v->kind == VALUE_LIST || v->kind == VALUE_TUPLE) {
		for (size_t i = 0; i < value_count(v); i++)
			doubt_regex(t, value_at(v, i), ignore);
		return;
	}
	if (v->kind != VALUE_TEXT || t->known.n == KNOWN_MAX ||
	    table_get(&t->known, v->text) != NULL)
		return;
	(void)table_put(&t->known, v->text, (void *)(uintptr_t)v); /* there was none */
	/* What is wrong has been told by command_check(). */
	if (pattern_new(&p, v->text, 0, value_place(v), NULL) < 0)
		return;
	doubt_written(t, v);
	if (ignore)
		doubt_ignoreregex(t, v, p);
	buf_init(&line, 4096);
	if (runaway_find(p, t->matcher, &line))
		tell_runaway(t, v, &line);
	buf_done(&line);
	pattern_free(p);
}

static void
doubt_failregex(struct doubt *t, const struct value *v)
{
	doubt_regex(t, v, false);
}

static void
doubt_ignored(struct doubt *t, const struct value *v)
{
	doubt_regex(t, v, true);
}

/* A pattern that takes no part of a date, as "YYYY-MM-DD": other programs' words. */
static void
doubt_datepattern(struct doubt *t, const struct value *v)
{
	struct slice rest = v->text, line;
	struct diag d;
	struct buf shown;

	while (v->kind == VALUE_TEXT && slice_next(&rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.n == 0 || slice_find_char(line, '%', 0) >= 0 ||
		    slice_find_char(line, '{', 0) >= 0 || slice_find_char(line, '(', 0) >= 0 ||
		    slice_find(line, SLICE("EPOCH"), 0) >= 0)
			continue;
		diag_init(&d);
		shown_add(&shown, line);
		(void)diag_fail(&d, 0, value_place(v), "datepattern: '%s' takes no part of a date",
		    buf_cstr(&shown));
		diag_remedy(&d,
		    "write %%%%Y for the year, %%%%m, %%%%d, %%%%H, %%%%M, %%%%S, as in "
		    "%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%S");
		buf_done(&shown);
		tell(t, &d);
	}
}

/* ---- values ---- */

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
	struct diag d;
	struct buf shown;
	uint64_t prefix;
	int r = addr_parse(v->text, &a);

	/* With '#' alone a comment was meant, which has been told, as has a mask with a hole. */
	if ((r == 0 && a.plen > 0) || (r == -EINVAL && is_host(v->text)) ||
	    (r == -EDOM &&
		slice_u64(slice_from(v->text, (size_t)slash + 1), UINT32_MAX, &prefix) < 0) ||
	    slice_starts(v->text, SLICE("file:")) || slice_eq(v->text, SLICE("#")))
		return;
	diag_init(&d);
	shown_add(&shown, v->text);
	if (r == 0)
		(void)diag_fail(&d, 0, value_place(v),
		    "ignoreip: '%s' is every address, so that nobody is banned", buf_cstr(&shown));
	else if (r == -EDOM)
		(void)diag_fail(&d, 0, value_place(v),
		    "ignoreip: '%s' has a prefix longer than the address, and counts as that alone",
		    buf_cstr(&shown));
	else
		(void)diag_fail(&d, 0, value_place(v),
		    "ignoreip: '%s' is no address, no network and no name of a host",
		    buf_cstr(&shown));
	diag_remedy(&d, "%s", ignore_remedy);
	buf_done(&shown);
	tell(t, &d);
}

static void
doubt_maxretry(struct doubt *t, const struct value *v)
{
	struct diag d;

	if (v->kind != VALUE_INT || v->number > 0)
		return;
	diag_init(&d);
	(void)diag_fail(&d, 0, value_place(v),
	    "maxretry: %lld is taken for 1: the first failure leads to a ban",
	    (long long)v->number);
	diag_remedy(
	    &d, "write how many failures lead to a ban; to leave a jail off, enabled = false");
	tell(t, &d);
}

static void
doubt_findtime(struct doubt *t, const struct value *v)
{
	double seconds;
	struct diag d;

	if (v->kind != VALUE_TEXT || duration_seconds(v->text, &seconds, NULL) < 0 || seconds > 0)
		return;
	diag_init(&d);
	(void)diag_fail(
	    &d, 0, value_place(v), "findtime is no time at all, so that no failure counts");
	diag_remedy(&d, "write a duration, as in 10m");
	tell(t, &d);
}

static void
doubt_bantime(struct doubt *t, const struct value *v)
{
	double seconds;
	struct diag d;

	if (v->kind != VALUE_TEXT || duration_seconds(v->text, &seconds, NULL) < 0 || seconds != 0)
		return;
	diag_init(&d);
	(void)diag_fail(
	    &d, 0, value_place(v), "bantime is no time at all, so that nobody is banned");
	diag_remedy(&d, "write a duration, as in 10m, or -1 for bans that do not end");
	tell(t, &d);
}

/* Bans that grow are reckoned when the second one comes; what cannot be reckoned is told now. */
static void
doubt_growth(struct doubt *t, const struct value *v, const struct escalate *e, unsigned count,
    const char *option, const char *remedy)
{
	struct buf shown;
	struct diag d, why;
	double seconds;

	diag_init(&why);
	if (v->kind != VALUE_TEXT || escalate_bantime(e, 600, count, 0, &seconds, &why) == 0)
		return;
	diag_init(&d);
	shown_add(&shown, v->text);
	(void)diag_fail(&d, 0, value_place(v),
	    "bantime.%s: '%s' cannot be reckoned (%s), so that the ban time does not grow", option,
	    buf_cstr(&shown), why.text);
	diag_remedy(&d, "%s", remedy);
	buf_done(&shown);
	tell(t, &d);
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

	for (size_t i = 0; i < value_count(commands); i++) {
		const struct value *c = value_at(commands, i);

		t.jail = value_at(c, 1);
		for (size_t k = 0; k < sizeof(looks) / sizeof(looks[0]); k++)
			for (size_t n = 3; n < value_count(c); n++)
				if (value_is_text(value_at(c, 2), slice_cstr(looks[k].option)))
					looks[k].look(&t, value_at(c, n));
	}
	table_done(&t.known);
	matcher_free(t.matcher);
}
