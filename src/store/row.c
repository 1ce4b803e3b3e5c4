#include "store/row.h"

#include "store/rowplain.h"
#include "util/escape.h"

#include <jansson.h>

/*
 * Written here, as the form is always the same and a tree of JSON took a sixth of a ban's time; read
 * by a library, where it is not just that form (rowplain.h), as what stands there may be anything.
 */

/* Lists within an attribute, as of the users of a session, are joined with this. */
#define SEPARATOR ", "

/* Adds the character at the start of s, which does not stand for itself; returns its length. */
static size_t
add_special(struct buf *out, struct slice s)
{
	static const char names[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *named = memchr(names, s.p[0], sizeof(names) - 1);
	uint32_t code = 0xfffd;
	size_t n = utf8_next(s, &code);

	if (named != NULL)
		buf_add(out, slice_of((const char[]){'\\', letters[named - names]}, 2));
	else if (n == 1)
		buf_printf(out, "\\u%04x", (unsigned)code);
	else
		utf8_add(out, code);
	return n > 0 ? n : 1;
}

static void
add_text(struct buf *out, struct slice s)
{
	s = slice_upto(s, ROW_DATA_MAX);
	buf_add_char(out, '"');
	while (s.n > 0) {
		size_t n = rowplain_length(s);

		buf_add(out, slice_upto(s, n));
		s = slice_from(s, n);
		if (s.n > 0)
			s = slice_from(s, add_special(out, s));
	}
	buf_add_char(out, '"');
}

/* [before, date, after]: how the match that opened a record is kept. */
static void
add_cut(struct buf *out, struct slice line, struct match_cut cut)
{
	buf_add_char(out, '[');
	add_text(out, slice_upto(line, cut.before));
	line = slice_from(line, cut.before);
	buf_add_cstr(out, ", ");
	add_text(out, slice_upto(line, cut.date));
	buf_add_cstr(out, ", ");
	add_text(out, slice_from(line, cut.date));
	buf_add_char(out, ']');
}

static void
add_matches(struct buf *out, const struct ticket *t, size_t max)
{
	size_t count = ticket_match_count(t), from = count > max ? count - max : 0;
	struct match_cut cut = details_cut(t->more);

	buf_add_cstr(out, "\"matches\": [");
	for (size_t i = from; i < count; i++) {
		if (i > from)
			buf_add_cstr(out, ", ");
		if (i == 0 && cut.date > 0)
			add_cut(out, ticket_match(t, i), cut);
		else
			add_text(out, ticket_match(t, i));
	}
	buf_add_cstr(out, "], ");
}

bool
row_owns(struct slice name)
{
	return slice_eq(name, SLICE("matches")) || slice_eq(name, SLICE("failures"));
}

static void
add_attr(struct buf *out, struct slice name, struct slice value)
{
	buf_add_cstr(out, ", ");
	add_text(out, slice_upto(name, ROW_NAME_MAX));
	buf_add_cstr(out, ": ");
	add_text(out, value);
}

void
row_format(struct buf *out, const struct ticket *t, size_t max_matches)
{
	struct details_attr a;
	struct slice ip;
	size_t at = 0;

	buf_add_char(out, '{');
	if (max_matches > 0)
		add_matches(out, t, max_matches);
	buf_printf(out, "\"failures\": %u", t->failures);
	while (ticket_next_attr(t, &at, &a))
		if (!row_owns(a.name))
			add_attr(out, a.name, a.value);
	if (ticket_has_ip(t) && !ticket_attr(t, SLICE("ip"), &ip))
		add_attr(out, SLICE("ip"), ticket_ip(t));
	buf_add_char(out, '}');
}

static struct slice
text_of(const json_t *v)
{
	return slice_of(json_string_value(v), json_string_length(v));
}

/* Adds a text, or a list of texts with a separator between; other kinds add nothing. */
static void
add_texts(struct buf *out, const json_t *v, const char *separator)
{
	size_t i;
	json_t *item;

	if (json_is_string(v))
		buf_add(out, text_of(v));
	json_array_foreach (v, i, item) {
		if (!json_is_string(item))
			continue;
		if (out->n > 0)
			buf_add_cstr(out, separator);
		buf_add(out, text_of(item));
	}
}

static void
take_matches(struct ticket *t, const json_t *list, size_t max)
{
	size_t n = json_array_size(list);
	struct buf line;

	buf_init(&line, ROW_DATA_MAX);
	for (size_t i = n > max ? n - max : 0; i < n; i++) {
		const json_t *match = json_array_get(list, i);

		buf_clear(&line);
		add_texts(&line, match, "");
		if (json_is_string(match) || json_is_array(match))
			ticket_add_match(t, buf_slice(&line), max);
	}
	buf_done(&line);
}

/* What stands behind an id of another kind is no attribute, but written as one. */
static bool
tells_ip(const struct ticket *t, struct slice name, struct slice value)
{
	return ticket_has_ip(t) && slice_eq(name, SLICE("ip")) && slice_eq(value, ticket_ip(t));
}

static void
take_attr(struct ticket *t, struct slice name, const json_t *v)
{
	struct buf text;

	buf_init(&text, ROW_DATA_MAX);
	if (json_is_integer(v))
		buf_printf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		add_texts(&text, v, SEPARATOR);
	if ((json_is_integer(v) || json_is_string(v) || json_array_size(v) > 0) &&
	    !tells_ip(t, name, buf_slice(&text)))
		ticket_set_attr(t, name, buf_slice(&text));
	buf_done(&text);
}

/* With the address seen, which attributes tell; read as those are, in text. */
static struct ticket *
ticket_of_name(struct slice id, const json_t *data, struct instant when)
{
	static const char *const keys[] = {"ip", "ip4", "ip6"};
	struct addr a = {.family = ADDR_NONE};
	struct ticket *t;
	struct buf text;

	buf_init(&text, ROW_DATA_MAX);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && a.family == ADDR_NONE; i++) {
		buf_clear(&text);
		add_texts(&text, json_object_get(data, keys[i]), SEPARATOR);
		if (addr_parse(buf_slice(&text), &a) < 0)
			a.family = ADDR_NONE;
	}
	t = ticket_new_addr(id, a.family != ADDR_NONE ? buf_slice(&text) : id, &a, when);
	buf_done(&text);
	return t;
}

static unsigned
count_of(const json_t *v)
{
	json_int_t n = json_integer_value(v);

	return n > 0 && n <= INT32_MAX ? (unsigned)n : 0;
}

/* fail2ban writes in the encoding of its locale, and reads what is none of it with such a sign. */
static json_t *
load(struct slice json)
{
	json_t *data = json_loadb(json.p, json.n, JSON_ALLOW_NUL, NULL);
	struct buf text;

	if (data != NULL)
		return data;
	buf_init(&text, 3 * ROW_DATA_MAX);
	if (utf8_repair(&text, json))
		data = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
	buf_done(&text);
	return data;
}

static void
take_all(struct ticket *t, json_t *data, size_t max_matches)
{
	const char *key;
	json_t *v;

	take_matches(t, json_object_get(data, "matches"), max_matches);
	t->failures = count_of(json_object_get(data, "failures"));
	json_object_foreach (data, key, v) {
		struct slice name = slice_cstr(key);

		if (!row_owns(name) && name.n <= ROW_NAME_MAX && details_attr_count(t->more) < DOOR_ATTRS_MAX)
			take_attr(t, name, v);
	}
}

struct ticket *
row_ticket(struct slice id, struct instant when, struct slice json, size_t max_matches)
{
	char canonical[ADDR_TEXT_MAX];
	struct addr addr;
	struct ticket *t;
	json_t *data;

	if (json.n > ROW_DATA_MAX)
		json = SLICE_EMPTY;
	if (addr_parse(id, &addr) < 0) {
		data = load(json);
		t = ticket_of_name(id, data, when);
	} else {
		/* Others write into the database too, as they please. */
		id = addr_text(&addr, canonical);
		t = ticket_new_addr(id, id, &addr, when);
		if (rowplain_read(json, t, max_matches))
			return t;
		data = load(json);
	}
	take_all(t, data, max_matches);
	json_decref(data);
	return t;
}
