/* Buffers and arenas: growth, maxima, alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/arena.h"
#include "util/buf.h"

static void
beyond_the_maximum_is_refused_as_a_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_add_cstr(&b, "abc");
	assert_false(buf_refused(&b));
	buf_add_cstr(&b, "def");
	assert_true(buf_refused(&b));
	assert_string_equal(buf_cstr(&b), "abc");
	buf_add_cstr(&b, "de");
	assert_string_equal(buf_cstr(&b), "abcde");
	assert_true(buf_refused(&b));
	buf_clear(&b);
	assert_false(buf_refused(&b));
	assert_string_equal(buf_cstr(&b), "");
	buf_done(&b);
}

static void
pieces_add_up(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	assert_int_equal(b.n, 10 * 2 + 90 * 3 + 900 * 4);
	buf_consume(&b, 4);
	assert_memory_equal(b.p, "2,3,", 4);
	buf_cut(&b, 3);
	assert_string_equal(buf_cstr(&b), "2,3");
	buf_done(&b);
}

static void
arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < 20000; n = n * 3 + 1) {
			char *p = arena_alloc(&a, n);

			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 'x', n);
		}
		assert_string_equal(arena_printf(&a, "%s-%d", "a", 7).p, "a-7");
		arena_clear(&a);
	}
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(beyond_the_maximum_is_refused_as_a_whole),
	    cmocka_unit_test(pieces_add_up),
	    cmocka_unit_test(arena_gives_zeroed_aligned_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
