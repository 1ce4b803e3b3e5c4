/* Durations as people write them. Results: fail2ban-client --str2sec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/duration.h"

static void
durations_are_seconds(void **state)
{
	static const struct {
		const char *text;
		bool is_float;
		double seconds;
	} rows[] = {
	    {"600", false, 600},
	    {"10m", false, 600},
	    {"1d12h", false, 129600},
	    {"1 hour 30 minutes", false, 5400},
	    {"1h + 30m", false, 5400},
	    {"-1", false, -1},
	    {"1.5h", true, 5400},
	    {"1mo", true, 2629800},
	    {"1year-6mo", true, 15778800},
	    {"10 20", false, 30},
	    {"1d5", false, 86405},
	    {" 5M ", false, 300},
	    {"5m\n6m", false, 660},
	    {"1h # an hour and 5m", false, 3600},
	    {"600#10 \xd0\xbc\xd0\xb8\xd0\xbd", false, 600},
	    {"\"3600\"", false, 3600},
	    {"3*1m", false, 180},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pyexpr_number n;

		assert_int_equal(duration_parse(slice_cstr(rows[i].text), &n, NULL), 0);
		assert_int_equal(n.is_float, rows[i].is_float);
		assert_true(pyexpr_double(&n) == rows[i].seconds);
	}
}

static void
what_is_none_is_refused(void **state)
{
	static const char *const rows[] = {"", "abc", "10x", "h", "1 2 3", "1h+", "2seco", "d1"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double seconds;
		struct diag d;

		assert_true(duration_seconds(slice_cstr(rows[i]), &seconds, &d) < 0);
		assert_true(d.text[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_are_seconds),
	    cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
