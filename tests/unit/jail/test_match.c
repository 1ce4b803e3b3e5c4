/* Lines are kept once where they can be, and are always what was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "jail/details.h"
#include "jail/match.h"
#include "util/mem.h"

static struct match *
get(struct slice a, struct slice b, struct slice c)
{
	const struct slice parts[] = {a, b, c};

	return match_get(parts, 3);
}

static void
same_line_of_a_block_is_kept_once(void **state)
{
	char block[] = "one two three";
	struct match *whole, *again, *changed;

	(void)state;
	whole = get(slice_of(block, 4), slice_of(block + 4, 4), slice_of(block + 8, 5));
	again = get(SLICE_EMPTY, slice_of(block, 4), slice_of(block + 4, 9));
	assert_ptr_equal(whole, again);
	assert_true(slice_eq(match_text(whole), SLICE("one two three")));
	/* The next block may lie where this one did. */
	block[0] = 'O';
	changed = get(slice_of(block, 4), slice_of(block + 4, 4), slice_of(block + 8, 5));
	assert_true(slice_eq(match_text(changed), SLICE("One two three")));
	assert_true(slice_eq(match_text(whole), SLICE("one two three")));
	match_unref(whole);
	match_unref(again);
	match_unref(changed);
}

static void
empty_and_long_lines_are_kept_too(void **state)
{
	char *text = mem_alloc(100000);
	struct match *m = get(SLICE_EMPTY, SLICE_EMPTY, SLICE_EMPTY);
	struct match *again = get(SLICE_EMPTY, SLICE_EMPTY, SLICE_EMPTY);

	(void)state;
	assert_int_equal(match_text(m).n, 0);
	match_unref(m);
	match_unref(again);
	memset(text, 'x', 100000);
	m = get(slice_of(text, 1), slice_of(text + 1, 49999), slice_of(text + 50000, 50000));
	assert_true(slice_eq(match_text(m), slice_of(text, 100000)));
	match_unref(m);
	mem_free(text);
}

/* Where lines lie, how they are cut and who lets go of them first makes no difference. */
static void
random_lines_come_out_as_they_went_in(void **state)
{
	static char block[4096];
	struct match *held[64] = {0};
	struct slice want[64];
	char copies[64][64];
	unsigned seed = 5;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t i = (size_t)rand_r(&seed) % 64, at = (size_t)rand_r(&seed) % 4000;
		size_t n = (size_t)rand_r(&seed) % 64, first, second;

		if (held[i] != NULL) {
			assert_true(slice_eq(match_text(held[i]), want[i]));
			match_unref(held[i]);
		}
		if (rand_r(&seed) % 4 == 0)
			block[at] = (char)rand_r(&seed);
		first = (size_t)rand_r(&seed) % (n + 1);
		second = (size_t)rand_r(&seed) % (n - first + 1);
		memcpy(copies[i], block + at, n);
		want[i] = slice_of(copies[i], n);
		held[i] = get(slice_of(block + at, first), slice_of(block + at + first, second),
		    slice_of(block + at + first + second, n - first - second));
	}
	for (size_t i = 0; i < 64; i++)
		if (held[i] != NULL)
			match_unref(held[i]);
}

static void
of_a_very_long_line_the_beginning_is_kept(void **state)
{
	static char text[200000];
	const struct slice parts[] = {SLICE("before"), SLICE("date"), slice_of(text, sizeof(text))};
	struct details *d = NULL;

	(void)state;
	memset(text, 'x', sizeof(text));
	details_add_match(&d, parts, 3, 10);
	assert_int_equal(details_match(d, 0).n, DETAILS_MATCH_MAX);
	assert_memory_equal(details_match(d, 0).p, "beforedatexxx", 13);
	details_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_line_of_a_block_is_kept_once),
	    cmocka_unit_test(empty_and_long_lines_are_kept_too),
	    cmocka_unit_test(of_a_very_long_line_the_beginning_is_kept),
	    cmocka_unit_test(random_lines_come_out_as_they_went_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
