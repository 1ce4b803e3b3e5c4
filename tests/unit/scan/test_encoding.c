/* Bytes to text, as Python's decoders with errors="replace" do it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "scan/encoding.h"

#define R "\xef\xbf\xbd"

static void
rows_decode_as_python_does(void **state)
{
	static const struct {
		const char *encoding;
		struct slice bytes;
		const char *text;
		bool ascii, broken;
	} rows[] = {
	    {"utf-8", SLICE("plain"), "plain", true, false},
	    {"utf-8", SLICE("\xc3\xa9t\xc3\xa9 long enough"), "\xc3\xa9t\xc3\xa9 long enough",
		false, false},
	    {"UTF8",
		SLICE("a\xff"
		      "b"),
		"a" R "b", false, true},
	    {"utf_8", SLICE("\xe2\x82 x"), R " x", false, true},
	    {"utf-8", SLICE("\xe2\x28\xa1"), R "(" R, false, true},
	    {"utf-8", SLICE("\xf0\x90\x80"), R, false, true},
	    {"utf-8", SLICE("\xf0\x8f\x80\x80"), R R R R, false, true},
	    {"utf-8", SLICE("\xed\xa0\x80"), R R R, false, true},
	    {"utf-8", SLICE("\xc0\xaf"), R R, false, true},
	    {"utf-8", SLICE("\xf4\x90\x80\x80"), R R R R, false, true},
	    {"utf-8", SLICE("\xc3"), R, false, true},
	    {"utf-8",
		SLICE("12345678\xc3\xa9"
		      "12345678\xff"),
		"12345678\xc3\xa9"
		"12345678" R,
		false, true},
	    {"ascii", SLICE("a\xc3\xa9"), "a" R R, false, true},
	    {"latin1", SLICE("\xe9\x80"), "\xc3\xa9\xc2\x80", false, false},
	    {"iso-8859-15", SLICE("\xa4"), "\xe2\x82\xac", false, false},
	    {"cp1252", SLICE("\x80\x90"), "\xe2\x82\xac" R, false, true},
	    {"koi8_r", SLICE("\xc1"), "\xd0\xb0", false, false},
	    {"shift_jis", SLICE("\\~\x82\xa0"), "\\~\xe3\x81\x82", false, false},
	    {"utf-16-le", SLICE("a\0b\0"), "ab", true, false},
	    {"utf-16-be", SLICE("\xd8\0\0b\xdc\0\0c"), R "b" R "c", false, true},
	    {"utf-32-le", SLICE("\0\0\xff\0c\0\0\0"), R "c", false, true},
	    {"utf-16-be", SLICE("\0a\0b\0"), "ab" R, false, true},
	    {"shift_jis", SLICE("\x93\xfa"), "\xe6\x97\xa5", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct encoding *e = NULL;
		struct decoded out;

		assert_int_equal(encoding_new(&e, slice_cstr(rows[i].encoding), NULL), 0);
		encoding_decode(e, rows[i].bytes, &out);
		if (!slice_eq(out.text, slice_cstr(rows[i].text)))
			fail_msg("row %zu: '%.*s'", i, SLICE_ARG(out.text));
		assert_int_equal(out.broken, rows[i].broken);
		assert_int_equal(out.ascii, rows[i].ascii);
		encoding_free(e);
	}
}

static void
unknown_names_are_refused(void **state)
{
	static const char *const names[] = {"bogus", "", "utf-8//IGNORE", "ascii//TRANSLIT"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct encoding *e = NULL;
		struct diag d;

		assert_int_equal(encoding_new(&e, slice_cstr(names[i]), &d), -EINVAL);
		assert_null(e);
	}
}

static void
the_environment_names_the_encoding(void **state)
{
	static const struct {
		const char *lc_all, *lc_ctype, *lang, *encoding;
	} rows[] = {
	    {"C", "", "", "utf-8"},
	    {"C.UTF-8", "", "", "UTF-8"},
	    {"C.utf8", "", "", "UTF-8"},
	    {"no-such-locale", "", "", "utf-8"},
	    {"", "", "C.UTF-8", "UTF-8"},
	    {"", "C.UTF-8", "C", "UTF-8"},
	    {"C", "C.UTF-8", "C.UTF-8", "utf-8"},
	    {"", "C", "C.UTF-8", "utf-8"},
	    {"", "", "", "utf-8"},
	};

	(void)state;
	/* A process looks at it once. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(setenv("LC_ALL", rows[i].lc_all, 1) != 0 ||
			    setenv("LC_CTYPE", rows[i].lc_ctype, 1) != 0 ||
			    setenv("LANG", rows[i].lang, 1) != 0 ||
			    !slice_eq(encoding_locale(), slice_cstr(rows[i].encoding)));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void
newlines_are_as_wide_as_characters(void **state)
{
	static const struct {
		const char *name;
		unsigned unit;
		bool big;
	} rows[] = {{"utf-16-be", 2, true}, {"UTF_16LE", 2, false}, {"utf-32be", 4, true},
	    {"u32", 4, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__},
	    {"utf-8", 0, false}, {"latin1", 0, false}, {"shift_jis", 1, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct encoding *e;
		struct newline nl;

		assert_int_equal(encoding_new(&e, slice_cstr(rows[i].name), NULL), 0);
		nl = encoding_newline(e);
		assert_int_equal(nl.unit, rows[i].unit);
		/* Of one byte it means nothing. */
		assert_true(nl.unit <= 1 || nl.big == rows[i].big);
		encoding_free(e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_decode_as_python_does),
	    cmocka_unit_test(unknown_names_are_refused),
	    cmocka_unit_test(newlines_are_as_wide_as_characters),
	    cmocka_unit_test(the_environment_names_the_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
