/* The log's line format, its targets and levels. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/log.c"	/* to reach its target */

#include "util/slice.h"
#include "tests/unit/full_disk.h"

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

/* From now on standard error goes into a pipe; aside is what it was. */
static int
stderr_to_pipe(int *aside)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	*aside = dup(STDERR_FILENO);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	(void)close(fds[1]);
	return fds[0];
}

static void
expect_stderr(int fd, int aside, const char *want)
{
	char text[1024];
	ssize_t n;

	assert_true(dup2(aside, STDERR_FILENO) >= 0);
	(void)close(aside);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, want);
}

static void
leave_syslog(int fd, const char *dir, const char *path)
{
	struct diag d;

	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	assert_int_equal(log_set_syslog_socket(SLICE("auto"), &d), 0);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
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
	expect_datagram(fd, "WARNING 2 lines were lost: No such file or directory");
	expect_datagram(fd, "ERROR two");
	log_write(LEVEL_ERROR, "", "three");
	expect_datagram(fd, "ERROR three");
	leave_syslog(fd, dir, path);
}

/* The file of a socket stays behind when its daemon is down. */
static void
syslog_that_is_down_is_waited_for(void **state)
{
	char dir[] = "/tmp/f2b-log-XXXXXX", path[64], want[256];
	struct diag d;
	int fd, said, aside;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	assert_int_equal(log_set_syslog_socket(slice_cstr(path), &d), 0);
	diag_init(&d);
	assert_int_equal(log_set_target(SLICE("SYSLOG"), &d), -ENOENT);
	(void)close(bind_datagram(path));
	diag_init(&d);
	assert_int_equal(log_set_target(SLICE("SYSLOG"), &d), 0);
	assert_true(d.set);
	(void)snprintf(want, sizeof(want), "Unable to log to '%s': Connection refused", path);
	assert_string_equal(d.text, want);
	said = stderr_to_pipe(&aside);
	log_write(LEVEL_ERROR, "", "nobody listens");
	log_write(LEVEL_ERROR, "", "still nobody");
	expect_stderr(said, aside, "f2b: cannot log to 'SYSLOG': Connection refused; "
	    "until that is over, what is logged is lost\n");
	(void)unlink(path);
	fd = bind_datagram(path);
	log_write(LEVEL_ERROR, "", "one");
	expect_datagram(fd, "WARNING 2 lines were lost: Connection refused");
	expect_datagram(fd, "ERROR one");
	leave_syslog(fd, dir, path);
}

/* A socket takes ten messages, or some hundred, until who reads from it has his turn. */
static void
burst_waits_for_who_reads(void **state)
{
	char text[1024], expected[64];
	struct timeval patience = {5, 0};
	struct mono start;
	struct diag d;
	int fds[2], status = -1;
	ssize_t n;
	pid_t reader;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	logtarget_close(&current);
	current = (struct logtarget){.kind = LOGTARGET_SYSLOG, .fd = fds[0]};
	log_forked();
	reader = fork();
	if (reader == 0) {
		(void)fcntl(fds[1], F_SETFL, 0);
		(void)setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		for (int i = 0; i < 2000; i++) {
			n = recv(fds[1], text, sizeof(text), 0);
			(void)snprintf(expected, sizeof(expected), "line %d", i);
			if (n < 0 || !slice_ends(slice_of(text, (size_t)n), slice_cstr(expected)))
				_exit(1);
			(void)usleep(i % 100 == 0 ? 1000 : 0);
		}
		_exit(0);
	}
	for (int i = 0; i < 2000; i++)
		log_write(LEVEL_ERROR, "", "line %d", i);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	/* Nobody reads: that is waited for, but not by each message. */
	start = time_mono();
	for (int i = 0; i < 2000; i++)
		log_write(LEVEL_ERROR, "", "line %d", i);
	assert_true(mono_since(time_mono(), start).us < 2 * US_PER_S);
	/* What was not waited for is told of. */
	for (n = 0; recv(fds[1], text, sizeof(text), MSG_DONTWAIT) > 0; n++)
		continue;
	log_write(LEVEL_ERROR, "", "last");
	(void)snprintf(expected, sizeof(expected), "WARNING %d lines were lost: ", 2000 - (int)n);
	n = recv(fds[1], text, sizeof(text), 0);
	assert_true(n > 0);
	assert_true(slice_find(slice_of(text, (size_t)n), slice_cstr(expected), 0) > 0);
	expect_datagram(fds[1], "ERROR last");
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	(void)close(fds[1]);
}

/* A target of which each write() can be told from the others. */
static int
target_of_packets(struct logtarget t)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	logtarget_close(&current);
	current = t;
	current.fd = fds[0];
	log_forked();
	return fds[1];
}

static void
end_packets(int fd)
{
	struct diag d;

	(void)close(current.fd);
	(void)close(fd);
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
}

static struct slice
packet(int fd, char *text, size_t n)
{
	ssize_t got = recv(fd, text, n, MSG_DONTWAIT);

	return slice_of(text, got > 0 ? (size_t)got : 0);
}

static void
format_may_have_commas(void **state)
{
	struct diag d;

	(void)state;
	assert_int_equal(
	    log_set_target(SLICE("STDERR[format=\"%(asctime)s, %(message)s\", padding=off]"), &d), 0);
	assert_false(current.pad);
	assert_non_null(current.format);
	assert_int_equal(log_set_target(SLICE("STDERR[padding=off,datetime='off']"), &d), 0);
	assert_false(current.pad || current.stamp);
	assert_null(current.format);
	assert_true(slice_eq(log_target(), SLICE("STDERR")));
	assert_true(log_target_is(SLICE("STDERR[padding=off,datetime='off']")));
	assert_false(log_target_is(SLICE("STDERR")));
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
}

static void
line_is_laid_out_by_a_format(void **state)
{
	char path[] = "/tmp/f2b-log-XXXXXX";
	struct buf target, got;
	struct diag d;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	buf_init(&target, 256);
	buf_printf(&target, "%s[format=\"<%%(message)s> %%(levelname)s, %%(name)-17s|\", datetime=on]", path);
	assert_int_equal(log_set_target(buf_slice(&target), &d), 0);
	log_write(LEVEL_NOTICE, "actions", "[a] Ban %d%%", 1);
	log_hold();
	log_write(LEVEL_NOTICE, "actions", "[a] Ban %d", 2);
	log_write(LEVEL_INFO, "filter", "[a] Found %d", 2);
	log_release();
	log_write(33, "", "x");
	/* What is no format leaves all as it is. */
	assert_int_equal(log_set_target(SLICE("STDERR[format='%(x)s']"), &d), -EINVAL);
	assert_int_equal(log_set_target(SLICE("STDERR[format='x']"), &d), -EINVAL);
	assert_int_equal(log_set_target(SLICE("STDERR[format='%(name)s', facility=x]"), &d), -EINVAL);
	log_write(LEVEL_ERROR, "a", "%s", "%(name)s");
	read_file(path, &got);
	assert_string_equal(buf_cstr(&got),
	    "<[a] Ban 1%> NOTICE, fail2ban.actions |\n"
	    "<[a] Found 2> INFO, fail2ban.filter  |\n"
	    "<[a] Ban 2> NOTICE, fail2ban.actions |\n"
	    "<x> #33-Lev., fail2ban         |\n"
	    "<%(name)s> ERROR, fail2ban.a       |\n");
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	buf_done(&target);
	buf_done(&got);
	(void)unlink(path);
}

static void
format_stands_behind_what_a_socket_wants(void **state)
{
	char text[512];
	int fd = target_of_packets((struct logtarget){.kind = LOGTARGET_SYSLOG, .facility = LOG_AUTH});
	struct slice got;

	(void)state;
	assert_int_equal(logformat_parse(&current.format, SLICE("%(levelname).1s|%(message)s"), NULL), 0);
	log_forked();
	log_write(LEVEL_NOTICE, "actions", "x");
	assert_true(slice_eq(packet(fd, text, sizeof(text)), SLICE("<37>N|x")));
	current.kind = LOGTARGET_JOURNAL;
	log_forked();
	log_write(LEVEL_NOTICE, "actions", "y\nz");
	got = packet(fd, text, sizeof(text));
	assert_true(slice_starts(got, SLICE("PRIORITY=5\nLOGGER=fail2ban.actions\n")));
	assert_true(slice_ends(got, SLICE("MESSAGE\n\5\0\0\0\0\0\0\0N|y\nz\n")));
	end_packets(fd);
}

static void
unknown_options_are_passed_over_and_told(void **state)
{
	struct diag d;

	(void)state;
	diag_init(&d);
	assert_int_equal(log_set_target(SLICE("STDERR[formatter=long, padding=off, f\033o=\"1\"]"), &d), 0);
	assert_false(current.pad);
	assert_true(d.set);
	assert_string_equal(d.text, "logtarget: unknown option in the brackets: formatter, f\\x1bo; "
	    "known are format, padding, datetime, facility");
	diag_init(&d);
	assert_int_equal(log_set_target(SLICE("STDERR[]"), &d), 0);
	assert_false(d.set);
	assert_int_equal(log_set_target(SLICE("STDERR[bogus]"), &d), -EINVAL);
	assert_int_equal(log_set_target(SLICE("STDERR[padding='off]"), &d), -EINVAL);
	assert_true(log_target_is(SLICE("STDERR[]")));
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
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
	logtarget_close(&current);
	current = (struct logtarget){.kind = LOGTARGET_JOURNAL, .fd = fds[0]};
	log_forked();
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
line_after_a_full_disk_is_one_of_its_own(void **state)
{
	char path[] = "/tmp/f2b-log-XXXXXX", want[256];
	int fd = mkstemp(path), aside, said;
	struct slice rest, text;
	struct buf got;
	struct diag d;

	(void)state;
	assert_int_equal(log_set_target(slice_cstr(path), &d), 0);
	said = stderr_to_pipe(&aside);
	limit_files(20);
	log_write(LEVEL_ERROR, "", "this is cut");
	log_write(LEVEL_ERROR, "", "this is lost");
	log_write(LEVEL_ERROR, "", "this\ntoo");
	(void)snprintf(want, sizeof(want),
	    "f2b: cannot log to '%s': File too large; until that is over, what is logged is lost\n", path);
	expect_stderr(said, aside, want);
	limit_files(RLIM_INFINITY);
	log_write(LEVEL_ERROR, "", "one");
	log_write(LEVEL_ERROR, "", "two");
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	read_file(path, &got);
	rest = buf_slice(&got);
	assert_int_equal(slice_count(rest, '\n'), 4);
	assert_true(slice_next(&rest, '\n', &text));
	assert_int_equal(text.n, 20);
	assert_true(slice_next(&rest, '\n', &text));
	assert_true(slice_starts(text, SLICE("2")));
	assert_true(slice_ends(text, SLICE("WARNING 4 lines were lost: File too large")));
	assert_true(slice_next(&rest, '\n', &text));
	assert_true(slice_starts(text, SLICE("2")) && slice_ends(text, SLICE("one")));
	assert_true(slice_next(&rest, '\n', &text));
	assert_true(slice_ends(text, SLICE("two")));
	buf_done(&got);
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
	(void)alarm(60);
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
	struct slice rest, one;
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
	log_flush();
	read_file(path, &b);
	rest = buf_slice(&b);
	while (slice_next(&rest, '\n', &one) && one.n > 0) {
		static const char *const ends[] = {"Found 1", "Found 2", "NOTICE  [a] Ban 1",
		    "ERROR   a", "b", "Unban 1"};

		assert_true(n < 6);
		assert_true(slice_ends(one, slice_cstr(ends[n++])));
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

static void
what_stands_before_a_message(void **state)
{
#define LONG_NAME "a.name.that.is.longer.than.anybody.would.give.to.a.module.of.a.program"
	static const struct {
		struct logtarget target;
		int level;
		const char *module, *before, *after;
	} rows[] = {
	    {{.pad = true}, LEVEL_INFO, "filter", "fail2ban.filter         [", "]: INFO    x\n"},
	    {{.pad = true}, LEVEL_INFO, "filters", "fail2ban.filters        [", "]: INFO    x\n"},
	    {{.pad = true}, LEVEL_WARNING, "filters", "fail2ban.filters        [", "]: WARNING x\n"},
	    {{.pad = true}, LEVEL_CRITICAL, "", "fail2ban                [", "]: CRITICAL x\n"},
	    {{.pad = true}, 33, "a", "fail2ban.a              [", "]: #33-Lev. x\n"},
	    {{.pad = false}, LEVEL_NOTICE, "actions", "fail2ban.actions[", "]: NOTICE x\n"},
	    {{.kind = LOGTARGET_SYSLOG, .facility = LOG_DAEMON}, LEVEL_ERROR, "actions",
	        "<27>fail2ban.actions[", "]: ERROR x"},
	    {{.kind = LOGTARGET_SYSLOG, .facility = LOG_AUTH}, 33, "actions", "<36>fail2ban.actions[",
	        "]: #33-Lev. x"},
	    {{.pad = false}, LEVEL_NOTICE, LONG_NAME,
	        "fail2ban.a.name.that.is.longer.than.anybody.would.give.to.a.mod[",
	        "]: NOTICE x\n"},
	};
	char text[512], want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = target_of_packets(rows[i].target);

		(void)snprintf(want, sizeof(want), "%s%d%s", rows[i].before, (int)getpid(),
		    rows[i].after);
		/* Made anew, then taken from the last one. */
		for (int k = 0; k < 2; k++) {
			buf_add_cstr(log_begin(rows[i].level, rows[i].module), "x");
			log_end();
			assert_true(slice_eq(packet(fd, text, sizeof(text)), slice_cstr(want)));
		}
		end_packets(fd);
	}
}

static void
head_follows_level_module_and_pid(void **state)
{
	static const struct {
		int level;
		const char *module, *want;
	} rows[] = {
	    {LEVEL_INFO, "filter", "filter[%d]: INFO 1"},
	    {LEVEL_INFO, "filter", "filter[%d]: INFO 1"},
	    {LEVEL_ERROR, "filter", "filter[%d]: ERROR 1"},
	    {LEVEL_ERROR, "filters", "filters[%d]: ERROR 1"},
	    {LEVEL_INFO, "filter", "filter[%d]: INFO 1"},
	};
	int fd = target_of_packets((struct logtarget){.stamp = true}), status;
	char text[512], want[64];
	pid_t child;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log_write(rows[i].level, rows[i].module, "%d", 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(want, sizeof(want), rows[i].want, (int)getpid());
#pragma GCC diagnostic pop
		assert_true(slice_ends(slice_trim(packet(fd, text, sizeof(text))), slice_cstr(want)));
	}
	child = fork();
	if (child == 0) {
		log_forked();
		log_write(LEVEL_INFO, "filter", "child");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)snprintf(want, sizeof(want), "filter[%d]: INFO child", (int)child);
	assert_true(slice_ends(slice_trim(packet(fd, text, sizeof(text))), slice_cstr(want)));
	end_packets(fd);
}

static void
stamps_are_those_of_the_clock(void **state)
{
	int fd = target_of_packets((struct logtarget){.stamp = true});
	char text[512];
	struct buf first, second;
	struct slice got;

	(void)state;
	buf_init(&first, 64);
	buf_init(&second, 64);
	for (int i = 0; i < 3; i++) {
		struct instant before = time_now();

		log_write(LEVEL_INFO, "filter", "x");
		got = packet(fd, text, sizeof(text));
		buf_clear(&first);
		buf_clear(&second);
		time_format(&first, before);
		time_format(&second, time_now());
		assert_true(slice_cmp(buf_slice(&first), slice_upto(got, 19)) <= 0);
		assert_true(slice_cmp(slice_upto(got, 19), buf_slice(&second)) <= 0);
		assert_true(got.p[19] == ',' && char_digit(got.p[20]) && char_digit(got.p[21]) &&
		    char_digit(got.p[22]) && got.p[23] == ' ');
	}
	buf_done(&first);
	buf_done(&second);
	end_packets(fd);
}

static void
blocks_are_written_together(void **state)
{
	int fd = target_of_packets((struct logtarget){.pad = false});
	char text[4096];
	struct slice got;
	struct buf want;

	(void)state;
	buf_init(&want, sizeof(text));
	for (int jail = 0; jail < 2; jail++) {
		log_hold();
		for (int i = 0; i < 5; i++) {
			buf_printf(log_begin(LEVEL_INFO, "filter"), "Found %d", i);
			log_end();
			buf_printf(log_begin(LEVEL_NOTICE, "actions"), "Ban %d", i);
			log_end();
			assert_null(log_begin(LEVEL_DEBUG, "actions"));
			buf_printf(&want, "fail2ban.filter[%d]: INFO Found %d\n", (int)getpid(), i);
		}
		for (int i = 0; i < 5; i++)
			buf_printf(&want, "fail2ban.actions[%d]: NOTICE Ban %d\n", (int)getpid(), i);
		log_flush();
		log_release();
		assert_int_equal(packet(fd, text, sizeof(text)).n, 0);
	}
	log_flush();
	got = packet(fd, text, sizeof(text));
	assert_true(slice_eq(got, buf_slice(&want)));
	log_flush();
	assert_int_equal(packet(fd, text, sizeof(text)).n, 0);
	/* What is not held goes at once, behind what was. */
	log_hold();
	log_write(LEVEL_NOTICE, "actions", "first");
	log_release();
	log_write(LEVEL_NOTICE, "actions", "second");
	assert_true(slice_ends(packet(fd, text, sizeof(text)), SLICE("first\n")));
	assert_true(slice_ends(packet(fd, text, sizeof(text)), SLICE("second\n")));
	buf_done(&want);
	end_packets(fd);
}

/* What is long, and waits, comes out whole, and leaves nothing behind. */
static void
long_messages_wait_too(void **state)
{
	char path[] = "/tmp/f2b-log-XXXXXX";
	int fd = mkstemp(path);
	struct buf *out;
	struct diag d;
	struct stat st;

	(void)state;
	assert_int_equal(log_set_target(slice_cstr(path), &d), 0);
	log_hold();
	for (int i = 0; i < 5; i++) {
		out = log_begin(LEVEL_NOTICE, "actions");
		for (int k = 0; k < 1000; k++)
			buf_printf(out, "%0100d", k);
		log_end();
	}
	log_release();
	log_flush();
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size > 500000 && st.st_size < 501000);
	assert_true(held.texts.cap <= LOG_KEEP_BYTES && line.text.cap <= LOG_KEEP_BYTES);
	assert_int_equal(log_set_target(SLICE("STDERR"), &d), 0);
	(void)close(fd);
	(void)unlink(path);
}

/* A child without memory, whose log has a format, lost lines and others that wait. */
static void
die_without_memory(const char *target)
{
	struct diag d;

	(void)signal(SIGABRT, SIG_DFL);
	if (log_set_target(slice_cstr(target), &d) < 0)
		_exit(1);
	log_forked();
	lost.lines = 3;
	lost.error = ENOSPC;
	log_hold();
	log_write(LEVEL_INFO, "filter", "found");
	(void)close(STDERR_FILENO);
	(void)mem_array(SIZE_MAX, 2);
	_exit(1);
}

static void
out_of_memory_is_in_the_log(void **state)
{
	static const char *const formats[] = {"", "[format='%(levelname)s %(message)s']"};
	char dying[64];
	const char *const ends[] = {"WARNING 3 lines were lost: No space left on device", "found", dying};

	(void)state;
	(void)snprintf(dying, sizeof(dying), "out of memory: %zu bytes wanted", SIZE_MAX);
	for (size_t i = 0; i < 2; i++) {
		char path[] = "/tmp/f2b-log-XXXXXX", target[128];
		struct slice rest, one;
		struct buf got;
		int status;
		pid_t child;

		assert_int_equal(close(mkstemp(path)), 0);
		(void)snprintf(target, sizeof(target), "%s%s", path, formats[i]);
		child = fork();
		if (child == 0)
			die_without_memory(target);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		read_file(path, &got);
		rest = buf_slice(&got);
		for (size_t k = 0; k < 3; k++) {
			assert_true(slice_next(&rest, '\n', &one));
			assert_true(slice_ends(one, slice_cstr(ends[k])));
		}
		assert_true(slice_find(one, SLICE("CRITICAL "), 0) >= 0);
		assert_int_equal(rest.n, 0);
		buf_done(&got);
		(void)unlink(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_have_the_known_format),
	    cmocka_unit_test(what_stands_before_a_message),
	    cmocka_unit_test(head_follows_level_module_and_pid),
	    cmocka_unit_test(stamps_are_those_of_the_clock),
	    cmocka_unit_test(blocks_are_written_together),
	    cmocka_unit_test(long_messages_wait_too),
	    cmocka_unit_test(what_waits_comes_behind_the_lines),
	    cmocka_unit_test(syslog_that_was_restarted_is_written_to_again),
	    cmocka_unit_test(syslog_that_is_down_is_waited_for),
	    cmocka_unit_test(burst_waits_for_who_reads),
	    cmocka_unit_test(format_may_have_commas),
	    cmocka_unit_test(line_is_laid_out_by_a_format),
	    cmocka_unit_test(format_stands_behind_what_a_socket_wants),
	    cmocka_unit_test(unknown_options_are_passed_over_and_told),
	    cmocka_unit_test(journal_gets_a_message_with_its_length),
	    cmocka_unit_test(text_that_is_too_long_is_cut),
	    cmocka_unit_test(line_after_a_full_disk_is_one_of_its_own),
	    cmocka_unit_test(target_that_would_block_or_is_no_name_is_refused),
	    cmocka_unit_test(out_of_memory_is_in_the_log),
	    cmocka_unit_test(levels_have_names_and_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
