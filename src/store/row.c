#include "store/row.h"

#include "util/escape.h"

#include <jansson.h>

/* Lists within an attribute, as of the users of a session, are joined with this. */
#define SEPARATOR ", "

/* s in UTF-8, in out if it was not. */
static struct slice
valid_utf8(struct buf *out, struct slice s)
{
	struct slice rest = s;
	uint32_t code;
	size_t n;

	buf_clear(out);
	while (rest.n > 0 && (n = utf8_next(rest, &code)) > 0)
		rest = slice_from(rest, n);
	if (rest.n == 0)
		return s;
	for (rest = s; rest.n > 0; rest = slice_from(rest, n)) {
		n = utf8_next(rest, &code);
		if (n > 0)
			buf_add(out, slice_upto(rest, n));
		else
			utf8_add(out, 0xfffd);
		n += n == 0;
	}
	return buf_slice(out);
}

static json_t *
text_new(struct slice s)
{
	struct buf utf8;
	json_t *text;

	buf_init(&utf8, 4 * ROW_DATA_MAX);
	s = valid_utf8(&utf8, slice_upto(s, ROW_DATA_MAX));
	text = json_stringn(s.p, s.n);
	buf_done(&utf8);
	return text;
}

/* [before, date, after]: how the match that opened a record is kept. */
static json_t *
cut_new(const struct ticket *t)
{
	struct slice line = ticket_match(t, 0);
	struct ticket_cut cut = ticket_cut(t);
	json_t *list = json_array();

	(void)json_array_append_new(list, text_new(slice_upto(line, cut.before)));
	line = slice_from(line, cut.before);
	(void)json_array_append_new(list, text_new(slice_upto(line, cut.date)));
	(void)json_array_append_new(list, text_new(slice_from(line, cut.date)));
	return list;
}

static json_t *
matches_new(const struct ticket *t, size_t max)
{
	size_t count = ticket_match_count(t), from = count > max ? count - max : 0;
	bool cut = ticket_cut(t).date > 0;
	json_t *list = json_array();

	for (size_t i = from; i < count; i++)
		(void)json_array_append_new(
		    list, i == 0 && cut ? cut_new(t) : text_new(ticket_match(t, i)));
	return list;
}

static void
set_text(json_t *object, struct slice name, struct slice value)
{
	struct buf key;

	buf_init(&key, 4 * ROW_ID_MAX);
	name = valid_utf8(&key, slice_upto(name, ROW_ID_MAX));
	(void)json_object_setn_new(object, name.p, name.n, text_new(value));
	buf_done(&key);
}

static int
add_piece(const char *p, size_t n, void *out)
{
	buf_add(out, slice_of(p, n));
	return 0;
}

/* Whether the attributes tell the address; address_of() looks there. */
static bool
knows_address(const struct ticket *t)
{
	struct slice value;

	return slice_eq(t->id, t->ip) || ticket_attr(t, SLICE("ip"), &value) ||
	       ticket_attr(t, SLICE("ip4"), &value) || ticket_attr(t, SLICE("ip6"), &value);
}

void
row_format(struct buf *out, const struct ticket *t, size_t max_matches)
{
	json_t *object = json_object();
	struct ticket_attr a;
	size_t at = 0;

	if (max_matches > 0)
		(void)json_object_set_new(object, "matches", matches_new(t, max_matches));
	(void)json_object_set_new(object, "failures", json_integer((json_int_t)t->failures));
	while (ticket_next_attr(t, &at, &a))
		set_text(object, a.name, a.value);
	if (!knows_address(t))
		set_text(object, SLICE("ip"), t->ip);
	(void)json_dump_callback(object, add_piece, out, JSON_PRESERVE_ORDER);
	json_decref(object);
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

static void
take_attr(struct ticket *t, struct slice name, const json_t *v)
{
	struct buf text;

	buf_init(&text, ROW_DATA_MAX);
	if (json_is_integer(v))
		buf_printf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		add_texts(&text, v, SEPARATOR);
	if (json_is_integer(v) || json_is_string(v) || json_array_size(v) > 0)
		ticket_set_attr(t, name, buf_slice(&text));
	buf_done(&text);
}

/* The address seen, where what is banned is none; read as attributes are, in text. */
static struct slice
address_of(struct slice id, const json_t *data, struct buf *text)
{
	static const char *const keys[] = {"ip", "ip4", "ip6"};
	struct addr a;

	if (addr_parse(id, &a) == 0)
		return id;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *v = json_object_get(data, keys[i]);

		buf_clear(text);
		add_texts(text, v, SEPARATOR);
		if (addr_parse(buf_slice(text), &a) == 0)
			return buf_slice(text);
	}
	return id;
}

static unsigned
count_of(const json_t *v)
{
	json_int_t n = json_integer_value(v);

	return n > 0 && n <= INT32_MAX ? (unsigned)n : 0;
}

struct ticket *
row_ticket(struct slice id, struct instant when, struct slice json, size_t max_matches)
{
	json_t *data = NULL, *v;
	struct buf address;
	struct ticket *t;
	const char *key;
	size_t n;

	if (json.n <= ROW_DATA_MAX)
		data = json_loadb(json.p, json.n, JSON_ALLOW_NUL, NULL);
	buf_init(&address, ROW_DATA_MAX);
	t = ticket_new(id, address_of(id, data, &address), when);
	buf_done(&address);
	take_matches(t, json_object_get(data, "matches"), max_matches);
	t->failures = count_of(json_object_get(data, "failures"));
	json_object_keylen_foreach (data, key, n, v) {
		struct slice name = slice_of(key, n);

		if (slice_eq(name, SLICE("matches")) || slice_eq(name, SLICE("failures")))
			continue;
		if (name.n <= ROW_ID_MAX && ticket_attr_count(t) < DOOR_ATTRS_MAX)
			take_attr(t, name, v);
	}
	json_decref(data);
	return t;
}
