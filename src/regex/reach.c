#include "regex/reach.h"

/* So many pieces are tried at most, and groups within groups. */
#define TRIES_MAX 2000
#define DEPTH_MAX 20

struct search {
	struct matcher *m;
	struct slice regex, text;
	unsigned flags;
	bool ascii;
	unsigned tries;
	struct reach *best;
};

/* What of the regex is put together: all before from, opened groups and all. */
struct head {
	struct buf open;  /* the begin of the expression that is tried */
	struct buf close; /* what its open groups need behind */
};

static size_t
skip_set(struct slice s, size_t at)
{
	size_t i = at + 1;

	if (i < s.n && s.p[i] == '^')
		i++;
	if (i < s.n && s.p[i] == ']')
		i++;
	while (i < s.n && s.p[i] != ']')
		i += s.p[i] == '\\' ? 2 : 1;
	return i < s.n ? i + 1 : s.n;
}

/* Behind the ")" of the group that opens at at. */
static size_t
skip_group(struct slice s, size_t at)
{
	size_t depth = 0, i = at;

	while (i < s.n) {
		if (s.p[i] == '[') {
			i = skip_set(s, i);
			continue;
		}
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
		i++;
	}
	return s.n;
}

/* Behind "</F-NAME>" of the "<F-NAME>" at at, or behind the tag, or behind the "<". */
static size_t
skip_tag(struct slice s, size_t at)
{
	ptrdiff_t gt = slice_find_char(s, '>', at), end;
	char close[72] = "<";
	size_t n;

	if (gt < 0)
		return at + 1;
	n = (size_t)gt + 1 - at;
	if (!slice_starts(slice_from(s, at), SLICE("<F-")) || s.p[gt - 1] == '/' || n > 64)
		return slice_starts(slice_from(s, at), SLICE("<F-")) || char_upper(s.p[at + 1])
			   ? (size_t)gt + 1
			   : at + 1;
	close[1] = '/';
	memcpy(close + 2, s.p + at + 1, n - 1);
	end = slice_find(s, slice_of(close, n + 1), (size_t)gt);
	return end < 0 ? (size_t)gt + 1 : (size_t)end + n + 1;
}

static size_t
skip_quantifier(struct slice s, size_t at)
{
	size_t i = at;

	if (i < s.n && (s.p[i] == '*' || s.p[i] == '+' || s.p[i] == '?')) {
		i++;
	} else if (i < s.n && s.p[i] == '{') {
		ptrdiff_t end = slice_find_char(s, '}', i);

		i = end < 0 ? i : (size_t)end + 1;
	}
	if (i > at && i < s.n && (s.p[i] == '?' || s.p[i] == '+'))
		i++;
	return i;
}

/* The end of the piece at at, with its quantifier. A word is one piece. */
static size_t
piece_end(struct slice s, size_t at)
{
	size_t end = at + 1;

	if (s.p[at] == '\\')
		end = at + 2 <= s.n ? at + 2 : s.n;
	else if (s.p[at] == '[')
		end = skip_set(s, at);
	else if (s.p[at] == '(')
		end = skip_group(s, at);
	else if (s.p[at] == '<')
		end = skip_tag(s, at);
	else if (char_alpha(s.p[at]))
		while (end < s.n && char_alpha(s.p[end]) && skip_quantifier(s, end + 1) == end + 1)
			end++;
	while (end < s.n && ((unsigned char)s.p[end] & 0xc0) == 0x80)
		end++;
	return skip_quantifier(s, end);
}

/* 1: what is put together matches, and is noted if it goes farther; 0: it does not; -1: is none. */
static int
try_prefix(struct search *r, const struct head *h, size_t regex_n)
{
	struct pattern *p = NULL;
	size_t start, end;
	struct buf whole;
	int found;

	if (++r->tries > TRIES_MAX)
		return 0;
	buf_init(&whole, h->open.max_bytes);
	buf_add(&whole, buf_slice(&h->open));
	buf_add(&whole, buf_slice(&h->close));
	found = pattern_new(&p, buf_slice(&whole), r->flags, (struct place){0}, NULL);
	buf_done(&whole);
	if (found < 0)
		return -1;
	matcher_begin(r->m);
	found = pattern_search(p, r->m, r->text, r->ascii) > 0;
	if (found && matcher_group(r->m, 0, &start, &end) &&
	    (end > r->best->end || (end == r->best->end && regex_n > r->best->regex_n)))
		*r->best = (struct reach){.matched = regex_n == r->regex.n,
		    .regex_n = regex_n,
		    .start = start,
		    .end = end};
	pattern_free(p);
	return found;
}

static void walk(struct search *r, struct head *h, size_t from, size_t to, unsigned depth);

/* How long the opening of the group at at is, "(?:" or "<F-USER>"; 0 if none that can be entered.
 */
static size_t
group_opening(struct slice s, size_t at, struct slice *close)
{
	struct slice rest = slice_from(s, at);
	ptrdiff_t gt = slice_find_char(s, '>', at);

	*close = SLICE(")");
	if (slice_starts(rest, SLICE("(?:")))
		return 3;
	if ((slice_starts(rest, SLICE("(?P<")) || slice_starts(rest, SLICE("<F-"))) && gt >= 0 &&
	    s.p[gt - 1] != '/')
		return (size_t)gt + 1 - at;
	return slice_starts(rest, SLICE("(")) && !slice_starts(rest, SLICE("(?")) ? 1 : 0;
}

static void
enter_group(struct search *r, struct head *h, size_t at, size_t end, unsigned depth)
{
	size_t open_n = h->open.n;
	struct slice close, rest;
	size_t n = group_opening(r->regex, at, &close), to = end;
	struct buf outer;

	if (n == 0 || depth >= DEPTH_MAX)
		return;
	/* The end tag, or ")" and a quantifier, stand outside. */
	rest = slice_of(r->regex.p + at, end - at);
	if (rest.p[0] == '<')
		to = at + (size_t)(slice_find(rest, SLICE("</F-"), 0) > 0
				       ? slice_find(rest, SLICE("</F-"), 0)
				       : (ptrdiff_t)n);
	else
		while (to > at && r->regex.p[to - 1] != ')')
			to--;
	if (rest.p[0] == '(' && to > at)
		to--;
	buf_init(&outer, h->close.max_bytes);
	buf_add(&outer, buf_slice(&h->close));
	buf_clear(&h->close);
	if (rest.p[0] == '<')
		buf_printf(&h->close, "</%.*s", (int)(n - 1), rest.p + 1);
	else
		buf_add(&h->close, close);
	buf_add(&h->close, buf_slice(&outer));
	buf_add(&h->open, slice_upto(rest, n));
	walk(r, h, at + n, to, depth + 1);
	buf_cut(&h->open, open_n);
	buf_clear(&h->close);
	buf_add(&h->close, buf_slice(&outer));
	buf_done(&outer);
}

/* Each alternative between from and to by itself, as far as it goes. */
static void
walk(struct search *r, struct head *h, size_t from, size_t to, unsigned depth)
{
	struct slice s = slice_upto(r->regex, to);
	size_t open_n = h->open.n, at = from;
	bool failed = false;

	while (at < to) {
		size_t end = piece_end(s, at), before = h->open.n;
		int found;

		if (s.p[at] == '|') {
			buf_cut(&h->open, open_n);
			failed = false;
			at++;
			continue;
		}
		if (failed) {
			at = end;
			continue;
		}
		buf_add(&h->open, slice_of(s.p + at, end - at));
		found = try_prefix(r, h, end);
		if (found == 0) {
			failed = true;
			buf_cut(&h->open, before);
			enter_group(r, h, at, end, depth);
		}
		at = end;
	}
	buf_cut(&h->open, open_n);
}

void
reach_find(struct reach *out, struct matcher *m, struct slice regex, unsigned flags,
    struct slice text, bool ascii)
{
	struct search r = {m, regex, text, flags, ascii, 0, out};
	struct head h;

	*out = (struct reach){0};
	buf_init(&h.open, regex.n + 4096);
	buf_init(&h.close, 4096);
	buf_add(&h.open, regex);
	if (try_prefix(&r, &h, regex.n) == 0) {
		buf_clear(&h.open);
		walk(&r, &h, 0, regex.n, 0);
		out->matched = false;
		if (out->regex_n < regex.n)
			out->next_n = piece_end(regex, out->regex_n) - out->regex_n;
	}
	buf_done(&h.open);
	buf_done(&h.close);
}
