/* Values to JSON and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/json.h"
#include "value/value_json.h"

static struct arena arena;

static const char *
json(const struct value *v, unsigned indent)
{
	static char text[4096];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	assert_int_equal(value_json_format(&out, v, indent), 0);
	assert_false(buf_refused(&out));
	memcpy(text, buf_cstr(&out), out.n + 1);
	buf_done(&out);
	return text;
}

static void
kinds_have_their_json(void **state)
{
	struct arena *a = &arena;
	struct value *map = value_map(a);

	(void)state;
	assert_string_equal(json(value_nil(a), 0), "null");
	assert_string_equal(json(value_bool(a, false), 0), "false");
	assert_string_equal(json(value_int(a, INT64_MIN), 0), "-9223372036854775808");
	assert_string_equal(json(value_float(a, 0.1), 0), "0.1");
	assert_string_equal(json(value_float(a, 3), 0), "3.0");
	assert_string_equal(json(value_float(a, NAN), 0), "null");
	assert_string_equal(json(value_float(a, -INFINITY), 0), "null");
	assert_string_equal(json(value_text(a, SLICE("a\"\\\n\t\0\x1b[")), 0),
	    "\"a\\\"\\\\\\n\\u0009\\u0000\\u001b[\"");
	assert_string_equal(json(value_text(a, SLICE("\xff\xc3\xa4\xc3")), 0),
	    "\"\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\"");
	assert_string_equal(json(value_list(a), 0), "[]");
	assert_string_equal(json(map, 2), "{}");
	assert_string_equal(
	    json(value_pair(a, value_int(a, 1), value_cstr(a, "x")), 0), "[1, \"x\"]");
	assert_string_equal(json(value_add(a, value_set(a), value_int(a, 1)), 0), "[1]");
	value_put(a, map, value_cstr(a, "b"), value_int(a, 1));
	value_put(a, map, value_int(a, 7), value_add(a, value_list(a), value_int(a, 2)));
	assert_string_equal(json(map, 0), "{\"b\": 1, \"7\": [2]}");
	assert_string_equal(json(map, 2), "{\n  \"b\": 1,\n  \"7\": [\n    2\n  ]\n}");
	assert_string_equal(json(value_error(a, ERROR_UNKNOWN_JAIL, "web"), 0),
	    "{\"error\": \"unknown-jail\", \"args\": [\"web\"]}");
	arena_done(a);
}

static void
what_is_too_deep_is_refused(void **state)
{
	struct value *v = value_nil(&arena);
	struct buf out;

	(void)state;
	for (int i = 0; i <= VALUE_JSON_MAX_DEPTH; i++)
		v = value_add(&arena, value_list(&arena), v);
	buf_init(&out, 4096);
	assert_int_equal(value_json_format(&out, v, 0), -E2BIG);
	buf_done(&out);
	arena_done(&arena);
}

/* Any value that JSON can say, made of the bits of a seed. */
static struct value *
any(unsigned *seed, int depth)
{
	static const char *const texts[] = {
	    "", "a", "true", "-1", "\xc3\xa4\n\"", "\xf0\x9f\x98\x80", "# no", "\x01\x7f"};
	struct arena *a = &arena;
	int kind = rand_r(seed) % (depth > 0 ? 7 : 5);
	struct value *v;

	switch (kind) {
	case 0:
		return value_nil(a);
	case 1:
		return value_bool(a, rand_r(seed) % 2);
	case 2:
		return value_int(
		    a, (int64_t)(((uint64_t)rand_r(seed) << 33) ^ (uint64_t)rand_r(seed)));
	case 3:
		return value_float(a, ldexp(rand_r(seed) - RAND_MAX / 2, rand_r(seed) % 200 - 100));
	case 4:
		return value_cstr(a, texts[rand_r(seed) % 8]);
	case 5:
		v = value_list(a);
		for (int n = rand_r(seed) % 4; n > 0; n--)
			value_add(a, v, any(seed, depth - 1));
		return v;
	default:
		v = value_map(a);
		for (int n = rand_r(seed) % 4; n > 0; n--)
			value_put(
			    a, v, value_cstr(a, texts[rand_r(seed) % 8]), any(seed, depth - 1));
		return v;
	}
}

static void
a_value_comes_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		unsigned seed = i;
		const struct value *v = any(&seed, 4);
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(value_json_format(&out, v, i % 3), 0);
		if (!value_eq(v, json_read(&arena, buf_slice(&out))))
			fail_msg("seed %u: %s", i, buf_cstr(&out));
		buf_done(&out);
		arena_clear(&arena);
	}
	assert_true(value_is_text(json_read(&arena, SLICE("\"a\\u0000b\"")), SLICE("a\0b")));
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_have_their_json),
	    cmocka_unit_test(what_is_too_deep_is_refused),
	    cmocka_unit_test(a_value_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
