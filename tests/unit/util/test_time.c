/* Calendars against the C library's, for every day of four centuries. */
#include <time.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/time.c"	/* to reach what it remembers */

static void
days_agree_with_the_library(void **state)
{
	(void)state;
	for (int64_t day = -150000; day < 150000; day += 1) {
		struct civil c, again;
		struct instant t = INSTANT_S(day * 86400 + 3661);

		civil_utc(t, &c);
		assert_int_equal(civil_days(c.year, c.month, c.day), day);
		assert_true(c.day <= civil_month_days(c.year, c.month));
		again = c;
		assert_int_equal(civil_from_utc(&again).us, t.us);
	}
}

static void
set_zone(const char *name)
{
	(void)setenv("TZ", name, 1);
	tzset();
	memset(recent, 0, sizeof(recent));
}

static void
local_time_is_the_zones(void **state)
{
	struct civil c;
	struct instant t = INSTANT_S(1795376406);

	(void)state;
	set_zone("Europe/Zurich");
	civil_local(t, &c);
	assert_int_equal(c.offset_s, 3600);
	assert_int_equal(civil_from_local(&c).us, t.us);
}

static void
a_moment_is_printed_with_its_zone(void **state)
{
	static const struct {
		const char *zone;
		int64_t us;
		const char *text;
	} rows[] = {
	    {"UTC", 1000000000000000, "2001-09-09T01:46:40+00:00"},
	    {"UTC", 1000000000000001, "2001-09-09T01:46:40.000001+00:00"},
	    {"Europe/Zurich", 1000000000500000, "2001-09-09T03:46:40.500000+02:00"},
	    {"America/St_Johns", 1000000000000000, "2001-09-08T23:16:40-02:30"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_zone(rows[i].zone);
		buf_clear(&out);
		time_format_iso(&out, (struct instant){rows[i].us});
		assert_string_equal(buf_cstr(&out), rows[i].text);
	}
	buf_done(&out);
}

static void
seconds_round_down(void **state)
{
	(void)state;
	assert_int_equal(instant_seconds((struct instant){-1}), -1);
	assert_int_equal(instant_seconds((struct instant){-1000000}), -1);
	assert_int_equal(instant_seconds((struct instant){1999999}), 1);
}

static void
seconds_that_are_too_many_become_as_many_as_fit(void **state)
{
	(void)state;
	assert_int_equal(span_of_seconds(1.5).us, 1500000);
	assert_int_equal(span_of_seconds(-2).us, -2000000);
	assert_int_equal(span_of_seconds(1e300).us, 8900000000000000000);
	assert_int_equal(span_of_seconds(-1e300).us, -8900000000000000000);
	assert_int_equal(span_of_seconds(strtod("inf", NULL)).us, 8900000000000000000);
	assert_int_equal(span_of_seconds(strtod("nan", NULL)).us, 8900000000000000000);
	/* The longest from the end of the year 9999 on is still a moment. */
	assert_true(instant_add(INSTANT_S(253402300799), span_of_seconds(1e300)).us > 0);
}

static void
dates_have_two_digits_for_all_but_the_year(void **state)
{
	static const struct {
		struct civil c;
		const char *text;
	} rows[] = {
	    {{.year = 2026, .month = 1, .day = 2, .hour = 3, .minute = 4, .second = 5},
		"2026-01-02 03:04:05"},
	    {{.year = 1999, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59},
		"1999-12-31 23:59:59"},
	    {{.year = 987, .month = 10, .day = 20, .hour = 10, .minute = 20, .second = 30},
		"0987-10-20 10:20:30"},
	    {{.year = 12026, .month = 10, .day = 20, .hour = 10, .minute = 20, .second = 30},
		"9999-12-31 23:59:59"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, 100);
		time_format(&out, civil_from_local(&rows[i].c));
		assert_string_equal(buf_cstr(&out), rows[i].text);
		buf_done(&out);
	}
}

/* Around each change of the clocks, where most would go wrong, and anywhere, against strftime(3). */
static void
dates_are_the_librarys(void **state)
{
	static const struct {
		const char *zone;
		int64_t around;
	} rows[] = {
	    {"UTC", 1000000000},
	    {"Europe/Zurich", 1774746000},	 /* 2026-03-29, 02:00 becomes 03:00 */
	    {"Europe/Zurich", 1792890000},	 /* 2026-10-25, 03:00 becomes 02:00 */
	    {"America/St_Johns", 1173583860}, /* 2007-03-11, at 00:01 */
	    {"Asia/Kathmandu", 504901800},	 /* 1986-01-01, from +5:30 to +5:45 */
	    {"Australia/Lord_Howe", 1775314800}, /* 2026-04-05, by half an hour */
	    {"Africa/Monrovia", 63593070},	 /* 1972-01-07, from -0:44:30 */
	    {"Pacific/Apia", 1325239200},	 /* 2011-12-30 is left out */
	    {"Europe/London", 0},
	};
	unsigned seed = 11;
	struct buf out;
	char text[64];

	(void)state;
	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_zone(rows[i].zone);
		for (int k = 0; k < 5000; k++) {
			time_t at = rows[i].around + rand_r(&seed) % (k % 2 == 0 ? 7200 : 400000000) -
			    (k % 4 < 3 ? 3600 : 200000000);
			struct instant t = {at * US_PER_S + k};
			struct civil c, asked;
			struct tm tm = {0};

			ask_local(t, &asked);
			civil_local(t, &c);
			assert_memory_equal(&c, &asked, sizeof(c));
			(void)localtime_r(&at, &tm);
			(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
			buf_clear(&out);
			time_format(&out, t);
			assert_string_equal(buf_cstr(&out), text);
		}
	}
	buf_done(&out);
	set_zone("UTC");
}

static void
no_year_has_five_digits(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	set_zone("UTC");
	time_format(&out, INSTANT_S(253402214399));
	buf_add_char(&out, '|');
	time_format(&out, INSTANT_S(253402214400));
	buf_add_char(&out, '|');
	civil_local((struct instant){INT64_MAX}, &(struct civil){0}); /* whatever that is */
	time_format(&out, (struct instant){INT64_MAX});
	assert_string_equal(
	    buf_cstr(&out), "9999-12-30 23:59:59|9999-12-31 23:59:59|9999-12-31 23:59:59");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_have_two_digits_for_all_but_the_year),
	    cmocka_unit_test(days_agree_with_the_library),
	    cmocka_unit_test(local_time_is_the_zones),
	    cmocka_unit_test(a_moment_is_printed_with_its_zone),
	    cmocka_unit_test(dates_are_the_librarys),
	    cmocka_unit_test(no_year_has_five_digits),
	    cmocka_unit_test(seconds_round_down),
	    cmocka_unit_test(seconds_that_are_too_many_become_as_many_as_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
