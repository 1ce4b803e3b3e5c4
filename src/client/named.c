#include "client/named.h"

/* More than that are no names: they are compared with each other. */
#define NAMES_MAX 256

static bool
is_named(const struct value *v)
{
	size_t count = value_count(v);

	if (v->kind != VALUE_LIST || count == 0 || count > NAMES_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct value *pair = value_at(v, i), *name = value_at(pair, 0);

		if (pair->kind != VALUE_TUPLE || value_count(pair) != 2 || name->kind != VALUE_TEXT)
			return false;
		for (size_t k = 0; k < i; k++)
			if (value_is_text(value_at(value_at(v, k), 0), name->text))
				return false;
	}
	return true;
}

struct value *
named(struct arena *a, const struct value *reply)
{
	struct value *out;
	size_t count = value_count(reply);

	if (is_named(reply)) {
		out = value_map(a);
		for (size_t i = 0; i < count; i++)
			value_put(a, out, value_copy(a, value_at(value_at(reply, i), 0)),
			    named(a, value_at(value_at(reply, i), 1)));
		return out;
	}
	if (reply->kind == VALUE_MAP) {
		out = value_map(a);
		for (size_t i = 0; i < reply->seq.count; i += 2)
			value_put(a, out, value_copy(a, reply->seq.items[i]),
			    named(a, reply->seq.items[i + 1]));
		return out;
	}
	if (reply->kind != VALUE_LIST && reply->kind != VALUE_TUPLE)
		return value_copy(a, reply);
	out = reply->kind == VALUE_LIST ? value_list(a) : value_tuple(a);
	for (size_t i = 0; i < count; i++)
		value_add(a, out, named(a, value_at(reply, i)));
	return out;
}
