/*
 * Real journal files, made by systemd-journal-remote from its export format, and one that grows
 * while it is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/journal.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"

struct seen {
	struct journal_sink sink;
	char text[10][256], date[10][40];
	int64_t when_us[10];
	int count, live_entries, live_calls;
};

static void
take_entry(struct journal_sink *sink, const struct journal_entry *e)
{
	struct seen *s = (struct seen *)sink;

	assert_true(s->count < 10);
	(void)snprintf(s->text[s->count], 256, "%.*s", SLICE_ARG(e->text));
	(void)snprintf(s->date[s->count], 40, "%.*s", SLICE_ARG(e->date));
	s->when_us[s->count] = e->when.us;
	s->live_entries += e->live;
	s->count++;
}

static void
take_live(struct journal_sink *sink)
{
	((struct seen *)sink)->live_calls++;
}

static int
entry(char *out, size_t size, int64_t us, const char *ident, const char *unit, const char *message)
{
	return snprintf(out, size,
	    "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
	    "_BOOT_ID=4fd0f7f2c0f14b7f9f0a3d0b8d0e1a2b\n"
	    "_MACHINE_ID=11111111111111111111111111111111\n_HOSTNAME=h\n_TRANSPORT=syslog\n"
	    "PRIORITY=6\nSYSLOG_IDENTIFIER=%s\n_COMM=%s\n_PID=1234\n_SYSTEMD_UNIT=%s\nMESSAGE=%s\n\n",
	    (long long)us, (long long)(us - INT64_C(1700000000000000)), ident, ident, unit, message);
}

/* A pipe into a journal file; entries written to it are appended. */
static int
journal_writer(const char *path, pid_t *pid)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	*pid = fork();
	if (*pid == 0) {
		(void)dup2(fds[0], 0);
		(void)close(fds[0]);
		(void)close(fds[1]);
		(void)execl(REMOTE, REMOTE, "--split-mode=none", "-o", path, "-", (char *)NULL);
		_exit(127);
	}
	(void)close(fds[0]);
	return fds[1];
}

static void
put(int fd, int64_t us, const char *ident, const char *unit, const char *message)
{
	char text[1024];
	int n = entry(text, sizeof(text), us, ident, unit, message);

	assert_int_equal(write(fd, text, (size_t)n), n);
}

static void
turn_until(uv_loop_t *loop, const int *count, int wanted)
{
	for (int i = 0; i < 1000 && *count < wanted; i++) {
		(void)uv_run(loop, UV_RUN_NOWAIT);
		(void)usleep(10000);
	}
	assert_int_equal(*count, wanted);
}

static void
matching_entries_come_as_lines_and_new_ones_follow(void **state)
{
	char dir[] = "/tmp/f2b-journal-XXXXXX", path[64], command[96];
	struct seen seen = {.sink = {take_entry, take_live}};
	struct slice matches[] = {SLICE("_SYSTEMD_UNIT=ssh.service + _COMM=sshd")};
	struct journal_options options = {.flags = -1};
	struct journal *j = NULL;
	uv_loop_t loop;
	struct diag d;
	pid_t pid;
	int fd;

	(void)state;
	if (!journal_available() || access(REMOTE, X_OK) != 0) {
		print_message("skipped: needs libsystemd and systemd-journal-remote\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/test.journal", dir);
	fd = journal_writer(path, &pid);
	put(fd, INT64_C(1700000000000000), "sshd", "ssh.service", "too old");
	put(fd, INT64_C(1700000100000000), "sshd", "ssh.service", "Failed password from 192.0.2.9");
	put(fd, INT64_C(1700000101000000), "cron", "cron.service", "not wanted");
	put(fd, INT64_C(1700000102000000), "sshd", "other.service", "by its name");
	for (int i = 0; i < 500 && access(path, R_OK) != 0; i++)
		(void)usleep(10000);
	(void)usleep(300000);

	(void)uv_loop_init(&loop);
	diag_init(&d);
	options.path = slice_cstr(dir);
	(void)setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(journal_open(&j, &loop, &options, matches, 1, INSTANT_S(1700000050),
	                     &seen.sink, &d), 0);
	journal_start(j);
	turn_until(&loop, &seen.count, 2);
	assert_string_equal(seen.text[0], "h sshd[1234]: Failed password from 192.0.2.9");
	assert_string_equal(seen.date[0], "2023-11-14T22:15:00+00:00 ");
	assert_true(seen.when_us[0] == INT64_C(1700000100000000));
	assert_string_equal(seen.text[1], "h sshd[1234]: by its name");
	turn_until(&loop, &seen.live_calls, 1);
	assert_int_equal(seen.live_entries, 0);

	put(fd, INT64_C(1700000200000000), "sshd", "ssh.service", "later");
	turn_until(&loop, &seen.count, 3);
	assert_int_equal(seen.live_entries, 1);
	assert_true(journal_position(j).us == INT64_C(1700000200000000));

	journal_close(j);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	(void)close(fd);
	(void)waitpid(pid, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

static void
what_cannot_be_opened_is_said(void **state)
{
	struct journal_options options = {.flags = -1, .path = SLICE("/nonexistent/journal")};
	struct seen seen = {.sink = {take_entry, take_live}};
	struct slice bad = SLICE("nonsense");
	struct journal *j = NULL;
	uv_loop_t loop;
	struct diag d;

	(void)state;
	if (!journal_available())
		skip();
	(void)uv_loop_init(&loop);
	diag_init(&d);
	assert_true(journal_open(&j, &loop, &options, NULL, 0, (struct instant){0}, &seen.sink, &d) < 0);
	assert_non_null(strstr(d.text, "/nonexistent/journal"));
	options.path = SLICE("/tmp");
	assert_true(journal_open(&j, &loop, &options, &bad, 1, (struct instant){0}, &seen.sink, &d) < 0);
	assert_non_null(strstr(d.text, "'nonsense' is no match"));
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matching_entries_come_as_lines_and_new_ones_follow),
	    cmocka_unit_test(what_cannot_be_opened_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
