/* Arrays that grow as they are filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/arena.h"
#include "util/mem.h"

#define ITEMS 1000

static void
expect_all(const int *v, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(v[i], i);
}

static void
room_is_made_by_doubling(void **state)
{
	struct arena a = {0};
	size_t cap = 0, in_arena = 0;
	int *v = NULL, *w = NULL;

	(void)state;
	for (int i = 0; i < ITEMS; i++) {
		size_t before = cap;

		v = mem_room(v, (size_t)i, &cap, sizeof(*v), 3);
		w = arena_room(&a, w, (size_t)i, &in_arena, sizeof(*w), 3);
		assert_int_equal(cap, (size_t)i < before ? before : before > 0 ? 2 * before : 3);
		assert_int_equal(in_arena, cap);
		v[i] = w[i] = i;
	}
	expect_all(v, ITEMS);
	expect_all(w, ITEMS);
	mem_free(v);
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(room_is_made_by_doubling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
