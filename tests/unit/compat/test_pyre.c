/* What Python refuses is refused in its words; what it takes comes out as PCRE2 wants it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "compat/pyre.h"

static int
translate(const char *regex, unsigned flags, struct buf *out, struct pyre_groups *groups,
    struct arena *a, struct diag *d)
{
	size_t at;

	diag_init(d);
	return pyre_translate(a, slice_cstr(regex), flags, out, groups, &at, d);
}

static void
translations(void **state)
{
	static const struct {
		const char *python, *ascii, *wide;
	} rows[] = {
	    {"a.b", "a.b", "a.b"},
	    {"a{,3}", "a{0,3}", "a{0,3}"},
	    {"a{,}b{2}c{1,}?d{x}e{", "a{0,}b{2,2}c{1,}?d\\{x\\}e\\{",
		"a{0,}b{2,2}c{1,}?d\\{x\\}e\\{"},
	    {"\\Ax\\Z", "\\Ax\\z", "\\Ax\\z"},
	    {"\\d", "[0-9]", "[\\p{Nd}]"},
	    {"\\D", "[^0-9]", "[^\\p{Nd}]"},
	    {"\\w", "[0-9A-Z_a-z]", "[\\p{L}\\p{N}_]"},
	    {"\\s", "[\\x09-\\x0d\\x1c- ]",
		"[\\x09-\\x0d\\x1c- \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}"
		"\\x{2028}-\\x{2029}\\x{202f}\\x{205f}\\x{3000}]"},
	    {"(?a)\\s\\w\\d", "[\\x09-\\x0d ][0-9A-Z_a-z][0-9]", "[\\x09-\\x0d ][0-9A-Z_a-z][0-9]"},
	    {"[[:alpha:]]", "[\\[\\:alpha\\:]\\]", "[\\[\\:alpha\\:]\\]"},
	    {"[]a]", "[\\]a]", "[\\]a]"},
	    {"[^]a-]", "[^\\]a\\-]", "[^\\]a\\-]"},
	    {"[\\Wa]", "[\\x00-\\/\\:-\\@\\[-\\^\\`\\{-\\x{ff}a]", "(?:[a]|[^\\p{L}\\p{N}_])"},
	    {"[^\\Wa]", "[^\\x00-\\/\\:-\\@\\[-\\^\\`\\{-\\x{ff}a]", "(?:(?![a])[\\p{L}\\p{N}_])"},
	    {"(?P<\xc3\xa9_\xd9\xa1>a)", "(a)", "(a)"},
	    {"(?P<n>a)(?P=n)(?(n)b|c)", "(a)\\g{1}(?(1)b|c)", "(a)\\g{1}(?(1)b|c)"},
	    {"(?x) a b # c\n {2}", "ab{2,2}", "ab{2,2}"},
	    {"(?i)i", "(?i)i", "(?i)[iI\\x{130}\\x{131}]"},
	    {"(?ai)k", "(?i)k", "[kK]"},
	    {"(?i:a(?-i:b))", "(?i:a(?-i:b))", "(?i:a(?-i:b))"},
	    {"\\x41\\u0042\\101\\N{DIGIT ONE}\\07", "ABA1\\x07", "ABA1\\x07"},
	    {"\xc3\xa9", "[^\\x00-\\xff]", "\\x{e9}"},
	    {"\\ud800", "[^\\x00-\\xff]", "[^\\x{0}-\\x{10ffff}]"},
	    {"a(?#x)*", "a*", "a*"},
	    {"(?>a+?)*b", "(?>a+?)*b", "(?>a+?)*b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int wide = 0; wide < 2; wide++) {
			struct pyre_groups groups;
			struct arena a;
			struct diag d;
			struct buf out;

			arena_init(&a);
			buf_init(&out, 10000);
			if (translate(
				rows[i].python, wide ? 0 : PYRE_ASCII, &out, &groups, &a, &d) < 0)
				fail_msg("%s: %s", rows[i].python, d.text);
			assert_string_equal(buf_cstr(&out), wide ? rows[i].wide : rows[i].ascii);
			buf_done(&out);
			arena_done(&a);
		}
	}
}

static void
refusals(void **state)
{
	static const struct {
		const char *regex, *words;
	} rows[] = {
	    {"(", "missing ), unterminated subpattern at position 0"},
	    {"a)", "unbalanced parenthesis at position 1"},
	    {"[a", "unterminated character set at position 0"},
	    {"*", "nothing to repeat at position 0"},
	    {"^*", "nothing to repeat at position 1"},
	    {"\xc3\xa9**", "multiple repeat at position 2"},
	    {"a{2,1}", "min repeat greater than max repeat at position 2"},
	    {"\\h", "bad escape \\h at position 0"},
	    {"a\\", "bad escape (end of pattern) at position 1"},
	    {"[z-a]", "bad character range z-a at position 1"},
	    {"[a-\\d]", "bad character range a-\\d at position 1"},
	    {"\\8", "invalid group reference 8 at position 1"},
	    {"(\\1)", "cannot refer to an open group at position 1"},
	    {"(?P<a-b>x)", "bad character in group name 'a-b' at position 4"},
	    {"(?P<a>x)(?P<a>y)",
		"redefinition of group name 'a' as group 2; was group 1 at position 12"},
	    {"(?P=b)", "unknown group name 'b' at position 4"},
	    {"(?(3)a)", "invalid group reference 3 at position 3"},
	    {"a(?i)", "global flags not at the start of the expression at position 1"},
	    {"(?L)", "bad inline flags: cannot use 'L' flag with a str pattern at position 3"},
	    {"(?<=a+)", "look-behind requires fixed-width pattern"},
	    {"(?<n>a)", "unknown extension ?<n at position 1"},
	    {"(?R)", "unknown extension ?R at position 1"},
	    {"(*FAIL)", "nothing to repeat at position 1"},
	    {"\\x4", "incomplete escape \\x4 at position 0"},
	    {"\\400", "octal escape value \\400 outside of range 0-0o377 at position 0"},
	    {"(?P<\xc2\xb2>a)", "bad character in group name '\xc2\xb2' at position 4"},
	    {"(?P<\xc3\xa9\xc2\xb2>a)",
		"bad character in group name '\xc3\xa9\xc2\xb2' at position 4"},
	    {"(?i\xc2\xb2", "missing -, : or ) at position 3"},
	    {"(?i\xc3\xa9", "unknown flag at position 3"},
	    {"a\n(", "missing ), unterminated subpattern at position 2 (line 2, column 1)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pyre_groups groups;
		struct arena a;
		struct diag d;
		struct buf out;

		arena_init(&a);
		buf_init(&out, 10000);
		assert_int_equal(translate(rows[i].regex, 0, &out, &groups, &a, &d), -EINVAL);
		assert_string_equal(d.text, rows[i].words);
		buf_done(&out);
		arena_done(&a);
	}
}

static void
calls_where_much_may_be_tried(void **state)
{
	static const struct {
		const char *python, *metered;
	} rows[] = {
	    {"^a.*b", "^a.*b"},
	    {"^a.*b.*c.{5}d?", "^a.*b(?C).*c.{5,5}d?"},
	    {"^(?:a+b)*", "^(?C)(?:(?C)a+b)*"},
	    {"^(?:a+b)?c+", "^(?:a+b)?(?C)c+"},
	    {"a.*", "(?C)a(?C).*"},
	    {"b+a", "b+(?C)a"},
	    {".*a+", ".*(?C)a+"},
	    {"^(a)\\1", "^(a)(?C)\\g{1}"},
	    {"(?i)^a+|b+", "(?i)^a+|b+(?C)"},
	    {"^a{1,40}b{1,5}c{1,40}", "^a{1,40}b{1,5}(?C)c{1,40}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pyre_groups groups;
		struct arena a;
		struct diag d;
		struct buf out;

		arena_init(&a);
		buf_init(&out, 10000);
		assert_int_equal(
		    translate(rows[i].python, PYRE_ASCII | PYRE_METERED, &out, &groups, &a, &d), 0);
		assert_string_equal(buf_cstr(&out), rows[i].metered);
		buf_done(&out);
		arena_done(&a);
	}
}

static void
what_needs_every_start_is_known(void **state)
{
	static const char *const yes[] = {"a|b", "(a|)b*a", "(?>a+?)b", "(.*?)++b", "a*+", "a?+", "(?:ab){2}+", "(?=a)b"};
	static const char *const no[] = {"", "a", "PORT DENIED: .* SRC=<HOST>", "(?:ab)?c*", "a+ b", "(?P<n>a+)"};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(pyre_needs_every_start(slice_cstr(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(pyre_needs_every_start(slice_cstr(no[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(translations),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(calls_where_much_may_be_tried),
	    cmocka_unit_test(what_needs_every_start_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
