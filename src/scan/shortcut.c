#include "scan/shortcut.h"

#define LITERAL_MIN 3
#define LITERAL_MAX 32

/* ---- in a regex ---- */

/* A way through a regex. */
struct reader {
	struct slice regex;
	size_t at;
	unsigned depth; /* groups that are open */
};

/* Flags change what letters mean, and a comment is none of it. */
static bool
says_what_it_means(struct slice regex)
{
	ptrdiff_t at = -1;

	while ((at = slice_find(regex, SLICE("(?"), (size_t)(at + 1))) >= 0) {
		struct slice rest = slice_from(regex, (size_t)at + 2);

		if (rest.n > 0 && slice_find_char(SLICE("aiLmsux-#"), rest.p[0], 0) >= 0)
			return false;
	}
	return true;
}

/* The byte at place at, or NUL behind the end. */
static char
peek(const struct reader *r, size_t at)
{
	return at < r->regex.n ? r->regex.p[at] : '\0';
}

static void
skip_set(struct reader *r)
{
	r->at += peek(r, r->at + 1) == '^' ? 2 : 1;
	if (peek(r, r->at) == ']')
		r->at++;
	while (r->at < r->regex.n && peek(r, r->at) != ']')
		r->at += peek(r, r->at) == '\\' ? 2 : 1;
	r->at++;
}

/* One character, or what stands for one. */
static void
skip_one(struct reader *r)
{
	char c = peek(r, r->at);

	r->depth += c == '(';
	r->depth -= c == ')';
	if (c == '[')
		skip_set(r);
	else
		r->at += c == '\\' ? 2 : 1;
}

static bool
quantifier(char c)
{
	return slice_find_char(SLICE("*+?{"), c, 0) >= 0;
}

/* The character of a regex at place at, if it stands for itself; 0 if not. *n is how long it is. */
static char
plain(const struct reader *r, size_t at, size_t *n)
{
	char c = peek(r, at);

	*n = c == '\\' ? 2 : 1;
	if (c == '\\') {
		c = peek(r, at + 1);
		return char_alnum(c) || (unsigned char)c > 127 ? '\0' : c;
	}
	return slice_find_char(SLICE(".^$*+?{}[]|()"), c, 0) >= 0 || (unsigned char)c > 127 ? '\0'
											    : c;
}

/* The literal that stands at place at. */
static size_t
read_literal(const struct reader *r, size_t at, char bytes[LITERAL_MAX])
{
	size_t count = 0, n;
	char c;

	while (count < LITERAL_MAX && (c = plain(r, at, &n)) != '\0') {
		if (quantifier(peek(r, at + n)))
			break;
		bytes[count++] = c;
		at += n;
	}
	return count;
}

/* True at ".*" or ".+" that takes all it can. */
static bool
at_greedy(const struct reader *r)
{
	char c = peek(r, r->at + 1), behind = peek(r, r->at + 2);

	return peek(r, r->at) == '.' && (c == '*' || c == '+') && !quantifier(behind);
}

static bool
take_lazily(struct shortcut *s, struct arena *a, const struct reader *r, struct buf *out)
{
	char bytes[LITERAL_MAX];
	size_t n;

	if (r->depth > 0 || s->lone_count == SHORTCUT_LONE_MAX)
		return false;
	n = read_literal(r, r->at + 2, bytes);
	if (n < LITERAL_MIN)
		return false;
	s->lone[s->lone_count++] = arena_copy(a, slice_of(bytes, n));
	buf_add(out, slice_of(r->regex.p + r->at, 2));
	buf_add_char(out, '?');
	return true;
}

/* True if the end of the text stands at place at, maybe behind ends of groups. */
static bool
at_end(const struct reader *r, size_t at)
{
	while (peek(r, at) == ')')
		at++;
	return peek(r, at) == '$';
}

/* The places where ".+" may end are the same, in the same order. */
static bool
take_all(struct shortcut *s, const struct reader *r, struct buf *out)
{
	if (!at_end(r, r->at + 2))
		return false;
	s->one_line = true;
	buf_add_cstr(out, "(?:(?s:.+)(?<!\\n)");
	buf_add_cstr(out, peek(r, r->at + 1) == '*' ? "|)" : ")");
	return true;
}

bool
shortcut_read(struct shortcut *s, struct arena *a, struct slice regex, struct buf *out)
{
	struct reader r = {.regex = regex};

	*s = (struct shortcut){0};
	if (!says_what_it_means(regex))
		return false;
	while (r.at < regex.n) {
		size_t start = r.at;

		if (at_greedy(&r) && (take_lazily(s, a, &r, out) || take_all(s, &r, out))) {
			r.at += 2;
			continue;
		}
		skip_one(&r);
		buf_add(out, slice_of(regex.p + start, r.at - start));
	}
	return s->lone_count > 0 || s->one_line;
}

/* ---- in a text ---- */

#define STEP 16 /* places looked at together */
typedef unsigned char places __attribute__((vector_size(STEP)));

/* Which of the bytes from p on are c. */
static inline places
equal(const char *p, char c)
{
	places bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return (places)(bytes == (unsigned char)c - (places){0});
}

static inline bool
any(places found)
{
	uint64_t words[STEP / sizeof(uint64_t)];

	memcpy(words, &found, sizeof(words));
	return (words[0] | words[1]) != 0;
}

/* How often want begins in the n places of text from at on. */
static size_t
count_at(struct slice text, struct slice want, size_t at, size_t n)
{
	size_t count = 0;

	for (const char *p = text.p + at; p < text.p + at + n; p++)
		count += p[want.n - 1] == want.p[want.n - 1] && p[0] == want.p[0] &&
			 memcmp(p, want.p, want.n) == 0;
	return count;
}

/* Two bytes of it tell most places apart. */
static bool
twice(struct slice text, struct slice want)
{
	size_t middle = want.n / 2, last = want.n - 1, at = 0, count = 0;

	for (; at + last + STEP <= text.n; at += STEP) {
		const char *p = text.p + at;

		if (any(equal(p + middle, want.p[middle]) & equal(p + last, want.p[last])))
			count += count_at(text, want, at, STEP);
		if (count > 1)
			return true;
	}
	if (at + last < text.n)
		count += count_at(text, want, at, text.n - last - at);
	return count > 1;
}

static bool
one_line(struct slice text)
{
	ptrdiff_t newline = slice_find_char(text, '\n', 0);

	return newline < 0 || (size_t)newline + 1 == text.n;
}

bool
shortcut_holds(const struct shortcut *s, struct slice text)
{
	if (s->one_line && !one_line(text))
		return false;
	for (size_t i = 0; i < s->lone_count; i++)
		if (twice(text, s->lone[i]))
			return false;
	return true;
}
