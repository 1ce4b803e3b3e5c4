/*
 * Dates as they were recorded. With --serve it answers questions from standard input instead, for a
 * comparison with fail2ban: "new PATTERN ZONE NOW" makes a detector, "line LINE" asks it; texts are
 * in hexadecimal, "-" is an empty one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "scan/date.h"
#include "util/escape.h"
#include "util/buf.h"

/* 2026-03-10 12:00:00 in Zurich, which is then at UTC+1. */
#define NOW INSTANT_S(1773140400)

static struct date_detector *
detector(const char *pattern)
{
	struct date_detector *dd;
	struct diag d;

	diag_init(&d);
	if (date_detector_new(&dd, slice_cstr(pattern), (struct place){0}, &d) < 0)
		fail_msg("%s: %s", pattern, d.text);
	return dd;
}

struct row {
	const char *pattern;
	const char *line;
	const char *rest; /* of the line without the date; NULL: no date found */
	const char *when; /* in UTC; "" if the date is impossible, NULL if empty */
};

static void
check(struct date_detector *dd, const struct row *row)
{
	struct slice line = slice_cstr(row->line);
	struct date_match m;
	struct buf rest, when;
	struct civil c;

	if (!date_find(dd, line, utf8_ascii(line) == line.n, NOW, &m)) {
		if (row->rest != NULL)
			fail_msg("%s: no date in %s", row->pattern, row->line);
		return;
	}
	if (row->rest == NULL)
		fail_msg("%s: date in %s", row->pattern, row->line);
	assert_true(m.start <= m.end && m.end <= line.n);
	buf_init(&rest, 1000);
	buf_init(&when, 100);
	buf_add(&rest, slice_upto(line, m.start));
	buf_add(&rest, slice_from(line, m.end));
	assert_string_equal(buf_cstr(&rest), row->rest);
	assert_int_equal(m.empty, row->when == NULL);
	if (m.valid) {
		civil_utc(m.when, &c);
		buf_printf(&when, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
		    c.minute, c.second);
	}
	if (row->when != NULL && slice_cmp(buf_slice(&when), slice_cstr(row->when)) != 0)
		fail_msg(
		    "%s: %s is %s, want %s", row->pattern, row->line, buf_cstr(&when), row->when);
	buf_done(&when);
	buf_done(&rest);
}

static const struct row rows[] = {
    {"", "2026-03-10 11:59:59 x", " x", "2026-03-10 10:59:59"},
    {"", "2026-03-10T11:59:59.123Z x", " x", "2026-03-10 11:59:59"},
    {"", "2026-03-10 11:59:59,123 +0530 x", " x", "2026-03-10 06:29:59"},
    {"", "Mar 10 11:59:59 host x", " host x", "2026-03-10 10:59:59"},
    {"", "PDT Mar 10 11:59:59 x", " x", "2026-03-10 18:59:59"},
    {"", "+01:00 Mar 10 11:59:59 x", " x", "2026-03-10 10:59:59"},
    {"", "[10/Mar/2026:11:59:59 +0100] x", "[] x", "2026-03-10 10:59:59"},
    {"", "x audit(1773140399.123:5): y", "x audit(:5): y", "2026-03-10 10:59:59"},
    {"", "[1409629872.123] x", "[] x", "2014-09-02 03:51:12"},
    {"", "Dec 31 23:59:59 x", " x", "2025-12-31 22:59:59"},
    {"", "Mar 11 11:00:00 x", " x", "2026-03-11 10:00:00"},
    {"", "Mar 12 13:00:00 x", " x", "2025-03-12 12:00:00"},
    {"", "12:30:00 x", " x", "2026-03-09 11:30:00"},
    {"", "11:59:59 x", " x", "2026-03-10 10:59:59"},
    {"", "03-10-2026 11:59:59.25 x", ".25 x", "2026-10-03 09:59:59"},
    {"", "Feb 30 11:59:59 x", " x", ""},
    {"", "Feb 29 11:59:59 x", " x", ""},
    {"", "sshd Mar 10 11:59:59 x", " x", ""},
    {"", "@400000005151f8a71234abcd x", " x", "2013-03-26 19:36:07"},
    {"", "..2026-03-10 11:59:59 x", ".. x", "2026-03-10 10:59:59"},
    {"", "nothing here", NULL, NULL},
    {"", "1999-03-10 x", NULL, NULL},
    {"{NONE}", "2026-03-10 11:59:59 x", "2026-03-10 11:59:59 x", NULL},
    {"\\((%Y-%m-%d %H:%M)\\)", "pre (2026-03-10 11:59) x", "pre () x", "2026-03-10 10:59:00"},
    {"^x=({EPOCH}) ", "x=1773140399 y", "x= y", "2026-03-10 10:59:59"},
    {"^x=({Epoch}) ", "x=1773140399 y", "x= y", "2026-03-10 10:59:59"},
    {"LEPOCH", "1773140399123 y", " y", "2026-03-10 10:59:59"},
    {"LEPOCH", "1773140399123456 y", " y", "2026-03-10 10:59:59"},
    {"\\[{DATE}\\]", "a [2026-03-10 11:59:59] y", "a  y", "2026-03-10 10:59:59"},
    {"%Y %j %H:%M", "2026 069 11:59 y", " y", "2026-03-10 10:59:00"},
    {"%Y %W %w", "2024 09 2 y", " y", "2024-02-26 23:00:00"},
    {"%Y %U %w", "2024 09 2 y", " y", "2024-03-04 23:00:00"},
    {"%y-%m-%d", "99-02-20 y", " y", "2099-02-19 23:00:00"},
    {"%m/%d/%Y %I:%M:%S %p", "03/05/2024 12:00:00 AM y", " y", "2024-03-04 23:00:00"},
    {"%m/%d/%Y %I:%M:%S %p", "03/05/2024 12:00:00 pm y", " y", "2024-03-05 11:00:00"},
    {"%Y-%m-%d %k:%M", "2024-02-03 29:13 y", " y", ""},
    {"%Y-%m-%d %H:%M:%S", "2024-02-03 23:13:60 y", " y", ""},
    {"%Y-%m-%d", "0000-02-03 y", " y", ""},
    {"%Y-%m", "2024-02 y", " y", ""},
    {"%Y-%m-%d", "1850-02-20 y", " y", "1850-02-19 23:25:52"},
    {"%c", "tue mar 10 11:59:59 2026 y", " y", "2026-03-10 10:59:59"},
    {"%Y-%m-%d %H:%M", "2026-03-29 01:59 y", " y", "2026-03-29 00:59:00"},
    {"%Y-%m-%d %H:%M", "2026-03-29 02:30 y", " y", "2026-03-29 01:30:00"},
    {"%Y-%m-%d %H:%M", "2026-03-29 03:00 y", " y", "2026-03-29 01:00:00"},
    {"%Y-%m-%d %H:%M", "2026-10-25 02:30 y", " y", "2026-10-25 00:30:00"},
    {"%Y-%m-%d %H:%M", "2026-10-25 03:00 y", " y", "2026-10-25 02:00:00"},
};

static void
rows_are_as_recorded(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct date_detector *dd = detector(rows[i].pattern);

		check(dd, &rows[i]);
		check(dd, &rows[i]); /* from what it remembers */
		date_detector_free(dd);
	}
}

static void
zone_of_the_log_is_used(void **state)
{
	static const struct {
		const char *zone;
		const char *when;
	} zones[] = {
	    {"UTC", "2026-03-10 11:59:59"},
	    {"UTC+0530", "2026-03-10 06:29:59"},
	    {"-08", "2026-03-10 19:59:59"},
	    {"CET", "2026-03-10 10:59:59"},
	};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct date_detector *dd = detector("");
		struct row row = {"", "Mar 10 11:59:59 x", " x", zones[i].when};

		assert_int_equal(date_detector_set_zone(dd, slice_cstr(zones[i].zone), NULL), 0);
		check(dd, &row);
		date_detector_free(dd);
	}
}

static void
unknown_zone_is_refused(void **state)
{
	struct date_detector *dd = detector("");
	struct diag d;

	diag_init(&d);
	assert_true(date_detector_set_zone(dd, SLICE("bogus"), &d) < 0);
	assert_string_equal(d.text, "Unknown or unsupported time zone: 'bogus'");
	date_detector_free(dd);
}

static void
what_matched_moves_to_the_front(void **state)
{
	struct date_detector *dd = detector("");
	struct date_template_info info;
	struct date_match m;

	assert_int_equal(date_template_count(dd), 31);
	assert_true(date_find(dd, SLICE("Mar 10 11:59:59 x"), true, NOW, &m));
	assert_int_equal(m.template, 0);
	date_template_info(dd, 0, &info);
	assert_int_equal(info.hits, 1);
	assert_true(slice_eq(info.name,
	    SLICE("{^LN-BEG}(?:DAY )?MON Day %k:Minute:Second(?:\\.Microseconds)?(?: ExYear)?")));
	date_detector_free(dd);
}

static void
default_patterns_leave_out_what_is_there(void **state)
{
	struct date_detector *dd = detector("^EPOCH\n{^LN-BEG}");

	assert_int_equal(date_template_count(dd), 17);
	date_detector_free(dd);
}

static void
date_in_the_message_does_not_take_over(void **state)
{
	struct date_detector *dd = detector("");
	struct row first = {"", "Mar 10 11:59:59 x", " x", "2026-03-10 10:59:59"};
	struct row second = {"", "Mar 10 11:59:58 x 2020-01-01 00:00:00", " x 2020-01-01 00:00:00",
	    "2026-03-10 10:59:58"};

	check(dd, &first);
	check(dd, &second);
	date_detector_free(dd);
}

static void
mistakes_are_refused(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
	} bad[] = {
	    {"%Q", "Failed to set datepattern '%Q' (may be an invalid format or unescaped percent "
		   "char): unsupported format character 'Q' (0x51) at index 1"},
	    {"%EY",
		"Failed to set datepattern '%EY' (may be an invalid format or unescaped percent "
		"char): must be real number, not dict"},
	    {"%", "Failed to set datepattern '%' (may be an invalid format or unescaped percent "
		  "char): incomplete format"},
	    {"%Y\n%Y", "There is already a template with name Year"},
	    {"(%Y", NULL},
	    {"%Y %Y", NULL},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct date_detector *dd;
		struct diag d;

		diag_init(&d);
		assert_true(
		    date_detector_new(&dd, slice_cstr(bad[i].pattern), (struct place){0}, &d) < 0);
		assert_true(d.set);
		if (bad[i].text != NULL)
			assert_string_equal(d.text, bad[i].text);
	}
}

static struct date_template_info
first_template(const struct date_detector *dd)
{
	struct date_template_info info;

	date_template_info(dd, 0, &info);
	return info;
}

static void
equal_datepatterns_are_compiled_once(void **state)
{
	struct date_detector *one = detector("%Y-%m-%d\n%H:%M:%S"), *two = detector("%Y-%m-%d\n%H:%M:%S");
	struct date_detector *other = detector("%Y-%m-%d");
	struct row clock = {"", "x 11:59:58 y", "x  y", "2026-03-10 10:59:58"};

	(void)state;
	assert_ptr_equal(first_template(two).regex.p, first_template(one).regex.p);
	assert_ptr_not_equal(first_template(other).regex.p, first_template(one).regex.p);
	/* What one has seen is nothing to the other. */
	for (int i = 0; i < 3; i++)
		check(one, &clock);
	assert_int_equal(first_template(one).hits, 3);
	assert_int_equal(first_template(two).hits, 0);
	assert_true(slice_eq(first_template(two).pattern, SLICE("%Y-%m-%d")));
	date_detector_free(one);
	check(two, &clock);
	date_detector_free(two);
	date_detector_free(other);
}

/* ---- --serve ---- */

static struct slice
unhex(char *text)
{
	size_t n = 0;

	for (char *p = text; char_hex(p[0]) >= 0 && char_hex(p[1]) >= 0; p += 2)
		text[n++] = (char)(char_hex(p[0]) * 16 + char_hex(p[1]));
	return slice_of(text, n);
}

static struct date_detector *
serve_new(struct date_detector *old, char *pattern, char *zone)
{
	struct date_detector *dd = NULL;
	struct diag d;

	date_detector_free(old);
	diag_init(&d);
	if (date_detector_new(&dd, unhex(pattern), (struct place){0}, &d) < 0) {
		printf("error %s\n", d.text);
		return NULL;
	}
	if (date_detector_set_zone(dd, unhex(zone), &d) < 0) {
		printf("error %s\n", d.text);
		date_detector_free(dd);
		return NULL;
	}
	printf("ok\n");
	return dd;
}

static void
serve_line(struct date_detector *dd, struct slice line, struct instant now)
{
	struct date_match m;

	if (dd == NULL || !date_find(dd, line, utf8_ascii(line) == line.n, now, &m))
		printf("none\n");
	else if (m.empty)
		printf("%zu %zu empty\n", m.start, m.end);
	else if (!m.valid)
		printf("%zu %zu invalid\n", m.start, m.end);
	else
		printf("%zu %zu %.3f\n", m.start, m.end, (double)m.when.us / 1e6);
}

static int
serve(void)
{
	struct date_detector *dd = NULL;
	char *line = NULL, *words[4];
	size_t cap = 0, n;
	int64_t now = 0;

	while (getline(&line, &cap, stdin) > 0) {
		n = 0;
		for (char *p = strtok(line, " \n"); p != NULL && n < 4; p = strtok(NULL, " \n"))
			words[n++] = p;
		if (n == 4) {
			(void)slice_i64(slice_cstr(words[3]), 0, INT64_MAX / 2, &now);
			dd = serve_new(dd, words[1], words[2]);
		} else if (n == 2) {
			serve_line(dd, unhex(words[1]), INSTANT_S(now));
		}
		(void)fflush(stdout);
	}
	free(line);
	date_detector_free(dd);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_as_recorded),
	    cmocka_unit_test(zone_of_the_log_is_used),
	    cmocka_unit_test(unknown_zone_is_refused),
	    cmocka_unit_test(what_matched_moves_to_the_front),
	    cmocka_unit_test(default_patterns_leave_out_what_is_there),
	    cmocka_unit_test(date_in_the_message_does_not_take_over),
	    cmocka_unit_test(mistakes_are_refused),
	    cmocka_unit_test(equal_datepatterns_are_compiled_once),
	};

	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve();
	setenv("TZ", "Europe/Zurich", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
