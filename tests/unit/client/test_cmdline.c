#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "client/cmdline.h"

#define WORDS_MAX 16

static char copies[WORDS_MAX][40];

/* Parses a line of words, the first being the program. */
static int
parse(const char *line, struct cmdline *c, struct diag *d)
{
	struct slice rest = slice_cstr(line), word;
	char *argv[WORDS_MAX + 1] = {NULL};
	int argc = 0;

	while (slice_next_word(&rest, &word)) {
		memcpy(copies[argc], word.p, word.n);
		copies[argc][word.n] = '\0';
		argv[argc] = copies[argc];
		argc++;
	}
	diag_init(d);
	return cmdline_parse(c, argc, argv, d);
}

static void
options_end_at_the_first_word(void **state)
{
	struct cmdline c;
	struct diag d;

	(void)state;
	assert_int_equal(parse("x -s /a -p /b -c /etc/x// -xf set web -v", &c, &d), 0);
	assert_true(slice_eq(c.socket, SLICE("/a")));
	assert_true(slice_eq(c.pidfile, SLICE("/b")));
	assert_string_equal(c.config_dir, "/etc/x");
	assert_true(c.force && c.foreground);
	assert_int_equal(c.verbose, 1);
	assert_int_equal(c.word_count, 3);
}

static void
a_command_is_run_beside_i(void **state)
{
	struct cmdline c;
	struct diag d;

	(void)state;
	assert_int_equal(parse("x -i", &c, &d), 0);
	assert_true(c.interactive);
	assert_int_equal(parse("x -i status", &c, &d), 0);
	assert_false(c.interactive);
}

static void
nothing_given_is_the_default(void **state)
{
	struct cmdline c;
	struct diag d;

	(void)state;
	assert_int_equal(parse("x", &c, &d), 0);
	assert_string_equal(c.config_dir, "/etc/fail2ban");
	assert_string_equal(c.pname, "fail2ban-server");
	assert_null(c.socket.p);
	assert_true(!c.foreground && !c.test);
	assert_true(c.timeout_s == 30);
	assert_int_equal(c.word_count, 0);
}

static void
long_options_may_be_short(void **state)
{
	struct cmdline c;
	struct diag d;

	(void)state;
	assert_int_equal(parse("x --loglev=DEBUG --logt /l --async --time 2m --dp", &c, &d), 0);
	assert_true(slice_eq(c.loglevel, SLICE("DEBUG")));
	assert_true(slice_eq(c.logtarget, SLICE("/l")));
	assert_true(c.async && c.dump && c.dump_pretty);
	assert_true(c.timeout_s == 120);
	assert_int_equal(parse("x --so /s -vvq -b -f", &c, &d), 0);
	assert_true(slice_eq(c.socket, SLICE("/s")));
	assert_int_equal(c.verbose, 2);
	assert_true(c.foreground);
}

static void
wrong_options_are_refused(void **state)
{
	static const char *const rows[] = {"x --nosuch", "x -Z", "x -s", "x --s /a", "x --test=1"};
	struct cmdline c;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i], &c, &d), -EINVAL);
		assert_string_equal(d.text, "");
	}
	assert_int_equal(parse("x --timeout soon", &c, &d), -EINVAL);
	assert_true(d.text[0] != '\0');
}

static void
what_is_given_wins_over_the_files(void **state)
{
	struct config_request request;
	struct cmdline c;
	struct diag d;

	(void)state;
	assert_int_equal(parse("x --syslogsocket auto -s /s ping", &c, &d), 0);
	cmdline_config_request(&c, &request);
	assert_true(slice_eq(request.socket, SLICE("/s")));
	assert_true(slice_eq(request.syslogsocket, SLICE("auto")));
	assert_null(request.pidfile.p);
	assert_null(request.jail.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_end_at_the_first_word),
	    cmocka_unit_test(a_command_is_run_beside_i),
	    cmocka_unit_test(nothing_given_is_the_default),
	    cmocka_unit_test(long_options_may_be_short),
	    cmocka_unit_test(wrong_options_are_refused),
	    cmocka_unit_test(what_is_given_wins_over_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
