/* Rows are observed with CPython 3.11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compat/pyrepr.h"

static struct arena arena;

static void
expect(struct buf *out, const char *want)
{
	assert_string_equal(buf_cstr(out), want);
	buf_clear(out);
}

static void
floats_have_the_fewest_digits(void **state)
{
	static const struct {
		double real;
		const char *want;
	} rows[] = {
	    {0.0, "0.0"}, {-0.0, "-0.0"}, {1.0, "1.0"}, {1.5, "1.5"}, {0.1, "0.1"},
	    {-2629800.0, "-2629800.0"}, {0.0001, "0.0001"}, {0.00001, "1e-05"},
	    {1.25e-7, "1.25e-07"}, {1e15, "1000000000000000.0"}, {1e16, "1e+16"},
	    {1234567890123456.7, "1234567890123456.8"}, {1.0 / 3, "0.3333333333333333"},
	    {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
	    {100.0, "100.0"}, {123.456, "123.456"}, {__builtin_inf(), "inf"},
	    {-__builtin_inf(), "-inf"}, {__builtin_nan(""), "nan"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pyrepr_float(&out, rows[i].real);
		expect(&out, rows[i].want);
	}
	buf_done(&out);
}

static void
text_is_quoted_and_escaped(void **state)
{
	static const struct {
		struct slice text;
		const char *want;
	} rows[] = {
	    {{"", 0}, "''"},
	    {{"it's", 4}, "\"it's\""},
	    {{"it's \"so\"", 9}, "'it\\'s \"so\"'"},
	    {{"a\\b\n\r\t\0\x7f", 8}, "'a\\\\b\\n\\r\\t\\x00\\x7f'"},
	    {{"n\xc3\xa9t \xe2\x98\x83 \xf0\x9f\x98\x80", 13}, "'n\xc3\xa9t \xe2\x98\x83 \xf0\x9f\x98\x80'"},
	    {{"\xc2\xa0\xc2\xad\xe2\x80\xa8\xf3\xa0\x80\x81", 11},
		"'\\xa0\\xad\\u2028\\U000e0001'"},
	    {{"\xff\xed\xa0\x80", 4}, "'\\udcff\\udced\\udca0\\udc80'"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pyrepr_text(&out, rows[i].text);
		expect(&out, rows[i].want);
	}
	buf_done(&out);
}

/* The bytes of a longer text are looked at in groups: each must count wherever it stands. */
static void
a_byte_counts_at_every_place(void **state)
{
	struct buf whole, apart;
	char text[20], piece[2] = "";

	(void)state;
	buf_init(&whole, 200);
	buf_init(&apart, 200);
	for (unsigned c = 1; c < 0x80; c++)
		for (size_t at = 0; at < sizeof(text); at++) {
			char quote = c == '\'' ? '"' : '\'';

			memset(text, '~', sizeof(text));
			text[at] = (char)c;
			pyrepr_text(&whole, slice_of(text, sizeof(text)));
			/* What it is by itself, with the others around. */
			piece[0] = (char)c;
			pyrepr_text(&apart, slice_of(piece, 1));
			assert_int_equal(whole.n, sizeof(text) - 1 + apart.n);
			assert_int_equal(whole.p[0], quote);
			for (size_t i = 0; i < at; i++)
				assert_int_equal(whole.p[1 + i], '~');
			assert_memory_equal(whole.p + 1 + at, apart.p + 1, apart.n - 2);
			assert_int_equal(whole.p[whole.n - 1], quote);
			buf_clear(&whole);
			buf_clear(&apart);
		}
	buf_done(&whole);
	buf_done(&apart);
}

static void
containers_print_as_literals(void **state)
{
	struct arena *a = &arena;
	struct value *list = value_list(a);
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	pyrepr_format(&out, value_tuple(a));
	expect(&out, "()");
	pyrepr_format(&out, value_add(a, value_tuple(a), value_nil(a)));
	expect(&out, "(None,)");
	pyrepr_format(&out, value_set(a));
	expect(&out, "set()");
	pyrepr_format(&out, value_add(a, value_set(a), value_int(a, 1)));
	expect(&out, "{1}");
	value_add(a, list, value_pair(a, value_cstr(a, "a"), value_bool(a, true)));
	value_add(a, list, value_put(a, value_map(a), value_cstr(a, "k"), value_float(a, 0.5)));
	pyrepr_format(&out, list);
	expect(&out, "[('a', True), {'k': 0.5}]");
	pyrepr_str(&out, value_cstr(a, "it's"));
	expect(&out, "it's");
	buf_done(&out);
}

static void
errors_print_as_exceptions(void **state)
{
	struct arena *a = &arena;
	struct value *os = value_error(a, ERROR_NO_FILE, "%s", "");
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	pyrepr_format(&out, value_error(a, ERROR_VALUE, "bad %d", 1));
	expect(&out, "ValueError('bad 1')");
	pyrepr_str(&out, value_error(a, ERROR_VALUE, "bad %d", 1));
	expect(&out, "bad 1");
	pyrepr_str(&out, value_error(a, ERROR_UNKNOWN_JAIL, "web"));
	expect(&out, "'web'");
	os->error.args = value_pair(a, value_int(a, 2), value_cstr(a, "No such file or directory"));
	value_add(a, os->error.args, value_cstr(a, "/x"));
	pyrepr_format(&out, os);
	expect(&out, "FileNotFoundError(2, 'No such file or directory')");
	pyrepr_str(&out, os);
	expect(&out, "[Errno 2] No such file or directory: '/x'");
	buf_done(&out);
}

static int
forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(floats_have_the_fewest_digits),
	    cmocka_unit_test(text_is_quoted_and_escaped),
	    cmocka_unit_test(a_byte_counts_at_every_place),
	    cmocka_unit_test_teardown(containers_print_as_literals, forget),
	    cmocka_unit_test_teardown(errors_print_as_exceptions, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
