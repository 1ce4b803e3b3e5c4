/* How often what somebody takes away is put back at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "action/contest.h"

static struct mono
at(int64_t ms)
{
	return (struct mono){ms * US_PER_MS};
}

static void
now_and_then_is_put_right_at_once(void **state)
{
	struct contest c = {0};

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(contest_loss(&c, i + 1, at(2500 * (int64_t)i)), CONTEST_AT_ONCE);
}

static void
one_transaction_counts_once(void **state)
{
	struct contest c = {0};

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(contest_loss(&c, 7, at(i)), CONTEST_AT_ONCE);
}

static void
a_contest_is_told_once_and_its_end_is_forgotten(void **state)
{
	struct contest c = {0};
	unsigned told = 0, at_once = 0, i;

	(void)state;
	for (i = 0; i < 60000; i++) {
		enum contest_verdict v = contest_loss(&c, i + 1, at(i));

		told += v == CONTEST_BEGINS;
		at_once += v == CONTEST_AT_ONCE;
	}
	assert_int_equal(told, 1);
	assert_int_equal(at_once, 6 * CONTEST_FREE);
	/* A calm window, and it begins anew. */
	for (unsigned k = 0; k < 2; k++)
		assert_int_equal(contest_loss(&c, ++i, at(80000 + 20000 * (int64_t)k)), CONTEST_AT_ONCE);
	for (unsigned k = 1; k < CONTEST_FREE; k++)
		assert_int_equal(contest_loss(&c, ++i, at(100001)), CONTEST_AT_ONCE);
	assert_int_equal(contest_loss(&c, ++i, at(100002)), CONTEST_BEGINS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(now_and_then_is_put_right_at_once),
	    cmocka_unit_test(one_transaction_counts_once),
	    cmocka_unit_test(a_contest_is_told_once_and_its_end_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
