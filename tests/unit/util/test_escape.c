/* What a terminal would obey is made visible; everything else stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/escape.h"

static void
only_harmless_bytes_stay(void **state)
{
	static const struct {
		struct slice in;
		const char *out;
	} rows[] = {
	    {{"plain \\ \"text\"", 14}, "plain \\ \"text\""},
	    {{"a\tb", 3}, "a\tb"},
	    {{"\033[31m", 5}, "\\x1b[31m"},
	    {{"a\0b\n", 4}, "a\\x00b\\x0a"},
	    {{"\303\244", 2}, "\303\244"},
	    {{"\303", 1}, "\\xc3"},
	    {{"\302\233", 2}, "\\xc2\\x9b"},
	    {{"\342\200\256x\342\201\251", 7}, "\\xe2\\x80\\xaex\\xe2\\x81\\xa9"},
	    {{"\342\200\257", 3}, "\342\200\257"},
	    {{"\330\234", 2}, "\\xd8\\x9c"},
	    {{"\342\200\250", 3}, "\\xe2\\x80\\xa8"},
	    {{"\355\240\200", 3}, "\\xed\\xa0\\x80"},
	    {{"\300\257", 2}, "\\xc0\\xaf"},
	    {{"\364\220\200\200", 4}, "\\xf4\\x90\\x80\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 100);
		escape_format(&b, rows[i].in);
		assert_string_equal(buf_cstr(&b), rows[i].out);
		buf_done(&b);
	}
}

static void
ends_of_lines_stay_in_a_text_of_several(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"", ""},
	    {"\n", "\n"},
	    {"a\n\n\033b", "a\n\n\\x1bb"},
	    {"a\r\nb\n", "a\\x0d\nb\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 100);
		escape_lines(&b, slice_cstr(rows[i].in));
		assert_string_equal(buf_cstr(&b), rows[i].out);
		buf_done(&b);
		assert_int_equal(escape_clean(slice_cstr(rows[i].in)),
		    strcmp(rows[i].in, rows[i].out) == 0);
	}
}

static void
utf8_is_its_own_inverse(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
		struct buf b;
		uint32_t back = 0;

		if (code >= 0xd800 && code < 0xe000)
			continue;
		buf_init(&b, 8);
		utf8_add(&b, code);
		assert_int_equal(utf8_next(buf_slice(&b), &back), b.n);
		assert_int_equal(back, code);
		buf_done(&b);
	}
}

static void
ascii_ends_at_the_first_high_byte(void **state)
{
	char s[40];

	(void)state;
	memset(s, 'a', sizeof(s));
	for (size_t n = 0; n <= sizeof(s); n++)
		assert_int_equal(utf8_ascii(slice_of(s, n)), n);
	for (size_t n = 0; n < sizeof(s); n++) {
		s[n] = (char)0x80;
		assert_int_equal(utf8_ascii(slice_of(s, sizeof(s))), n);
		s[n] = 'a';
	}
}

static void
what_is_no_utf8_is_repaired(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_false(utf8_repair(&b, SLICE("a\xc3\xa9\0")));
	assert_int_equal(b.n, 4);
	buf_clear(&b);
	assert_true(utf8_repair(&b, SLICE("a\xff\xc3\xa9\xe2\x82")));
	assert_string_equal(
	    buf_cstr(&b), "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(utf8_count(buf_slice(&b)), 5);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_harmless_bytes_stay),
	    cmocka_unit_test(ends_of_lines_stay_in_a_text_of_several),
	    cmocka_unit_test(utf8_is_its_own_inverse),
	    cmocka_unit_test(ascii_ends_at_the_first_high_byte),
	    cmocka_unit_test(what_is_no_utf8_is_repaired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
