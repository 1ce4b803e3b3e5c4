#include "value/value.h"

static struct value *
make(struct arena *a, enum value_kind kind)
{
	struct value *v = ARENA_NEW(a, struct value);

	v->kind = kind;
	return v;
}

struct value *
value_nil(struct arena *a)
{
	return make(a, VALUE_NIL);
}

struct value *
value_bool(struct arena *a, bool truth)
{
	struct value *v = make(a, VALUE_BOOL);

	v->truth = truth;
	return v;
}

struct value *
value_int(struct arena *a, int64_t number)
{
	struct value *v = make(a, VALUE_INT);

	v->number = number;
	return v;
}

struct value *
value_float(struct arena *a, double real)
{
	struct value *v = make(a, VALUE_FLOAT);

	v->real = real;
	return v;
}

struct value *
value_text_lent(struct arena *a, struct slice text)
{
	struct value *v = make(a, VALUE_TEXT);

	v->text = text;
	return v;
}

struct value *
value_text(struct arena *a, struct slice text)
{
	return value_text_lent(a, arena_copy(a, text));
}

struct value *
value_cstr(struct arena *a, const char *text)
{
	return value_text(a, slice_cstr(text));
}

struct value *
value_printf(struct arena *a, const char *format, ...)
{
	struct value *v;
	va_list args;

	va_start(args, format);
	v = value_text_lent(a, arena_vprintf(a, format, args));
	va_end(args);
	return v;
}

struct value *
value_list(struct arena *a)
{
	return make(a, VALUE_LIST);
}

struct value *
value_tuple(struct arena *a)
{
	return make(a, VALUE_TUPLE);
}

struct value *
value_set(struct arena *a)
{
	return make(a, VALUE_SET);
}

struct value *
value_map(struct arena *a)
{
	return make(a, VALUE_MAP);
}

static void
append(struct arena *a, struct value *seq, struct value *item)
{
	seq->seq.items = arena_room(
	    a, seq->seq.items, seq->seq.count, &seq->seq.cap, sizeof(*seq->seq.items), 4);
	seq->seq.items[seq->seq.count++] = item;
}

struct value *
value_add(struct arena *a, struct value *seq, struct value *item)
{
	append(a, seq, item);
	return seq;
}

struct value *
value_pair(struct arena *a, struct value *first, struct value *second)
{
	return value_add(a, value_add(a, value_tuple(a), first), second);
}

struct value *
value_put(struct arena *a, struct value *map, struct value *key, struct value *item)
{
	for (size_t i = 0; i < map->seq.count; i += 2) {
		if (value_eq(map->seq.items[i], key)) {
			map->seq.items[i + 1] = item;
			return map;
		}
	}
	append(a, map, key);
	append(a, map, item);
	return map;
}

struct value *
value_put_cstr(struct arena *a, struct value *map, const char *key, struct value *item)
{
	return value_put(a, map, value_cstr(a, key), item);
}

struct value *
value_error(struct arena *a, enum value_error kind, const char *format, ...)
{
	struct value *v = make(a, VALUE_ERROR);
	va_list args;

	va_start(args, format);
	v->error.kind = kind;
	v->error.args =
	    value_add(a, value_tuple(a), value_text_lent(a, arena_vprintf(a, format, args)));
	va_end(args);
	return v;
}

struct value *
value_at(const struct value *v, size_t index)
{
	if (v == NULL || (v->kind != VALUE_LIST && v->kind != VALUE_TUPLE))
		return NULL;
	return index < v->seq.count ? v->seq.items[index] : NULL;
}

struct value *
value_get(const struct value *map, struct slice key)
{
	if (map == NULL || map->kind != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->seq.count; i += 2) {
		if (value_is_text(map->seq.items[i], key))
			return map->seq.items[i + 1];
	}
	return NULL;
}

size_t
value_count(const struct value *v)
{
	if (v == NULL)
		return 0;
	switch (v->kind) {
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_SET:
		return v->seq.count;
	case VALUE_MAP:
		return v->seq.count / 2;
	default:
		return 0;
	}
}

struct place
value_place(const struct value *v)
{
	return v != NULL && v->at != NULL ? *v->at : (struct place){0};
}

bool
value_is_text(const struct value *v, struct slice s)
{
	return v != NULL && v->kind == VALUE_TEXT && slice_eq(v->text, s);
}

static bool
items_eq(const struct value *a, const struct value *b)
{
	if (a->seq.count != b->seq.count)
		return false;
	for (size_t i = 0; i < a->seq.count; i++) {
		if (!value_eq(a->seq.items[i], b->seq.items[i]))
			return false;
	}
	return true;
}

bool
value_eq(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NIL:
		return true;
	case VALUE_BOOL:
		return a->truth == b->truth;
	case VALUE_INT:
		return a->number == b->number;
	case VALUE_FLOAT:	/* what is not a number equals itself here */
		return a->real == b->real || (a->real != a->real && b->real != b->real);
	case VALUE_TEXT:
		return slice_eq(a->text, b->text);
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_SET:
	case VALUE_MAP:
		return items_eq(a, b);
	case VALUE_ERROR:
		return a->error.kind == b->error.kind && value_eq(a->error.args, b->error.args);
	}
	return false;
}

static void
copy_items(struct arena *a, struct value *out, const struct value *v)
{
	size_t n = v->seq.count;

	out->seq.items = n > 0 ? arena_array(a, n, sizeof(*out->seq.items)) : NULL;
	out->seq.cap = n;
	for (size_t i = 0; i < n; i++)
		out->seq.items[i] = value_copy(a, v->seq.items[i]);
}

struct value *
value_copy(struct arena *a, const struct value *v)
{
	struct value *out = ARENA_NEW(a, struct value);

	*out = *v;
	switch (v->kind) {
	case VALUE_TEXT:
		out->text = arena_copy(a, v->text);
		break;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_SET:
	case VALUE_MAP:
		copy_items(a, out, v);
		break;
	case VALUE_ERROR:
		out->error.args = value_copy(a, v->error.args);
		break;
	default:
		break;
	}
	return out;
}
