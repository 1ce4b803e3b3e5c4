/* What a line must hold to match a regex. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scan/literal.h"
#include "util/buf.h"

#define TEN "0123456789"

static void
literals_are_what_every_match_holds(void **state)
{
	static const struct {
		const char *regex, *literals; /* with '|' between them */
	} rows[] = {
	    {"PORT DENIED: .* SRC=", "PORT DENIED: "},
	    {"^Failed (?:password|publickey) for", "password|publickey"},
	    {"Failed (?:password|\\S+) for", "Failed "},
	    {"(?:one|two|three) and more", " and more"},
	    {"(?:error|warning)s?", "error|warning"},
	    {"(?:error|)x", ""},
	    {"(?:error)?abc", "abc"},
	    {"(?:error)*abc", "abc"},
	    {"(?:error)+abc", "error"},
	    {"(?:error){0,3}abc", "abc"},
	    {"(?:error){2}abc", "error"},
	    {"abcd?efg", "abc"},
	    {"abc{0}defg", "defg"},
	    {"abc+def", "abc"},
	    {"abc{def", "abc{def"},
	    {"abc\\.def", "abc.def"},
	    {"abc\\.def\\d+g", "abc.def"},
	    {"abc[.]def", "abc.def"},
	    {"abc[.,]defg", "defg"},
	    {"abc[^\\W\\d_b-zA-Z]def", "abc"},
	    {"abc[^\\x00-\\x60\\x62-\\xff]def", "abc"},
	    {"abc(?=xyzw)def", "abc"},
	    {"abc(?!xyzw)def", "abc"},
	    {"abc(?<!xyzw)def", "abc"},
	    {"(?P<a>\\w+)abc(?P=a)def", "abc"},
	    {"(a)bcd\\1efghi", "efghi"},
	    {"(a)bcd\\12efghi", "efghi"},
	    {"(?i)abcdef", ""},
	    {"abc(?i:def)", ""},
	    {"(?s)abcdef", "abcdef"},
	    {"(?:a(?:bcd|efg)h|ijkl)", "bcd|efg|ijkl"},
	    {"(a)?(?(1)bcd|efg)", "bcd|efg"},
	    {"(a)?(?(1)bcdef)ghi", "ghi"},
	    {"(a)?(?(1)bcd|(?:efg|hij))", "bcd|efg|hij"},
	    {"(?P<x>a)?(?(x)bcd|efg)+hi", "bcd|efg"},
	    {"abc\ndefg\n", "defg"},
	    {"abc(?#comment)*def", ""},
	    {"ab\\x63\\N{DOLLAR SIGN}", ""},
	    {"abc\\0def", ""},
	    {"abc[\\11]def", "abc\tdef"},
	    {"ab|cdef", ""},
	    {"abc\xc3\xa9"
	     "defg",
		"defg"},
	    {TEN TEN TEN TEN TEN TEN "abcdefgh", TEN TEN TEN TEN TEN TEN "abcd"},
	    {".*", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a = {0};
		struct literals l, also;
		struct buf b;

		buf_init(&b, 1000);
		literals_of(&a, slice_cstr(rows[i].regex), &l, &also);
		for (size_t k = 0; k < l.count; k++) {
			if (k > 0)
				buf_add_char(&b, '|');
			buf_add(&b, l.v[k]);
		}
		assert_string_equal(buf_cstr(&b), rows[i].literals);
		buf_done(&b);
		arena_done(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(literals_are_what_every_match_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
