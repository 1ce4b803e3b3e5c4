/* Patterns of dates, ready to match: those that are ours are not looked at before they are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scan/datecode.h"

#include <errno.h>

static pcre2_match_data *match;

static void
expect_both_forms(const struct datepat *pat)
{
	struct datecode c;

	assert_int_equal(datecode_init(&c, pat, NULL), 0);
	for (int ascii = 0; ascii < 2; ascii++)
		(void)datecode_search(&c, SLICE("no date"), ascii, 0, 7, match);
	if (c.ascii.code == NULL || c.unicode.code == NULL)
		fail_msg("%.*s cannot be compiled", SLICE_ARG(pat->regex));
	datecode_done(&c);
}

/* Those of a list are ours, each is a regular expression, and there are some. */
static void
expect_ours(enum datepat_list list, struct slice around)
{
	struct arena a = {0};
	struct datepat pat;
	size_t n;

	for (n = 0; datepat_list_get(&a, list, around, n, 2026, &pat, NULL) == 0; n++) {
		assert_true(pat.ours);
		expect_both_forms(&pat);
	}
	assert_true(n > 0);
	arena_done(&a);
}

static void
what_is_ours_compiles(void **state)
{
	(void)state;
	expect_ours(DATEPAT_DEFAULT, SLICE_EMPTY);
	expect_ours(DATEPAT_LINE_BEGIN, SLICE_EMPTY);
	expect_ours(DATEPAT_AROUND, SLICE("{DATE}"));
	expect_ours(DATEPAT_AROUND, SLICE("^{DATE}"));
}

static void
what_others_wrote_is_refused_at_once(void **state)
{
	struct arena a = {0};
	struct datepat pat;
	struct datecode c;
	struct diag d;

	(void)state;
	diag_init(&d);
	assert_int_equal(
	    datepat_list_get(&a, DATEPAT_AROUND, SLICE("^({DATE}"), 0, 2026, &pat, &d), 0);
	assert_false(pat.ours);
	assert_int_equal(datecode_init(&c, &pat, &d), -EBADMSG);
	assert_int_equal(datepat_make(&a, SLICE("(%Y"), 2026, &pat, &d), 0);
	assert_int_equal(datecode_init(&c, &pat, &d), -EBADMSG);
	arena_done(&a);
}

/* Machine code is made after some searches, and must find the same. */
static void
each_search_finds_the_same(void **state)
{
	struct slice line = SLICE("at 2026-11-26 10:00:00 it came");
	struct arena a = {0};
	struct datepat pat;
	struct datecode c;

	(void)state;
	assert_int_equal(datepat_make(&a, SLICE("%Y-%m-%d %H:%M:%S"), 2026, &pat, NULL), 0);
	assert_int_equal(datecode_init(&c, &pat, NULL), 0);
	for (int i = 0; i < 20; i++) {
		const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(match);

		assert_true(datecode_search(&c, line, i % 2 == 0, 0, line.n, match));
		assert_int_equal(ov[2], 3);
		assert_int_equal(ov[3], 22);
		assert_false(datecode_search(&c, line, i % 2 == 0, 4, line.n, match));
	}
	datecode_done(&c);
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_ours_compiles),
	    cmocka_unit_test(what_others_wrote_is_refused_at_once),
	    cmocka_unit_test(each_search_finds_the_same),
	};
	int failed;

	match = pcre2_match_data_create(64, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pcre2_match_data_free(match);
	return failed;
}
