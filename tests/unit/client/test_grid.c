#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "client/grid.h"

static const struct grid_column columns[] = {{"Name", false}, {"Count", true}, {"Note", false}};

static void
fill(struct grid *g)
{
	static const struct {
		const char *name;
		double count;
		const char *note;
	} rows[] = {
	    {"b", 2, "\tx"}, {"a", 10, ""}, {"c\x1b[2J\n", 2, "z"}, {"\xc3\xa4\xc3\xb6", 0, "u"}};

	grid_init(g, columns, 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		grid_row(g);
		grid_text(g, slice_cstr(rows[i].name));
		grid_number(g, rows[i].count, "%.0f", rows[i].count);
		grid_text(g, slice_cstr(rows[i].note));
	}
}

static void
expect(struct grid *g, size_t max_rows, const char *text)
{
	struct buf out;

	buf_init(&out, 65536);
	grid_format(&out, g, max_rows);
	assert_string_equal(buf_cstr(&out), text);
	buf_done(&out);
}

static void
columns_are_aligned(void **state)
{
	struct grid g;

	(void)state;
	fill(&g);
	expect(&g, 10,
	    "Name          Count  Note\n"
	    "b                 2   x\n"
	    "a                10  \n"
	    "c\\x1b[2J\\x0a      2  z\n"
	    "\xc3\xa4\xc3\xb6                0  u\n");
	expect(&g, 1,
	    "Name  Count  Note\n"
	    "b         2   x\n");
	grid_done(&g);
}

static void
rows_are_sorted_and_equal_ones_stay(void **state)
{
	struct grid g;

	(void)state;
	fill(&g);
	assert_int_equal(grid_column(&g, SLICE("count")), 1);
	assert_int_equal(grid_column(&g, SLICE("nothing")), -ENOENT);
	grid_sort(&g, 1);
	expect(&g, 2,
	    "Name  Count  Note\n"
	    "a        10  \n"
	    "b         2   x\n");
	grid_sort(&g, 0);
	expect(&g, 1,
	    "Name  Count  Note\n"
	    "a        10  \n");
	grid_done(&g);
}

static void
many_rows_and_long_texts(void **state)
{
	char text[1000];
	struct grid g;
	struct buf out;

	(void)state;
	memset(text, 0xff, sizeof(text));
	grid_init(&g, columns, 3);
	for (unsigned i = 0; i < 20000; i++) {
		grid_row(&g);
		grid_text(&g, slice_of(text, i % sizeof(text)));
		grid_number(&g, (double)(i * 7919 % 20000), "%u", i);
		grid_text(&g, SLICE("n"));
	}
	grid_sort(&g, 1);
	for (size_t i = 1; i < g.row_count; i++)
		assert_true(g.rows[i - 1][1].key > g.rows[i][1].key);
	buf_init(&out, (size_t)64 << 20);
	grid_format(&out, &g, SIZE_MAX);
	assert_false(buf_refused(&out));
	buf_done(&out);
	grid_done(&g);
	/* A grid without rows is its titles. */
	grid_init(&g, columns, 3);
	grid_sort(&g, 2);
	expect(&g, 5, "Name  Count  Note\n");
	grid_done(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_are_aligned),
	    cmocka_unit_test(rows_are_sorted_and_equal_ones_stay),
	    cmocka_unit_test(many_rows_and_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
