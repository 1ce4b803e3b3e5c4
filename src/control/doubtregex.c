#include "control/doubtregex.h"

#include "scan/runaway.h"
#include "util/escape.h"

#define KNOWN_MAX 20000 /* expressions; more of them are not looked at */

static void
tell_runaway(struct doubt *t, const struct value *v, const struct buf *line)
{
	struct buf shown;

	buf_init(&shown, 4096);
	escape_format(&shown, buf_slice(line));
	doubt_say(t, v,
	    "the regular expression can run away: a line that begins with '%s' and goes on so "
	    "costs more than a line may, and is passed over",
	    buf_cstr(&shown));
	buf_done(&shown);
	doubt_send(t, "two parts that repeat take the same text; let one of them take less, as "
		      "[^ ]+ does for .+");
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

	if ((part = find_frame(v->text)).n > 0) {
		doubt_say(t, v,
		    "'%s' around the regular expression is looked for in the log as well",
		    doubt_shown(t, part));
		doubt_send(t, "leave it out at both ends");
	} else if ((part = find_unseen(v->text)).n > 0) {
		doubt_say(t, v,
		    "the regular expression holds U+%04X, which looks like a blank or like nothing",
		    part.n == 2		  ? 0xa0u
		    : part.p[0] == '\xef' ? 0xfeffu
		    : part.p[2] == '\xaf' ? 0x202fu
					  : 0x200bu);
		doubt_send(t, "write a blank, or remove it");
	} else if ((part = find_comment(v->text)).n > 0) {
		doubt_say(t, v,
		    "'%s' belongs to the regular expression: behind a value only ';' begins a "
		    "comment",
		    doubt_shown(t, part));
		doubt_send(t, "put the comment on a line of its own");
	} else if ((part = find_words(v->text)).n > 0) {
		doubt_say(t, v, "'%s' in the regular expression is one character, any of these",
		    doubt_shown(t, part));
		doubt_send(t, "for brackets in the log write \\[ and \\]");
	} else if ((part = find_time(v->text)).n > 0 && !jail_sets(t, SLICE("datepattern"))) {
		doubt_say(t, v,
		    "'%s' in the regular expression looks for a time, but a line's date and time "
		    "are cut out before it is searched",
		    doubt_shown(t, part));
		doubt_send(t, "leave the date out; f2b-regex --explain shows what remains of a line");
	}
}

/* Each line that has an address, or each line at all. */
static void
doubt_ignoreregex(struct doubt *t, const struct value *v, struct pattern *p)
{
	static const struct slice all[] = {{"", 0}, {"192.0.2.1", 9}};

	for (size_t i = 0; i < 2; i++) {
		if (pattern_search(p, t->matcher, all[i], true) <= 0)
			continue;
		doubt_say(t, v,
		    "this ignoreregex takes every line%s, so that nobody is found",
		    i > 0 ? " with an address" : "");
		doubt_send(t, "say what is special about the lines to be ignored, or leave it empty");
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

void
doubt_failregex(struct doubt *t, const struct value *v)
{
	doubt_regex(t, v, false);
}

void
doubt_ignored(struct doubt *t, const struct value *v)
{
	doubt_regex(t, v, true);
}

/* A pattern that takes no part of a date, as "YYYY-MM-DD": other programs' words. */
void
doubt_datepattern(struct doubt *t, const struct value *v)
{
	struct slice rest = v->text, line;

	while (v->kind == VALUE_TEXT && slice_next(&rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.n == 0 || slice_find_char(line, '%', 0) >= 0 ||
		    slice_find_char(line, '{', 0) >= 0 || slice_find_char(line, '(', 0) >= 0 ||
		    slice_find(line, SLICE("EPOCH"), 0) >= 0)
			continue;
		doubt_say(t, v, "datepattern: '%s' takes no part of a date", doubt_shown(t, line));
		doubt_send(t,
		    "write %%Y for the year, %%m, %%d, %%H, %%M, %%S, as in "
		    "%%Y-%%m-%%d %%H:%%M:%%S");
	}
}
