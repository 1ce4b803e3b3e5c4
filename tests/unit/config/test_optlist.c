/* Names with options in brackets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/optlist.h"

static void
options_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *name, *option, *value;
	} rows[] = {
	    {"a[x=1]", "a", "x", "1"},
	    {"a[x=\"1, 2\", y=3]", "a", "x", "1, 2"},
	    {"a[x='say \"hi\"']", "a", "x", "say \"hi\""},
	    {"a[x=a b c, y=]", "a", "x", "a b c"},
	    {"a[x=1][y=2]", "a", "y", "2"},
	    {"a[x=1,]", "a", "x", "1"},
	    {"a[x=\"1\",, \n]", "a", "x", "1"},
	    {"a[x=1][,]", "a", "x", "1"},
	    {"a[x?family=inet6=DROP]", "a", "x?family=inet6", "DROP"},
	    {"a[x=\"]", "a", "x", "\""},
	    {"a b [x=1] ", "a b ", "x", "1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct traced t = {.text = slice_cstr(rows[i].text)};
		struct arena a = {0};
		struct optlist list;
		const struct option *o;

		assert_int_equal(optlist_parse(&a, &t, &list, NULL), 0);
		assert_true(slice_eq(list.name, slice_cstr(rows[i].name)));
		o = section_get(&list.options, slice_cstr(rows[i].option));
		assert_non_null(o);
		assert_true(slice_eq(o->value.text, slice_cstr(rows[i].value)));
		arena_done(&a);
	}
}

static void
mistakes_are_told_in_known_words(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
	    {"a[x=1", "unexpected option syntax"},
	    {"a[x]", "expected option, wrong syntax at 0: x"},
	    {"a[x=\"1\" y]", "unexpected syntax at 5 after option 'x':  y"},
	    {"a[x=1]y", "unexpected option syntax"},
	    {"a[x=1, ,]", "expected option, wrong syntax at 4:  ,"},
	    {"a[x=1,,,]", "expected option, wrong syntax at 4: ,,"},
	    {"a[,,]", "expected option, wrong syntax at 0: ,,"},
	    {"a[x=1,][y=2]", "expected option, wrong syntax at 4: ][y=2"},
	    {"a[x = 1]", "expected option, wrong syntax at 0: x = 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct traced t = {.text = slice_cstr(rows[i].text)};
		struct arena a = {0};
		struct optlist list;
		struct diag d;

		assert_true(optlist_parse(&a, &t, &list, &d) < 0);
		assert_string_equal(d.text, rows[i].words);
		arena_done(&a);
	}
}

static void
definitions_are_split_outside_of_brackets(void **state)
{
	static const char *const pieces[] = {
	    "a[x=1]", "b[y=\"c d\",\n z=2]", "c", "d,", "e [x=1]", "f[x", "=1]",
	    "g[x=\"open,]", "h[y=\", z\"]"};
	struct traced t = {.text = SLICE("a[x=1] b[y=\"c d\",\n z=2]\nc d, e [x=1] f[x =1] "
					 "g[x=\"open,]\nh[y=\", z\"]")};
	struct traced one;
	struct arena a = {0};
	size_t rest = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		assert_true(optlist_next(&a, &t, &rest, &one));
		assert_true(slice_eq(one.text, slice_cstr(pieces[i])));
	}
	assert_false(optlist_next(&a, &t, &rest, &one));
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_are_taken_apart),
	    cmocka_unit_test(mistakes_are_told_in_known_words),
	    cmocka_unit_test(definitions_are_split_outside_of_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
