#ifndef F2B_TESTS_JSON_H
#define F2B_TESTS_JSON_H

/* JSON read as values, by another reader than what wrote it. After cmocka.h. */

#include "value/value.h"

#include <jansson.h>

static inline struct value *json_take(struct arena *a, const json_t *json);

static inline struct value *
json_take_array(struct arena *a, const json_t *json)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < json_array_size(json); i++)
		value_add(a, list, json_take(a, json_array_get(json, i)));
	return list;
}

static inline struct value *
json_take_object(struct arena *a, const json_t *json)
{
	struct value *map = value_map(a);
	json_t *lent = (json_t *)(uintptr_t)json; /* the walk changes nothing */

	for (void *i = json_object_iter(lent); i != NULL; i = json_object_iter_next(lent, i))
		value_put(a, map, value_cstr(a, json_object_iter_key(i)), json_take(a, json_object_iter_value(i)));
	return map;
}

static inline struct value *
json_take(struct arena *a, const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return json_take_object(a, json);
	case JSON_ARRAY:
		return json_take_array(a, json);
	case JSON_STRING:
		return value_text(a, slice_of(json_string_value(json), json_string_length(json)));
	case JSON_INTEGER:
		return value_int(a, json_integer_value(json));
	case JSON_REAL:
		return value_float(a, json_real_value(json));
	case JSON_NULL:
		return value_nil(a);
	default:
		return value_bool(a, json_is_true(json));
	}
}

/* Arrays become lists, objects maps. What is no JSON, or has a key twice, fails the test. */
static inline struct value *
json_read(struct arena *a, struct slice text)
{
	json_error_t error;
	json_t *json = json_loadb(
	    text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	struct value *v;

	if (json == NULL)
		fail_msg("%d:%d: %s", error.line, error.column, error.text);
	v = json_take(a, json);
	json_decref(json);
	return v;
}

#endif
