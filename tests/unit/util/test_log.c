/* The log's line format, its targets and levels. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/buf.h"
#include "util/log.h"

static void
read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	buf_init(out, 65536);
	buf_wrote(out, (size_t)read(fd, buf_room(out, 60000), 60000));
	(void)close(fd);
}

static void
lines_have_the_known_format(void **state)
{
	char dir[] = "/tmp/f2b-log-XXXXXX", path[64], aside[64], pid[32];
	struct diag d;
	struct buf b;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	(void)snprintf(aside, sizeof(aside), "%s/log.1", dir);
	(void)snprintf(pid, sizeof(pid), "[%d]: ", (int)getpid());
	diag_init(&d);
	assert_int_equal(log_set_target(slice_cstr(path), &d), 0);
	log_write(LEVEL_NOTICE, "actions", "[%s] Ban %s", "ssh", "192.0.2.4");
	log_write(LEVEL_DEBUG, "actions", "not seen");
	read_file(path, &b);
	/* 2026-11-22 19:31:34,066 fail2ban.actions        [11234]: NOTICE  [ssh] Ban 192.0.2.4 */
	assert_int_equal(slice_find(buf_slice(&b), SLICE(" fail2ban.actions        ["), 0), 23);
	assert_int_equal(slice_find(buf_slice(&b), slice_cstr(pid), 0), 48);
	assert_true(slice_ends(buf_slice(&b), SLICE("]: NOTICE  [ssh] Ban 192.0.2.4\n")));
	buf_done(&b);

	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(log_reopen(), 1);
	log_write(LEVEL_ERROR, "", "after");
	read_file(path, &b);
	assert_true(slice_ends(buf_slice(&b), SLICE("]: ERROR   after\n")));
	buf_done(&b);

	assert_true(log_set_target(SLICE("/nonexistent/x/log"), &d) < 0);
	assert_true(slice_eq(log_target(), slice_cstr(path)));
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	assert_int_equal(log_reopen(), 0);
	(void)unlink(path);
	(void)unlink(aside);
	(void)rmdir(dir);
}

static void
levels_have_names_and_numbers(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse(SLICE("notice")), LEVEL_NOTICE);
	assert_int_equal(log_level_parse(SLICE("TRACEDEBUG")), LEVEL_TRACE);
	assert_int_equal(log_level_parse(SLICE("10")), 10);
	assert_int_equal(log_level_parse(SLICE("BOGUS")), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_have_the_known_format),
	    cmocka_unit_test(levels_have_names_and_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
