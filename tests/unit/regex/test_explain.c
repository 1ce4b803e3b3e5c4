/* How far a regex gets, and what is told of a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>

#include "regex/explain.h"
#include "regex/reach.h"

/* 2026-11-22 10:00:00 UTC */
#define NOW INSTANT_S(1795341600)

static void
reach_names_the_piece_that_fails(void **state)
{
	static const struct {
		const char *regex, *text;
		const char *reached, *next, *matched; /* reached NULL: all of it matches */
	} rows[] = {
	    {"^a <HOST>$", "a 192.0.2.1", NULL, NULL, NULL},
	    {"^a <HOST>$", "a 192.0.2.1 b", "^a <HOST>", "$", "a 192.0.2.1"},
	    {"^failed for <HOST>", "failed by 192.0.2.1", "^failed ", "for", "failed "},
	    {"^a (?:b c|b d) <HOST>", "a b x 192.0.2.1", "^a (?:b c|b ", "d", "a b "},
	    {"^a <F-USER>x+y</F-USER> <HOST>", "a xxz 192.0.2.1", "^a <F-USER>x+", "y", "a xx"},
	    {"^a (?P<n>[]x]+)\\d{2} <HOST>", "a x]1 192.0.2.1", "^a (?P<n>[]x]+)", "\\d{2}",
		"a x]"},
	    {"b <HOST>", "a", "", "b", ""},
	    {"^\\[\\d+\\]: <HOST>", "[12] 192.0.2.1", "^\\[\\d+\\]", ":", "[12]"},
	};
	struct matcher *m = matcher_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice regex = slice_cstr(rows[i].regex), text = slice_cstr(rows[i].text);
		struct reach r;

		reach_find(&r, m, regex, 0, text, true);
		assert_int_equal(r.matched, rows[i].reached == NULL);
		if (rows[i].reached == NULL)
			continue;
		if (!slice_eq(slice_upto(regex, r.regex_n), slice_cstr(rows[i].reached)) ||
		    !slice_eq(slice_of(regex.p + r.regex_n, r.next_n), slice_cstr(rows[i].next)) ||
		    !slice_eq(
			slice_of(text.p + r.start, r.end - r.start), slice_cstr(rows[i].matched)))
			fail_msg("%s: %zu, %zu, %zu to %zu", rows[i].regex, r.regex_n, r.next_n,
			    r.start, r.end);
	}
	matcher_free(m);
}

static void
ignore_failure(struct filter_sink *sink, const struct door_failure *f)
{
	(void)sink;
	(void)f;
}

/* What is told of the line, which is lent until the next call. */
static const char *
explained(struct buf *out, const char *regex, struct slice line, struct explain_outcome outcome)
{
	struct filter_sink sink = {.failure = ignore_failure};
	struct slice given = slice_cstr(regex);
	struct subject s = {.filter = filter_new(&sink), .fail = {&given, 1, 1}};

	assert_int_equal(
	    filter_add_regex(s.filter, FILTER_FAIL, given, (struct place){0}, NULL), 0);
	buf_clear(out);
	explain_line(out, &s, line, NOW, &outcome, false, false);
	subject_done(&s);
	return buf_cstr(out);
}

static void
explanation_tells_date_text_and_reason(void **state)
{
	const char *text;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	text = explained(&b, "^ a from <HOST>$", SLICE("2026-11-22 09:59:00 a by 192.0.2.1"),
	    (struct explain_outcome){.result = FILTER_MISSED});
	assert_non_null(strstr(text, "date         2026-11-22 09:59:00\n"));
	assert_non_null(strstr(text, "that is 60 s ago"));
	assert_non_null(strstr(text, "remaining    \" a by 192.0.2.1\""));
	assert_non_null(strstr(text, "then it wants \"from\", but there is \"by 192.0.2.1\""));
	assert_non_null(strstr(text, "result       no failure: no failregex matches"));

	text = explained(&b, "^a from <HOST>$", SLICE("a from 192.0.2.1"),
	    (struct explain_outcome){.result = FILTER_FAILED, .failures = SLICE("192.0.2.1")});
	assert_non_null(strstr(text, "date         none found"));
	assert_non_null(strstr(text, "failregex    1 matches"));
	assert_non_null(strstr(text, "result       failure of 192.0.2.1\n"));

	text = explained(&b, "^ a <HOST>", SLICE("2026-02-30 09:59:00 a 192.0.2.1"),
	    (struct explain_outcome){.nofail = true});
	assert_non_null(strstr(text, "there is no such day"));
	assert_non_null(strstr(text, "<F-NOFAIL>"));
	buf_done(&b);
}

static void
explanation_holds_nothing_that_steers_a_terminal(void **state)
{
	struct buf b;
	const char *text;

	(void)state;
	buf_init(&b, 1 << 20);
	text = explained(&b, "^x.*from <HOST>", SLICE("x\x1b[2J\a\0\xc2\x9b\x7f by 192.0.2.1"),
	    (struct explain_outcome){.failures = SLICE_EMPTY});
	for (size_t i = 0; i < b.n; i++)
		assert_true(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
	assert_null(strstr(text, "\xc2\x9b"));
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reach_names_the_piece_that_fails),
	    cmocka_unit_test(explanation_tells_date_text_and_reason),
	    cmocka_unit_test(explanation_holds_nothing_that_steers_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
