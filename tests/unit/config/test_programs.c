/* Which words of a script are programs; a word that is none must never be taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "config/programs.h"
#include "util/buf.h"

static void
words_that_are_commands_are_found(void **state)
{
	static const struct {
		const char *script, *words;
	} rows[] = {
	    {"a -x", "a "},
	    {"a b\nc d", "a c "},
	    {"a; b && c || d & e", "a b c d e "},
	    {"a x | b y", "a b "},
	    {"a 'b; c' \"d; e\" f\\;g; h", "a h "},
	    {"a \\\n b\nc", "a c "},
	    {"A=1 B=\"x y\" a; b", "a b "},
	    {"if a; then b; elif c; then d; else e; fi; f", "a b c d e f "},
	    {"while ! a; do b; done", "a b "},
	    {"for x in a b; do c $x; done", "c "},
	    {"{ a; }; (b; c)", "a b c "},
	    {"a >b 2>&1 <c; >d e", "a e "},
	    {"# a\nb # c; d", "b "},
	    {"[ a = b ] && c; test a; echo d; exit 1", "c "},
	    {"exec a; command b", "a b "},
	    {"<iptables> -I x; <blk> y", "<iptables> <blk> "},
	    {"/sbin/a; ./b", "/sbin/a ./b "},
	    {"$a; $(b c) d; `e`; \"f\"; 'g'; h*", ""},
	    {"a $(b; c) `d; e` ${f} g; h", "a h "},
	    {"case $a in b) c;; esac; d", ""},
	    {"a <<END\nb\nEND\nc", "a "},
	    {"f() { a; }; f", ""},
	    {"a 'open; b", "a "},
	    {"", ""},
	    {"\n\n  \n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct programs p = programs_of(slice_cstr(rows[i].script));
		struct slice word;
		struct buf words;

		buf_init(&words, 1000);
		while (programs_next(&p, &word))
			buf_printf(&words, "%.*s ", SLICE_ARG(word));
		assert_string_equal(buf_cstr(&words), rows[i].words);
		buf_done(&words);
	}
}

static void
what_is_installed_is_found(void **state)
{
	(void)state;
	assert_true(programs_installed(SLICE("sh")));
	assert_true(programs_installed(SLICE("/bin/sh")));
	assert_false(programs_installed(SLICE("no-such-program")));
	assert_false(programs_installed(SLICE("/bin/no-such-program")));
	assert_false(programs_installed(slice_of("sh\0x", 4)));
	assert_int_equal(setenv("PATH", "", 1), 0);
	assert_true(programs_installed(SLICE("sh")));
}

static void
scripts_are_told_from_programs(void **state)
{
	char dir[] = "/tmp/f2b-programs-XXXXXX", path[64];
	FILE *f;

	(void)state;
	assert_false(programs_script(SLICE("sh")));
	assert_false(programs_script(SLICE("/bin/sh")));
	assert_false(programs_script(SLICE("no-such-program")));
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/sh", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("#!/bin/sh\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(setenv("PATH", dir, 1), 0);
	assert_false(programs_script(SLICE("sh")));	/* nobody may run it */
	assert_int_equal(chmod(path, 0700), 0);
	assert_true(programs_script(SLICE("sh")));
	assert_true(programs_script(slice_cstr(path)));
	(void)unlink(path);
	(void)rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_that_are_commands_are_found),
	    cmocka_unit_test(what_is_installed_is_found),
	    cmocka_unit_test(scripts_are_told_from_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
