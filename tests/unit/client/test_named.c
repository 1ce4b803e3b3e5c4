/* Replies for other programs: pairs with names become maps, nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/named.h"
#include "value/value_json.h"

static struct arena arena;

static struct value *
pair(const char *name, struct value *v)
{
	return value_pair(&arena, value_cstr(&arena, name), v);
}

static void
expect(const struct value *reply, const char *json)
{
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(value_json_format(&out, named(&arena, reply), 0), 0);
	assert_string_equal(buf_cstr(&out), json);
	buf_done(&out);
}

static void
pairs_with_names_become_maps(void **state)
{
	struct arena *a = &arena;
	struct value *inner = value_list(a), *outer = value_list(a), *twice = value_list(a);
	struct value *numbers = value_list(a);

	(void)state;
	value_add(a, inner, pair("x", value_int(a, 1)));
	value_add(a, inner, pair("y", value_list(a)));
	value_add(a, outer, pair("in", inner));
	expect(outer, "{\"in\": {\"x\": 1, \"y\": []}}");
	value_add(a, twice, pair("x", value_int(a, 1)));
	value_add(a, twice, pair("x", inner));
	expect(twice, "[[\"x\", 1], [\"x\", {\"x\": 1, \"y\": []}]]");
	value_add(a, numbers, value_pair(a, value_int(a, 1), value_int(a, 2)));
	expect(numbers, "[[1, 2]]");
	expect(pair("x", value_nil(a)), "[\"x\", null]");
	arena_done(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_with_names_become_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
