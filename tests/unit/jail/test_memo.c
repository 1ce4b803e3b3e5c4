#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jail/memo.h"

static struct mono
at(int64_t s)
{
	return (struct mono){s * US_PER_S};
}

static void
answers_are_good_for_their_time(void **state)
{
	struct memo *m = memo_new(10, SPAN_S(5));
	bool answer = false;

	(void)state;
	memo_put(m, SLICE("a"), true, at(100));
	assert_true(memo_get(m, SLICE("a"), at(104), &answer));
	assert_true(answer);
	assert_false(memo_get(m, SLICE("a"), at(105), &answer));
	memo_put(m, SLICE("a"), false, at(106));
	assert_true(memo_get(m, SLICE("a"), at(107), &answer));
	assert_false(answer);
	memo_free(m);
}

static void
full_memo_forgets_the_oldest(void **state)
{
	struct memo *m = memo_new(2, SPAN_S(5));
	bool answer;

	(void)state;
	memo_put(m, SLICE("a"), true, at(1));
	memo_put(m, SLICE("b"), true, at(1));
	memo_put(m, SLICE("a"), true, at(2));
	memo_put(m, SLICE("c"), true, at(2));
	assert_true(memo_get(m, SLICE("a"), at(3), &answer));
	assert_false(memo_get(m, SLICE("b"), at(3), &answer));
	assert_true(memo_get(m, SLICE("c"), at(3), &answer));
	memo_free(m);
}

static void
memo_of_nothing_remembers_nothing(void **state)
{
	struct memo *m = memo_new(0, SPAN_S(5));
	bool answer;

	(void)state;
	memo_put(m, SLICE("a"), true, at(1));
	assert_false(memo_get(m, SLICE("a"), at(1), &answer));
	memo_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_are_good_for_their_time),
	    cmocka_unit_test(full_memo_forgets_the_oldest),
	    cmocka_unit_test(memo_of_nothing_remembers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
