/* Arithmetic as Python does it; the results were taken from CPython 3.11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <cmocka.h>

#include "compat/pyexpr.h"

static void
results_and_their_types(void **state)
{
	static const struct {
		const char *text;
		bool is_float;
		double value;
	} rows[] = {
	    {"1+2*3", false, 7},
	    {"7 # days + 1", false, 7},
	    {"7#", false, 7},
	    {"(1 # one\n + 2) # two\n# three\n", false, 3},
	    {"\"60\"", false, 60},
	    {"' 1.5 ' # s", true, 1.5},
	    {"(1+2)*3", false, 9},
	    {"7//2", false, 3},
	    {"-7//2", false, -4},
	    {"-7%3", false, 2},
	    {"7%-3", false, -2},
	    {"-7.5%3", true, 1.5},
	    {"7/2", true, 3.5},
	    {"4/2", true, 2},
	    {"2**10", false, 1024},
	    {"2**-1", true, 0.5},
	    {"-2**2", false, -4},
	    {"2**3**2", false, 512},
	    {"1<<4", false, 16},
	    {"1 << 2 + 1", false, 8},
	    {"-16>>2", false, -4},
	    {"1 if 2 > 1 else 1/0", false, 1},
	    {"1/0 if 0 else 5", false, 5},
	    {"nope if False else 6", false, 6},
	    {"1 < 2 and 3 or 4", false, 3},
	    {"not 1 == 1", false, 0},
	    {"min(3, 2.0, 9)", true, 2},
	    {"max(1, 5)", false, 5},
	    {"int(-2.7)", false, -2},
	    {"round(2.5)", false, 2},
	    {"round(3.5)", false, 4},
	    {"math.exp(0)", true, 1},
	    {"math.floor(2.9)", false, 2},
	    {"1e3", true, 1000},
	    {".5+.5", true, 1},
	    {"1_000", false, 1000},
	    {"00", false, 0},
	    {"\n (5\n+ max(1,\n2))\n", false, 7},
	    {"9223372036854775807+1", true, 9223372036854775808.0},
	    {"ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor", false, 4800},
	};
	const struct pyexpr_name names[] = {
	    {"ban.Time", {.i = 600}}, {"ban.Count", {.i = 3}}, {"banFactor", {.i = 1}}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pyexpr_number n;

		assert_int_equal(pyexpr_eval(slice_cstr(rows[i].text), names, 3, &n, NULL), 0);
		assert_int_equal(n.is_float, rows[i].is_float);
		assert_true(fabs(pyexpr_double(&n) - rows[i].value) < 1e-9);
	}
}

static void
mistakes_have_pythons_words(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
	    {"abc", "name 'abc' is not defined"},
	    {"abc(1)", "name 'abc' is not defined"},
	    {"1/0", "division by zero"},
	    {"", "invalid syntax"},
	    {"1+", "invalid syntax"},
	    {"5\n+1", "invalid syntax"},
	    {"5 # five\n+1", "invalid syntax"},
	    {"# five", "invalid syntax"},
	    {"'5", "invalid syntax"},
	    {"'x'", "a text in quotes is no number"},
	    {"'5 6'", "a text in quotes is no number"},
	    {"(5)\r+1", "invalid syntax"},
	    {"1 2", "invalid syntax"},
	    {"(1", "invalid syntax"},
	    {"012", "invalid syntax"},
	    {"1if 2 else 3x", "invalid decimal literal"},
	    {"0x", "invalid hexadecimal literal"},
	    {"math.sqrt(-1)", "math domain error"},
	    {"\033", "invalid syntax"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pyexpr_number n;
		struct diag d;

		diag_init(&d);
		assert_true(pyexpr_eval(slice_cstr(rows[i].text), NULL, 0, &n, &d) < 0);
		assert_string_equal(d.text, rows[i].error);
	}
}

static void
nesting_and_length_are_bounded(void **state)
{
	static char deep[4097];
	struct pyexpr_number n;

	(void)state;
	memset(deep, '(', sizeof(deep));
	assert_true(pyexpr_eval(slice_of(deep, 4096), NULL, 0, &n, NULL) < 0);
	assert_true(pyexpr_eval(slice_of(deep, 4097), NULL, 0, &n, NULL) < 0);
	memset(deep + 65, ')', 66);
	deep[64] = '1';
	assert_int_equal(pyexpr_eval(slice_of(deep, 129), NULL, 0, &n, NULL), 0);
	deep[65] = '1';
	deep[64] = '(';
	assert_true(pyexpr_eval(slice_of(deep, 131), NULL, 0, &n, NULL) < 0);
	memset(deep, '-', sizeof(deep));
	assert_true(pyexpr_eval(slice_of(deep, 4096), NULL, 0, &n, NULL) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(results_and_their_types),
	    cmocka_unit_test(mistakes_have_pythons_words),
	    cmocka_unit_test(nesting_and_length_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
