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

#include "util/log.c"	/* to reach its targets */

#include "util/slice.h"

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

static int
bind_datagram(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void
expect_datagram(int fd, const char *end)
{
	char text[1024];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	assert_true(n > 0);
	assert_true(slice_ends(slice_of(text, (size_t)n), slice_cstr(end)));
}

static void
syslog_that_was_restarted_is_written_to_again(void **state)
{
	char dir[] = "/tmp/f2b-log-XXXXXX", path[64];
	struct diag d;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	fd = bind_datagram(path);
	assert_int_equal(log_set_syslog_socket(slice_cstr(path), &d), 0);
	assert_int_equal(log_set_target(SLICE("SYSLOG"), &d), 0);
	log_write(LEVEL_ERROR, "", "one");
	expect_datagram(fd, "ERROR one");
	(void)close(fd);
	(void)unlink(path);
	log_write(LEVEL_ERROR, "", "nobody listens");
	log_write(LEVEL_ERROR, "", "still nobody");
	fd = bind_datagram(path);
	log_write(LEVEL_ERROR, "", "two");
	expect_datagram(fd, "ERROR two");
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	assert_int_equal(log_set_syslog_socket(SLICE("auto"), &d), 0);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
}

/* A message of several lines is one field of the journal, so that none of them is a field. */
static void
journal_gets_a_message_with_its_length(void **state)
{
	int fds[2];
	char text[1024];
	struct slice got;
	struct buf field;
	struct diag d;
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	target_close(&current);
	current = (struct target){.kind = TARGET_JOURNAL, .fd = fds[0]};
	log_write(LEVEL_ERROR, "", "a\nPRIORITY=7");
	n = recv(fds[1], text, sizeof(text), 0);
	assert_true(n > 0);
	got = slice_of(text, (size_t)n);
	assert_true(slice_starts(got, SLICE("PRIORITY=3\n")));
	assert_true(slice_ends(got, SLICE("ERROR a\nPRIORITY=7\n")));
	buf_init(&field, 100);
	buf_printf(&field, "MESSAGE\nxxxxxxxxfail2ban[%d]: ERROR a\nPRIORITY=7\n", (int)getpid());
	memcpy(field.p + 8, "\0\0\0\0\0\0\0\0", 8);
	field.p[8] = (char)(field.n - 17);
	assert_true(slice_ends(got, buf_slice(&field)));
	buf_done(&field);
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	(void)close(fds[1]);
}

static void
text_that_is_too_long_is_cut(void **state)
{
	char path[] = "/tmp/f2b-log-XXXXXX";
	char *text = mem_alloc(1000000);
	int fd = mkstemp(path);
	struct diag d;
	struct stat st;

	(void)state;
	memset(text, 'x', 999999);
	assert_int_equal(log_set_target(slice_cstr(path), &d), 0);
	log_write(LEVEL_ERROR, "", "%s", text);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size > 100000 && st.st_size < 200000);
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	mem_free(text);
	(void)close(fd);
	(void)unlink(path);
}

static void
target_that_would_block_or_is_no_name_is_refused(void **state)
{
	char dir[] = "/tmp/f2b-log-XXXXXX", path[64];
	struct diag d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)alarm(10);
	assert_int_equal(log_set_target(slice_cstr(path), &d), -ENXIO);
	(void)alarm(0);
	assert_int_equal(log_set_target(SLICE("/tmp/f2b\0log"), &d), -EINVAL);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
what_waits_comes_behind_the_lines(void **state)
{
	char path[] = "/tmp/f2b-log-XXXXXX";
	struct slice rest, line;
	struct diag d;
	struct buf b;
	size_t n = 0;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	diag_init(&d);
	assert_int_equal(log_set_target(slice_cstr(path), &d), 0);
	log_hold();
	log_write(LEVEL_INFO, "filter", "[a] Found 1");
	log_write(LEVEL_NOTICE, "actions", "[a] Ban %d", 1);
	log_hold();
	log_write(LEVEL_DEBUG, "actions", "not seen");
	log_write(LEVEL_INFO, "filter", "[a] Found 2");
	log_write(LEVEL_ERROR, "CommandAction", "a\nb");
	log_release();
	log_write(LEVEL_NOTICE, "actions", "[a] Unban 1");
	log_release();
	read_file(path, &b);
	rest = buf_slice(&b);
	while (slice_next(&rest, '\n', &line) && line.n > 0) {
		static const char *const ends[] = {"Found 1", "Found 2", "NOTICE  [a] Ban 1",
		    "ERROR   a", "b", "Unban 1"};

		assert_true(n < 6);
		assert_true(slice_ends(line, slice_cstr(ends[n++])));
	}
	assert_int_equal(n, 6);
	buf_done(&b);
	/* No more wait than there is room for. */
	log_hold();
	for (int i = 0; i < 3 * HELD_MAX; i++)
		log_write(LEVEL_NOTICE, "actions", "x");
	assert_true(held.count <= HELD_MAX);
	log_release();
	assert_int_equal(held.count, 0);
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_have_the_known_format),
	    cmocka_unit_test(what_waits_comes_behind_the_lines),
	    cmocka_unit_test(syslog_that_was_restarted_is_written_to_again),
	    cmocka_unit_test(journal_gets_a_message_with_its_length),
	    cmocka_unit_test(text_that_is_too_long_is_cut),
	    cmocka_unit_test(target_that_would_block_or_is_no_name_is_refused),
	    cmocka_unit_test(levels_have_names_and_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
