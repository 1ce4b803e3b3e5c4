#include "config/optlist.h"

#include "config/text.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

/* Bytes at the start of s that may be in the name of an option. */
static size_t
option_word(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (text_word_char(s.p[n]) || s.p[n] == '-' || s.p[n] == '.'))
		n++;
	return n;
}

/* The name of an option up to its '=', "opt" or "opt?family=inet6"; 0 if there is none. */
static size_t
option_name(struct slice s)
{
	size_t n = option_word(s), key, value;

	if (n == 0)
		return 0;
	if (n < s.n && s.p[n] == '?') {
		key = option_word(slice_from(s, n + 1));
		if (key == 0 || n + 1 + key >= s.n || s.p[n + 1 + key] != '=')
			return 0;
		value = option_word(slice_from(s, n + key + 2));
		if (value == 0)
			return 0;
		n += key + value + 2;
	}
	return n < s.n && s.p[n] == '=' ? n : 0;
}

/* The list's closing bracket and the opening one of the next, "] [", at the start of s. */
static size_t
list_joint(struct slice s)
{
	struct slice rest;

	if (s.n == 0 || s.p[0] != ']')
		return 0;
	rest = text_ltrim(slice_from(s, 1));
	return rest.n > 0 && rest.p[0] == '[' ? (size_t)(rest.p - s.p) + 1 : 0;
}

/* What ends an option at the start of s: a comma, or the joint of two lists. */
static size_t
option_end(struct slice s)
{
	return s.n > 0 && s.p[0] == ',' ? 1 : list_joint(s);
}

/* Bytes of a value at the start of s as it is without quotes, even if it begins with one. */
static size_t
plain_value(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ',' && s.p[n] != ']')
		n++;
	return n;
}

/* Bytes of a value at the start of s, with its quotes if it has any; *quoted says so. */
static size_t
option_value(struct slice s, bool *quoted)
{
	*quoted = false;
	if (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\'')) {
		ptrdiff_t close = slice_find_char(s, s.p[0], 1);

		if (close > 0) {
			*quoted = true;
			return (size_t)close + 1;
		}
	}
	return plain_value(s);
}

/* The rest of the line for a message. */
static const char *
option_quote(struct arena *a, struct slice s)
{
	ptrdiff_t end = slice_find_char(s, '\n', 0);
	struct buf b;
	struct slice out;

	if (end >= 0)
		s = slice_upto(s, (size_t)end);
	buf_init(&b, 4096);
	escape_format(&b, slice_upto(s, 200));
	out = arena_copy(a, buf_slice(&b));
	buf_done(&b);
	return out.p;
}

/* Whether nothing more is in the list: white space, and one comma too many. */
static bool
list_over(struct slice s)
{
	if (s.n > 0 && s.p[0] == ',')
		s = slice_from(s, 1);
	return text_ltrim(s).n == 0;
}

/* The options between the brackets of text, which is what stands from offset to end. */
static int
options_parse(struct arena *a, const struct traced *text, size_t start, size_t end,
    struct section *out, struct diag *d)
{
	struct slice all = slice_upto(text->text, end);
	size_t at = start;

	while (!list_over(slice_from(all, at))) {
		struct slice s = text_ltrim(slice_from(all, at));
		size_t name_at = (size_t)(s.p - all.p), n = option_name(s), value_n;
		struct option o = {0};
		struct slice value;
		bool quoted;

		if (n == 0)
			return diag_fail(d, -EINVAL, traced_place(text, name_at, 1),
			    "expected option, wrong syntax at %zu: %s",
			    utf8_count(slice_of(all.p + start, at - start)),
			    option_quote(a, slice_from(all, at)));
		o.name = slice_upto(s, n);
		o.at = traced_place(text, name_at, n);
		at = name_at + n + 1;
		value_n = option_value(slice_from(all, at), &quoted);
		value = slice_upto(slice_from(all, at), value_n);
		if (quoted)
			value = slice_of(value.p + 1, value_n - 2);
		value = text_trim(value);
		o.value = traced_cut(a, text, (size_t)(value.p - all.p), value.n);
		if (section_put(a, out, &o, NULL) < 0)
			return diag_fail(
			    d, -EINVAL, o.at, "more than %d options", SECTION_MAX_OPTIONS);
		at += value_n;
		n = option_end(slice_from(all, at));
		if (n == 0 && at < end)
			return diag_fail(d, -EINVAL, traced_place(text, at, 1),
			    "unexpected syntax at %zu after option '%s': %s",
			    utf8_count(slice_of(all.p + start, at - start)),
			    option_quote(a, o.name), option_quote(a, slice_from(all, at)));
		at += n;
	}
	return 0;
}

int
optlist_parse(struct arena *a, const struct traced *text, struct optlist *out, struct diag *d)
{
	struct slice all = text_rtrim(text->text);
	ptrdiff_t open = slice_find_char(all, '[', 0);
	size_t name_n = open < 0 ? all.n : (size_t)open;

	*out = (struct optlist){.name = slice_upto(all, name_n)};
	if (open < 0)
		return 0;
	if (all.p[all.n - 1] != ']' || out->name.n == 0)
		return diag_fail(
		    d, -EINVAL, traced_place(text, name_n, 1), "unexpected option syntax");
	return options_parse(a, text, name_n + 1, all.n - 1, &out->options, d);
}

/*
 * Bytes of a value in quotes, with blanks behind it; 0 if it is none, for something else stands
 * behind. The next option may: a forgotten comma is told when the list is read.
 */
static size_t
quoted_value(struct slice s)
{
	struct slice behind;
	bool quoted;
	size_t n = option_value(s, &quoted);

	if (!quoted)
		return 0;
	behind = text_ltrim(slice_from(s, n));
	return behind.n == 0 || behind.p[0] == ',' || behind.p[0] == ']' || option_name(behind) > 0
		   ? (size_t)(behind.p - s.p)
		   : 0;
}

/* Where options may begin in a list whose end is looked for. */
struct search {
	struct slice s;
	size_t *places; /* still to be tried, the last one first */
	size_t count, cap;
	char *tried; /* for each byte of s whether it was such a place */
	size_t plain, plain_end; /* a value without quotes that begins between these ends there */
	size_t plain_next;	 /* and so does the next option begin here */
};

static void
search_later(struct search *f, size_t at)
{
	if (at >= f->s.n)
		return;
	f->places = mem_room(f->places, f->count, &f->cap, sizeof(*f->places), 16);
	f->places[f->count++] = at;
}

/*
 * Where the option behind a value without quotes would begin. Many may share that place, as in
 * x="a"y="b"z="c", and it is looked for once.
 */
static size_t
search_plain(struct search *f, size_t value)
{
	if (value < f->plain || value > f->plain_end) {
		f->plain = value;
		f->plain_end = value + plain_value(slice_from(f->s, value));
		f->plain_next = f->plain_end + option_end(slice_from(f->s, f->plain_end));
	}
	return f->plain_next;
}

/* Takes the option at a place. Returns where the list ends, if that is there; else 0. */
static size_t
search_step(struct search *f, size_t at)
{
	struct slice rest = text_ltrim(slice_from(f->s, at));
	size_t n;

	if (f->tried[at] != 0)
		return 0;
	f->tried[at] = 1;
	at = (size_t)(rest.p - f->s.p);
	if (rest.n > 0 && rest.p[0] == ']')
		return at + 1;
	n = option_name(rest);
	if (n == 0)
		return 0;
	at += n + 1;
	search_later(f, search_plain(f, at));
	n = quoted_value(slice_from(f->s, at));
	if (n > 0)
		search_later(f, at + n + option_end(slice_from(f->s, at + n)));
	return 0;
}

/*
 * Bytes of a list of options, with its brackets, at the start of s; 0 if it is not well-formed. A
 * value that begins with a quote is taken as one in quotes if that leads to the end of the list.
 */
static size_t
list_length(struct slice s)
{
	struct search f = {.s = s, .tried = mem_alloc(s.n)};
	size_t end = 0;

	search_later(&f, 1);
	while (end == 0 && f.count > 0)
		end = search_step(&f, f.places[--f.count]);
	mem_free(f.places);
	mem_free(f.tried);
	return end;
}

/* Bytes of a whole definition at the start of s, or 0. */
static size_t
definition_length(struct slice s)
{
	size_t n = 0, list;
	struct slice rest;

	while (n < s.n && s.p[n] != '[' && text_space(slice_from(s, n)) == 0)
		n++;
	rest = text_ltrim(slice_from(s, n));
	if (n == 0 || rest.n == 0 || rest.p[0] != '[')
		return 0;
	list = list_length(rest);
	if (list == 0)
		return 0;
	n = (size_t)(rest.p - s.p) + list;
	return n == s.n || text_space(slice_from(s, n)) > 0 ? n : 0;
}

bool
optlist_next(struct arena *a, const struct traced *text, size_t *rest, struct traced *definition)
{
	struct slice s = text_ltrim(slice_from(text->text, *rest));
	size_t at = (size_t)(s.p - text->text.p), n = definition_length(s);

	if (s.n == 0)
		return false;
	if (n == 0)
		while (n < s.n && text_space(slice_from(s, n)) == 0)
			n++;
	*definition = traced_cut(a, text, at, n);
	*rest = at + n;
	return true;
}
