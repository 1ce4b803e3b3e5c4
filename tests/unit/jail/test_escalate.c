/* Growing ban times: rows worked out from the rules and checked against fail2ban. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "jail/escalate.h"

static double
bantime(struct escalate e, unsigned count)
{
	double out = -7;

	assert_int_equal(escalate_bantime(&e, 600, count, 0.5, &out, NULL), 0);
	return out;
}

static void
default_doubles_up_to_its_cap(void **state)
{
	const struct escalate e = {.maxtime_s = -1};

	(void)state;
	assert_true(bantime(e, 1) == 1200);
	assert_true(bantime(e, 2) == 2400);
	assert_true(bantime(e, 20) == 600.0 * (1 << 20));
	assert_true(bantime(e, 99) == 600.0 * (1 << 20));
}

static void
options_change_it(void **state)
{
	(void)state;
	assert_true(bantime((struct escalate){.factor = SLICE("2"), .maxtime_s = -1}, 1) == 2400);
	assert_true(bantime((struct escalate){.factor = SLICE("0.1"), .maxtime_s = -1}, 1) == 600);
	assert_true(bantime((struct escalate){.maxtime_s = 1000}, 5) == 1000);
	assert_true(bantime((struct escalate){.maxtime_s = 1000, .rndtime_s = 10}, 5) == 1005);
	assert_true(bantime((struct escalate){.multipliers = SLICE("1 5 30"), .maxtime_s = -1}, 1) == 3000);
	assert_true(bantime((struct escalate){.multipliers = SLICE("1 5 30"), .maxtime_s = -1}, 9) == 18000);
	assert_true(bantime((struct escalate){.formula = SLICE("ban.Time * (ban.Count + 1) * banFactor"),
	                .maxtime_s = -1}, 3) == 2400);
}

static void
wrong_formula_is_refused(void **state)
{
	const struct escalate e = {.formula = SLICE("ban.Nope"), .maxtime_s = -1};
	double out = 1;

	(void)state;
	assert_int_equal(escalate_bantime(&e, 600, 1, 0, &out, NULL), -EINVAL);
	assert_true(out == 1);
}

static void
known_offenders_count_for_more(void **state)
{
	(void)state;
	assert_true(escalate_retries(1, 5) == 2);
	assert_true(escalate_retries(2, 5) == 3);
	assert_true(escalate_retries(3, 5) == 5);
	assert_true(escalate_retries(50, 5) == 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(default_doubles_up_to_its_cap),
	    cmocka_unit_test(options_change_it),
	    cmocka_unit_test(wrong_formula_is_refused),
	    cmocka_unit_test(known_offenders_count_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
