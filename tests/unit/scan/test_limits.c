/*
 * Lines that were built to cost much: each costs a bounded time, is told as FILTER_NOTE_LIMIT where
 * it reaches the limit, and the lines behind it count as ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>

#include "scan/filter.h"
#include "util/buf.h"
#include "util/escape.h"
#include "util/mem.h"

#define NOW INSTANT_S(1795341600)

/* Far more than a line takes on the slowest machine, far less than without limits. */
#define LINE_MAX_US (5 * US_PER_S)

struct counter {
	struct filter_sink sink;
	unsigned failures, limits;
};

static void
count_failure(struct filter_sink *sink, const struct door_failure *f)
{
	(void)f;
	((struct counter *)(void *)sink)->failures++;
}

static void
count_note(struct filter_sink *sink, enum filter_note what, struct slice line, int64_t amount)
{
	(void)line;
	(void)amount;
	((struct counter *)(void *)sink)->limits +=
	    what == FILTER_NOTE_LIMIT || what == FILTER_NOTE_LIMIT_IGNORE;
}

static struct filter *
start(struct counter *c, const char *regex)
{
	struct filter *f;
	struct diag d;

	*c = (struct counter){.sink = {count_failure, count_note}};
	f = filter_new(&c->sink);
	diag_init(&d);
	if (filter_add_regex(f, FILTER_FAIL, slice_cstr(regex), (struct place){0}, &d) < 0)
		fail_msg("%s: %s", regex, d.text);
	return f;
}

/* Gives the line to the filter, and fails if that takes too long. */
static enum filter_result
take(struct filter *f, struct slice line)
{
	struct mono begin = time_mono();
	enum filter_result r = filter_line(f, line, NOW, true);
	int64_t took_us = mono_since(time_mono(), begin).us;

	if (took_us > LINE_MAX_US)
		fail_msg("a line took %lld us", (long long)took_us);
	return r;
}

/* head, then middle count times, then tail. */
static struct slice
build(struct buf *b, const char *head, const char *middle, size_t count, const char *tail)
{
	buf_clear(b);
	buf_add_cstr(b, head);
	for (size_t i = 0; i < count; i++)
		buf_add_cstr(b, middle);
	buf_add_cstr(b, tail);
	assert_false(buf_refused(b));
	return buf_slice(b);
}

static void
nested_quantifiers_reach_the_limit(void **state)
{
	static const struct {
		const char *regex, *head, *middle;
		size_t count;
		const char *tail;
		const char *good; /* a line that is a failure */
	} rows[] = {
	    {"^(?:a+)+ <HOST>$", "", "a", 5000, "! x", "aaa 192.0.2.1"},
	    {"^(?:a|a)* <HOST>$", "", "a", 5000, "! x", "aaa 192.0.2.1"},
	    {"^(?:\\w+\\s?)*: from <HOST>$", "", "word ", 2000, "! from x", "a b: from 192.0.2.1"},
	    {"^(?:(?:[^:]*:)*)* end <HOST>$", "", "k:v,", 1000, " end x", "a:b: end 192.0.2.1"},
	    /* a login service that lists what it was told in brackets, in any order */
	    {"^(?:mail|login)(?:-\\w+)?: (?:[^(]*\\([^)]*\\))*(?:,? ?\\w+=<?[^>,]*>?)*, "
	     "rip=<HOST>$",
		"mail-login: ", "user=<x>, ", 400, "rip", "mail-login: user=<x>, rip=192.0.2.1"},
	    /* a mail server that repeats a thread's number and a date of free form */
	    {"^\\s*(?:\\[?\\d+:?\\]?\\s*)*(?:\\w+[ ./-]*)*SMTP: (?:.*\\s)*failed .*for <HOST>$",
		"[1:2] ", "SMTP: x ", 700, "failed", "[1] 1.2 SMTP: a failed b for 192.0.2.1"},
	    {"^(.*?,){11,}P<HOST>$", "", "1,", 3000, "P?", "1,2,3,4,5,6,7,8,9,10,11,P192.0.2.1"},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct counter c;
		struct filter *f = start(&c, rows[i].regex);

		/* Some of the lines lack a literal, and would not be searched at all. */
		filter_set_prefilter(f, false);
		assert_int_equal(take(f, slice_cstr(rows[i].good)), FILTER_FAILED);
		assert_int_equal(
		    take(f, build(&b, rows[i].head, rows[i].middle, rows[i].count, rows[i].tail)),
		    FILTER_MISSED);
		if (c.limits != 1)
			fail_msg("%s: %u limits", rows[i].regex, c.limits);
		assert_int_equal(take(f, slice_cstr(rows[i].good)), FILTER_FAILED);
		assert_int_equal(c.failures, 2);
		filter_free(f);
	}
	buf_done(&b);
}

static void
a_limit_in_an_ignoreregex_lets_nobody_off(void **state)
{
	struct counter c;
	struct filter *f = start(&c, "^x <HOST> ");
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(
	    filter_add_regex(f, FILTER_IGNORE, SLICE("(?:a+)+$"), (struct place){0}, NULL), 0);
	assert_int_not_equal(take(f, build(&b, "x 192.0.2.1 ", "a", 5000, "!")), FILTER_IGNORED);
	assert_int_equal(c.limits, 1);
	buf_done(&b);
	filter_free(f);
}

static void
a_date_is_bounded_too(void **state)
{
	struct counter c;
	struct filter *f = start(&c, "^ <HOST>");
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(
	    filter_set_datepattern(f, SLICE("^(?:\\w+ ?)*%Y-%m-%d"), (struct place){0}, NULL), 0);
	assert_int_equal(take(f, build(&b, "", "word", 10000, "!")), FILTER_MISSED);
	assert_int_equal(take(f, SLICE("a b 2026-11-22 192.0.2.1")), FILTER_FAILED);
	/* Tried from many places, of which none takes many steps. */
	assert_int_equal(
	    filter_set_datepattern(f, SLICE("\\[.*%d/%b/%Y"), (struct place){0}, NULL), 0);
	assert_int_equal(take(f, build(&b, "", "[", 100000, "//")), FILTER_MISSED);
	assert_int_equal(take(f, build(&b, "", "[", 60000, "\xc3\xa9//")), FILTER_MISSED);
	assert_int_equal(take(f, SLICE("[a 22/Nov/2026 192.0.2.1")), FILTER_FAILED);
	buf_done(&b);
	filter_free(f);
}

/* Hostile bytes are matched past like any others; what is handed on is UTF-8. */
static void
hostile_lines_are_taken_like_others(void **state)
{
	static const struct {
		const char *middle;
		size_t n, count;
	} rows[] = {
	    {"\0", 1, 100},
	    {"\x1b[2J\x1b]0;x\a", 10, 20},
	    {"\xff\xfe\xc3(\xe2\x82", 6, 50},
	    {"\xc2\x9b"
	     "31m",
		5, 20},
	    {"x", 1, 1 << 20},
	    {"\xe2\x80\xa8", 3, 1000},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 4 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct counter c;
		struct filter *f = start(&c, "^x .*from <HOST>$");

		buf_clear(&b);
		buf_add_cstr(&b, "x ");
		for (size_t k = 0; k < rows[i].count; k++)
			buf_add(&b, slice_of(rows[i].middle, rows[i].n));
		buf_add_cstr(&b, " from 192.0.2.1");
		assert_int_equal(take(f, buf_slice(&b)), FILTER_FAILED);
		assert_int_equal(c.limits, 0);
		filter_free(f);
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nested_quantifiers_reach_the_limit),
	    cmocka_unit_test(a_limit_in_an_ignoreregex_lets_nobody_off),
	    cmocka_unit_test(a_date_is_bounded_too),
	    cmocka_unit_test(hostile_lines_are_taken_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
