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
#include <endian.h>
#include <fcntl.h>
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

/* None of these journals is damaged. */
static void
take_loss(struct journal_sink *sink)
{
	fail();
}

static void
take_failure(struct journal_sink *sink, const char *why)
{
	fail_msg("%s", why);
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

/* Waits until a journal has so many entries. Where its header counts them: JOURNAL_FILE_FORMAT. */
static void
wait_entries(const char *path, uint64_t wanted)
{
	uint64_t count = 0;

	for (int i = 0; i < 10000 && le64toh(count) < wanted; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || pread(fd, &count, sizeof(count), 152) != sizeof(count))
			count = 0;
		if (fd >= 0)
			(void)close(fd);
		(void)usleep(10000);
	}
	assert_int_equal(le64toh(count), wanted);
}

static void
turn_until(uv_loop_t *loop, const int *count, int wanted)
{
	for (int i = 0; i < 10000 && *count < wanted; i++) {
		(void)uv_run(loop, UV_RUN_NOWAIT);
		(void)usleep(10000);
	}
	assert_int_equal(*count, wanted);
}

static void
matching_entries_come_as_lines_and_new_ones_follow(void **state)
{
	char dir[] = "/tmp/f2b-journal-XXXXXX", path[64], command[96];
	struct seen seen = {.sink = {take_entry, take_loss, take_live, take_failure}};
	struct slice matches[] = {SLICE("_SYSTEMD_UNIT=ssh.service + _COMM=sshd")};
	struct journal_options options = {.flags = -1};
	struct journal_set *set;
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
	wait_entries(path, 4);

	(void)uv_loop_init(&loop);
	diag_init(&d);
	options.path = slice_cstr(dir);
	(void)setenv("TZ", "UTC", 1);
	tzset();
	set = journal_set_new(&loop);
	assert_int_equal(journal_open(&j, set, &options, matches, 1, INSTANT_S(1700000050),
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
	journal_set_free(set);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	(void)close(fd);
	(void)waitpid(pid, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

/* Descriptors that lead to journal files. */
static int
open_journals(void)
{
	char path[64], target[256];
	int found = 0;
	ssize_t n;

	for (int fd = 0; fd < 256; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found += strstr(target, ".journal") != NULL;
	}
	return found;
}

/* What several jails and the journal's files go through together. */
struct shared {
	uv_loop_t loop;
	struct journal_set *set;
	struct journal_options options;
	char dir[32];
	int writer;
	pid_t pid;
};

/* Entries go to another file from now on. */
static void
shared_write_to(struct shared *s, const char *name)
{
	char path[64];

	if (s->writer >= 0) {
		(void)close(s->writer);
		(void)waitpid(s->pid, NULL, 0);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	s->writer = journal_writer(path, &s->pid);
}

static void
shared_wait(const struct shared *s, const char *name, uint64_t wanted)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	wait_entries(path, wanted);
}

static void
shared_put(struct shared *s, int seconds, const char *ident, const char *unit, const char *message)
{
	put(s->writer, (INT64_C(1700000000) + seconds) * 1000000, ident, unit, message);
}

static struct journal *
shared_join(struct shared *s, struct seen *seen, int since, const char *match)
{
	struct slice matches[] = {slice_cstr(match)};
	struct journal *j;
	struct diag d;

	diag_init(&d);
	assert_int_equal(journal_open(&j, s->set, &s->options, matches, match != NULL, INSTANT_S(1700000000 + since),
	                     &seen->sink, &d), 0);
	journal_start(j);
	return j;
}

/* Long enough for what should not come to have come. */
static void
shared_settle(struct shared *s)
{
	for (int i = 0; i < 40; i++) {
		(void)uv_run(&s->loop, UV_RUN_NOWAIT);
		(void)usleep(10000);
	}
}

static int
shared_new(void **state)
{
	static struct shared s;

	s = (struct shared){.dir = "/tmp/f2b-journal-XXXXXX", .writer = -1, .options = {.flags = -1}};
	*state = &s;
	if (mkdtemp(s.dir) == NULL)
		return -1;
	s.options.path = slice_cstr(s.dir);
	(void)uv_loop_init(&s.loop);
	s.set = journal_set_new(&s.loop);
	return 0;
}

static int
shared_free(void **state)
{
	struct shared *s = *state;
	char command[64];

	journal_set_free(s->set);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&s->loop);
	if (s->writer >= 0) {
		(void)close(s->writer);
		(void)waitpid(s->pid, NULL, 0);
	}
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	return system(command);
}

static void
need_journal(void)
{
	if (!journal_available() || access(REMOTE, X_OK) != 0) {
		print_message("skipped: needs libsystemd and systemd-journal-remote\n");
		skip();
	}
}

static void
jails_share_a_reader_and_each_gets_its_part(void **state)
{
	struct shared *s = *state;
	struct seen ssh = {.sink = {take_entry, take_loss, take_live, take_failure}}, cron = ssh, all = ssh, late = ssh;
	struct journal *j[4];
	int alone;

	need_journal();
	shared_write_to(s, "a.journal");
	shared_put(s, 1, "sshd", "ssh.service", "too old for ssh");
	shared_put(s, 2, "cron", "cron.service", "c2");
	shared_put(s, 3, "sshd", "ssh.service", "s3");
	shared_wait(s, "a.journal", 3);
	j[0] = shared_join(s, &ssh, 2, "_SYSTEMD_UNIT=ssh.service _COMM=sshd _COMM=sshd-session");
	turn_until(&s->loop, &ssh.live_calls, 1);
	alone = open_journals();
	assert_true(alone > 0);
	j[1] = shared_join(s, &cron, 0, "_COMM=nobody + SYSLOG_IDENTIFIER=cron");
	j[2] = shared_join(s, &all, 0, NULL);
	turn_until(&s->loop, &all.live_calls, 1);
	assert_int_equal(open_journals(), alone);
	assert_int_equal(ssh.count, 1);
	assert_int_equal(cron.count, 1);
	assert_int_equal(all.count, 3);

	/* The same microsecond, and one that is of the unit but not of the program. */
	shared_put(s, 4, "sshd", "ssh.service", "s4");
	shared_put(s, 4, "sshd-session", "ssh.service", "s4 again");
	shared_put(s, 4, "sftp", "ssh.service", "not of sshd");
	turn_until(&s->loop, &all.count, 6);
	assert_int_equal(ssh.count, 3);
	assert_int_equal(ssh.live_entries, 2);

	/* Who comes late, or pauses, gets what he has missed, and nobody else does. */
	journal_pause(j[0], true);
	j[3] = shared_join(s, &late, 3, "_COMM=sshd");
	turn_until(&s->loop, &late.live_calls, 1);
	assert_int_equal(late.count, 2);
	shared_put(s, 5, "sshd", "ssh.service", "s5");
	turn_until(&s->loop, &late.count, 3);
	assert_int_equal(ssh.count, 3);
	journal_pause(j[0], false);
	turn_until(&s->loop, &ssh.count, 4);
	assert_string_equal(ssh.text[3], "h sshd[1234]: s5");
	journal_close(j[3]);
	shared_put(s, 6, "cron", "cron.service", "c6");
	turn_until(&s->loop, &cron.count, 2);
	shared_settle(s);
	assert_int_equal(ssh.count, 4);
	assert_int_equal(cron.count, 2);
	assert_int_equal(all.count, 8);
	assert_int_equal(late.count, 3);
	assert_int_equal(open_journals(), alone);
	for (int i = 0; i < 3; i++)
		journal_close(j[i]);
}

static void
reading_outlives_rotation_and_vacuum(void **state)
{
	struct shared *s = *state;
	struct seen seen = {.sink = {take_entry, take_loss, take_live, take_failure}};
	struct journal *j;
	char name[32], path[80];
	int before;

	need_journal();
	shared_write_to(s, "0.journal");
	shared_put(s, 0, "sshd", "ssh.service", "0");
	shared_wait(s, "0.journal", 1);
	j = shared_join(s, &seen, 0, "_COMM=sshd");
	turn_until(&s->loop, &seen.live_calls, 1);
	assert_int_equal(seen.count, 1);
	before = open_journals();
	for (int i = 1; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "%d.journal", i);
		shared_write_to(s, name);
		shared_put(s, 10 * i, "sshd", "ssh.service", "of the new file");
		turn_until(&s->loop, &seen.count, i + 1);
		(void)snprintf(path, sizeof(path), "%s/%d.journal", s->dir, i - 1);
		assert_int_equal(unlink(path), 0);
		for (int k = 0; k < 100 && open_journals() != before; k++)
			shared_settle(s);
		assert_int_equal(open_journals(), before);
	}
	assert_int_equal(seen.count, 6);
	journal_close(j);
}

static void
what_cannot_be_opened_is_said(void **state)
{
	struct journal_options options = {.flags = -1, .path = SLICE("/nonexistent/journal")};
	struct seen seen = {.sink = {take_entry, take_loss, take_live, take_failure}};
	struct slice bad = SLICE("nonsense");
	struct journal_set *set;
	struct journal *j = NULL;
	uv_loop_t loop;
	struct diag d;

	(void)state;
	if (!journal_available())
		skip();
	(void)uv_loop_init(&loop);
	diag_init(&d);
	set = journal_set_new(&loop);
	assert_true(journal_open(&j, set, &options, NULL, 0, (struct instant){0}, &seen.sink, &d) < 0);
	assert_non_null(strstr(d.text, "/nonexistent/journal"));
	options.path = SLICE("/tmp");
	assert_true(journal_open(&j, set, &options, &bad, 1, (struct instant){0}, &seen.sink, &d) < 0);
	assert_non_null(strstr(d.text, "'nonsense' is no match"));
	journal_set_free(set);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matching_entries_come_as_lines_and_new_ones_follow),
	    cmocka_unit_test_setup_teardown(
	        jails_share_a_reader_and_each_gets_its_part, shared_new, shared_free),
	    cmocka_unit_test_setup_teardown(
	        reading_outlives_rotation_and_vacuum, shared_new, shared_free),
	    cmocka_unit_test(what_cannot_be_opened_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
