/* Which name somebody meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "config/suggest.h"

static void
letters_are_counted(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
	    {"", "", 0},
	    {"abc", "abc", 0},
	    {"abc", "ABC", 0},
	    {"abc", "", 3},
	    {"abc", "abd", 1},
	    {"abc", "ab", 1},
	    {"abc", "abcd", 1},
	    {"abc", "acb", 1},
	    {"sshd", "ssdh", 1},
	    {"abcd", "badc", 2},
	    {"abc", "xyz", 3},
	    {"kitten", "sitting", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice a = slice_cstr(rows[i].a), b = slice_cstr(rows[i].b);

		assert_int_equal(suggest_distance(a, b, 9), rows[i].distance);
		assert_int_equal(suggest_distance(b, a, 9), rows[i].distance);
	}
	assert_int_equal(suggest_distance(SLICE("abc"), SLICE("xyz"), 1), 2);
}

static void
the_nearest_is_suggested(void **state)
{
	static const char *const words[] = {
	    "maxretry", "maxmatches", "maxlines", "bantime", "f", NULL};
	static const struct {
		const char *wanted, *name;
	} rows[] = {
	    {"maxrety", "maxretry"}, {"maxline", "maxlines"}, {"MAXRETRY", "maxretry"},
	    {"batnime", "bantime"}, {"frobnicate", NULL},
	    {"g", NULL}, /* too short to be near to anything */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct suggestion s = suggest_begin(slice_cstr(rows[i].wanted));

		suggest_offer_words(&s, words);
		assert_false(s.known);
		if (rows[i].name == NULL)
			assert_null(s.name.p);
		else
			assert_true(slice_eq(s.name, slice_cstr(rows[i].name)));
	}
}

static void
a_known_name_needs_none(void **state)
{
	static const char *const words[] = {"maxretr", "maxretry", NULL};
	struct suggestion s = suggest_begin(SLICE("maxretry"));
	struct arena a = {0};
	struct load l = {.arena = &a};

	(void)state;
	suggest_offer_words(&s, words);
	assert_true(s.known);
	assert_string_equal(suggest_text(&l, &s), "");
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters_are_counted),
	    cmocka_unit_test(the_nearest_is_suggested),
	    cmocka_unit_test(a_known_name_needs_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
