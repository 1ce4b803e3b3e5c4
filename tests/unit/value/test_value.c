#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "value/value.h"

static struct arena arena;

static struct value *
everything(void)
{
	struct arena *a = &arena;
	struct value *list = value_list(a);

	value_add(a, list, value_nil(a));
	value_add(a, list, value_bool(a, true));
	value_add(a, list, value_int(a, INT64_MIN));
	value_add(a, list, value_float(a, 1.5));
	value_add(a, list, value_text(a, SLICE("a\0b")));
	value_add(a, list, value_pair(a, value_int(a, 0), value_printf(a, "%s-%d", "x", 7)));
	value_add(a, list, value_add(a, value_set(a), value_cstr(a, "in a set")));
	value_add(a, list, value_put(a, value_map(a), value_cstr(a, "k"), value_int(a, 1)));
	return value_add(a, list, value_error(a, ERROR_UNKNOWN_JAIL, "%s", "web"));
}

static void
items_are_found_by_index(void **state)
{
	struct value *v = everything();

	(void)state;
	assert_int_equal(value_count(v), 9);
	assert_int_equal(value_at(v, 2)->number, INT64_MIN);
	assert_true(value_is_text(value_at(value_at(v, 5), 1), SLICE("x-7")));
	assert_true(value_is_text(value_at(value_at(v, 8)->error.args, 0), SLICE("web")));
	assert_null(value_at(v, 9));
	assert_null(value_at(value_at(v, 0), 0));
	assert_null(value_at(NULL, 0));
	assert_int_equal(value_count(value_at(v, 3)), 0);
	assert_int_equal(value_count(NULL), 0);
}

static void
map_replaces_and_keeps_its_order(void **state)
{
	struct arena *a = &arena;
	struct value *map = value_map(a);

	(void)state;
	for (int i = 0; i < 20; i++)
		value_put(a, map, value_printf(a, "%d", i % 10), value_int(a, i));
	assert_int_equal(value_count(map), 10);
	assert_int_equal(value_get(map, SLICE("3"))->number, 13);
	assert_true(value_is_text(map->seq.items[0], SLICE("0")));
	assert_null(value_get(map, SLICE("10")));
	assert_null(value_get(value_list(a), SLICE("3")));
}

static void
copy_is_equal_and_outlives_the_original(void **state)
{
	struct arena other;
	struct value *v = everything(), *copy;

	(void)state;
	arena_init(&other);
	copy = value_copy(&other, v);
	assert_true(value_eq(v, copy));
	for (size_t i = 0; i < value_count(v); i++) {
		for (size_t k = 0; k < value_count(v); k++)
			assert_int_equal(value_eq(value_at(v, i), value_at(copy, k)), i == k);
	}
	arena_done(&arena);
	assert_true(value_is_text(value_at(copy, 4), SLICE("a\0b")));
	arena_done(&other);
}

static int
forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(items_are_found_by_index, forget),
	    cmocka_unit_test_teardown(map_replaces_and_keeps_its_order, forget),
	    cmocka_unit_test_teardown(copy_is_equal_and_outlives_the_original, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
