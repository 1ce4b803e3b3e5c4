/* The last lines, against a plain list of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scan/multiline.h"
#include "util/mem.h"

static void
add(struct multiline *m, const char *before, const char *date, const char *after)
{
	struct door_line line = {slice_cstr(before), slice_cstr(date), slice_cstr(after)};

	multiline_add(m, &line);
}

static void
expect_joined(struct multiline *m, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1000);
	multiline_join(m, &b);
	assert_string_equal(buf_cstr(&b), wanted);
	buf_done(&b);
}

static void
the_oldest_goes_where_there_are_too_many(void **state)
{
	struct multiline *m = multiline_new(3);

	add(m, "a", "DATE", "1");
	add(m, "", "", "");
	add(m, "c", "", "3");
	expect_joined(m, "a1\n\nc3\n");
	add(m, "", "DATE", "d");
	expect_joined(m, "\nc3\nd\n");
	assert_int_equal(multiline_max(m), 3);
	assert_int_equal(multiline_most(m), 3);
	multiline_free(m);
}

static void
what_matched_is_taken_out_and_what_was_skipped_stays(void **state)
{
	struct multiline *m = multiline_new(100);
	const struct door_line *taken;
	char all[200] = "";

	for (int i = 0; i < 20; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "l%02d", i);
		add(m, text, "DATE", ";");
	}
	for (int i = 0; i < 20; i++)
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "l%02d;\n", i);
	expect_joined(m, all);
	/* Each is five bytes: lines 4 to 8, without 5 and 6. */
	assert_int_equal(multiline_take(m, (struct multiline_range){20, 45},
			     &(struct multiline_range){25, 35}, 1, &taken), 3);
	assert_memory_equal(taken[0].before.p, "l04", 3);
	assert_memory_equal(taken[0].date.p, "DATE", 4);
	assert_memory_equal(taken[1].before.p, "l07", 3);
	assert_memory_equal(taken[2].before.p, "l08", 3);
	all[0] = '\0';
	for (int i = 0; i < 20; i++)
		if (i != 4 && i != 7 && i != 8)
			(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "l%02d;\n", i);
	expect_joined(m, all);
	multiline_free(m);
}

static void
any_number_of_lines_takes_a_bounded_memory(void **state)
{
	struct multiline *m = multiline_new(SIZE_MAX);
	size_t n = (size_t)64 * 1024, before = 0, count = 4 * MULTILINE_BYTES_MAX / n;
	char *text = mem_alloc(n + 1);
	struct buf b;

	memset(text, 'x', n);
	text[n] = '\0';
	assert_true(multiline_most(m) < MULTILINE_BYTES_MAX / sizeof(struct slice));
	buf_init(&b, 10 * MULTILINE_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		text[0] = (char)('a' + i % 26);
		add(m, "", "", text);
		buf_clear(&b);
		if (i % 64 == 0 || i + 1 == count)
			multiline_join(m, &b);
		if (b.n > 0) {
			assert_true(b.n >= before);
			assert_true(b.n <= MULTILINE_BYTES_MAX);
			assert_int_equal(b.p[b.n - n - 1], text[0]);
			before = b.n;
		}
	}
	assert_true(before > MULTILINE_BYTES_MAX - 2 * n);
	buf_done(&b);
	mem_free(text);
	multiline_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_oldest_goes_where_there_are_too_many),
	    cmocka_unit_test(what_matched_is_taken_out_and_what_was_skipped_stays),
	    cmocka_unit_test(any_number_of_lines_takes_a_bounded_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
