/* Slices: cutting, searching, numbers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/slice.h"

static void
pieces_come_apart_at_the_separator(void **state)
{
	struct slice rest = SLICE("a,,b,"), piece;

	(void)state;
	assert_true(slice_next(&rest, ',', &piece) && slice_eq(piece, SLICE("a")));
	assert_true(slice_next(&rest, ',', &piece) && piece.n == 0);
	assert_true(slice_next(&rest, ',', &piece) && slice_eq(piece, SLICE("b")));
	assert_false(slice_next(&rest, ',', &piece));
}

static void
prefix_is_taken_off(void **state)
{
	struct slice rest = SLICE("abc");

	(void)state;
	assert_false(slice_take(&rest, SLICE("b")));
	assert_false(slice_take(&rest, SLICE("abcd")));
	assert_true(slice_take(&rest, SLICE("ab")) && slice_eq(rest, SLICE("c")));
	assert_true(slice_take(&rest, SLICE_EMPTY) && slice_take(&rest, SLICE("c")) && rest.n == 0);
}

static void
words_come_apart_at_blanks(void **state)
{
	struct slice rest = SLICE(" \ta  b\n"), word;

	(void)state;
	assert_true(slice_next_word(&rest, &word) && slice_eq(word, SLICE("a")));
	assert_true(slice_next_word(&rest, &word) && slice_eq(word, SLICE("b")));
	assert_false(slice_next_word(&rest, &word));
}

static void
nul_is_a_byte_like_others(void **state)
{
	struct slice s = SLICE("a\0b");

	(void)state;
	assert_int_equal(s.n, 3);
	assert_int_equal(slice_find_char(s, 'b', 0), 2);
	assert_int_equal(slice_find(s, SLICE("\0b"), 0), 1);
	assert_false(slice_eq(s, SLICE("a")));
}

static void
numbers_are_whole_and_in_range(void **state)
{
	int64_t i = 7;
	uint64_t u = 7;

	(void)state;
	assert_int_equal(slice_u64(SLICE("18446744073709551615"), UINT64_MAX, &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(slice_u64(SLICE("18446744073709551616"), UINT64_MAX, &u), -ERANGE);
	assert_int_equal(slice_u64(SLICE("99999999999999999999999"), UINT64_MAX, &u), -ERANGE);
	assert_int_equal(slice_u64(SLICE("101"), 100, &u), -ERANGE);
	assert_int_equal(slice_u64(SLICE(""), 100, &u), -EINVAL);
	assert_int_equal(slice_u64(SLICE("1 "), 100, &u), -EINVAL);
	assert_true(u == UINT64_MAX);
	assert_int_equal(slice_i64(SLICE("-12"), -20, 20, &i), 0);
	assert_int_equal(i, -12);
	assert_int_equal(slice_i64(SLICE("-21"), -20, 20, &i), -ERANGE);
	assert_int_equal(slice_i64(SLICE("--1"), -20, 20, &i), -EINVAL);
}

static void
edges_are_empty_not_wild(void **state)
{
	struct slice s = SLICE("abc");

	(void)state;
	assert_int_equal(slice_from(s, 9).n, 0);
	assert_int_equal(slice_upto(s, 9).n, 3);
	assert_int_equal(slice_find_char(s, 'a', 9), -1);
	assert_int_equal(slice_find(s, SLICE(""), 3), 3);
	assert_true(slice_trim(SLICE(" \n")).n == 0);
	assert_true(slice_eq(slice_trim(SLICE(" a b ")), SLICE("a b")));
	assert_true(slice_cmp(SLICE("a"), SLICE("ab")) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_come_apart_at_the_separator),
	    cmocka_unit_test(prefix_is_taken_off),
	    cmocka_unit_test(words_come_apart_at_blanks),
	    cmocka_unit_test(nul_is_a_byte_like_others),
	    cmocka_unit_test(numbers_are_whole_and_in_range),
	    cmocka_unit_test(edges_are_empty_not_wild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
