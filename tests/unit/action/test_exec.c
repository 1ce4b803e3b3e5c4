/* One command: its values, its time, and who goes with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "action/exec.h"
#include "util/buf.h"
#include "util/log.h"

static uv_loop_t loop;
static unsigned calls;
static bool succeeded;

static void
done(void *arg, bool ok)
{
	assert_ptr_equal(arg, &loop);
	calls++;
	succeeded = ok;
}

static bool
run(const char *script, const struct slice *values, size_t count, struct span timeout)
{
	calls = 0;
	assert_int_equal(
	    exec_start(&loop, slice_cstr(script), values, count, timeout, done, &loop), 0);
	assert_int_equal(calls, 0);
	while (calls == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(calls, 1);
	return succeeded;
}

static void
status_tells_success(void **state)
{
	(void)state;
	assert_true(run("exit 0", NULL, 0, SPAN_S(100)));
	assert_false(run("exit 3", NULL, 0, SPAN_S(100)));
	assert_false(run("no-such-command-at-all", NULL, 0, SPAN_S(100)));
	assert_false(run("kill -9 $$", NULL, 0, SPAN_S(100)));
}

static void
values_arrive_as_they_are(void **state)
{
	const struct slice values[] = {SLICE("a b'$(touch /tmp/f2b-never)`"), SLICE("\"\\\n;")};

	(void)state;
	assert_true(run("f2bV_a=$0 f2bV_b=$1 \ntest \"$f2bV_b\" = '\"\\\n;' && "
			"test \"$f2bV_a\" = \"a b'\\$(touch /tmp/f2b-never)\\`\"",
	    values, 2, SPAN_S(100)));
	assert_int_not_equal(access("/tmp/f2b-never", F_OK), 0);
}

/* What a child inherits of us is its environment and nothing else. */
static void
child_starts_afresh(void **state)
{
	int open_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t blocked, before;

	(void)state;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_true(run("grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status && "
			"grep -q '^SigIgn:[[:space:]]*0*$' /proc/self/status",
	    NULL, 0, SPAN_S(100)));
	/* The fourth is the folder being listed. */
	assert_true(run("cd /proc/$$/fd && set -- * && test \"$*\" = '0 1 2 3'",
	    NULL, 0, SPAN_S(100)));
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(open_fd);
}

static void
more_output_than_is_kept_does_no_harm(void **state)
{
	(void)state;
	assert_true(run("head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2", NULL, 0,
	    SPAN_S(100)));
}

static void
output_has_a_name(void **state)
{
	(void)state;
	assert_true(run("echo out >/dev/stdout && echo more | tee -a /dev/stderr", NULL, 0,
	    SPAN_S(100)));
}

static void
no_pipe_is_an_error(void **state)
{
	struct rlimit before, few;
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = exec_start(&loop, SLICE("true"), NULL, 0, SPAN_S(100), done, &loop);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, UV_EMFILE);
	assert_true(run("true", NULL, 0, SPAN_S(100)));
}

static void
count_done(void *arg, bool ok)
{
	assert_true(ok);
	*(unsigned *)arg += 1;
}

/* Each of the scripts says in a file when it begins and when it ends. */
static void
expect_order(const char *const waits[], size_t n, const char *order)
{
	char path[] = "/tmp/f2b-exec-XXXXXX", script[256], text[100] = "";
	int fd = mkstemp(path);
	unsigned ended = 0;

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(script, sizeof(script), "printf '%zub ' >>%s; %s; printf '%zue ' >>%s",
		    i, path, waits[i], i, path);
		assert_int_equal(exec_start(&loop, slice_cstr(script), NULL, 0, SPAN_S(100),
				     count_done, &ended), 0);
	}
	while (ended < n)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, order);
	(void)close(fd);
	(void)unlink(path);
}

static void
commands_take_turns(void **state)
{
	static const char *const quick[] = {"sleep .1", ":", "sleep .05", ":"};

	(void)state;
	expect_order(quick, 4, "0b 0e 1b 1e 2b 2e 3b 3e ");
}

static void
one_that_takes_long_is_not_waited_for(void **state)
{
	static const char *const slow[] = {"sleep 2", "sleep .1", ":"};

	(void)state;
	expect_order(slow, 3, "0b 1b 1e 2b 2e 0e ");
}

/* What the one before it runs for does not count. */
static void
time_counts_from_the_turn(void **state)
{
	unsigned ended = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(exec_start(&loop, SLICE("sleep .4"), NULL, 0, SPAN_MS(900), count_done,
				     &ended), 0);
	while (ended < 3)
		(void)uv_run(&loop, UV_RUN_ONCE);
}

static void
time_out_ends_the_whole_session(void **state)
{
	char path[] = "/tmp/f2b-exec-XXXXXX", script[256];
	int fd = mkstemp(path);
	struct mono start = time_mono();

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	(void)unlink(path);
	(void)snprintf(script, sizeof(script),
	    "(trap '' TERM; sleep 1; sleep 1; touch %s) & sleep 300", path);
	assert_false(run(script, NULL, 0, SPAN_MS(300)));
	assert_true(mono_since(time_mono(), start).us < 200 * US_PER_S);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)usleep(2500000);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
who_is_left_behind_is_not_waited_for(void **state)
{
	struct mono start = time_mono();

	(void)state;
	assert_true(run("(sleep 60; echo late) &", NULL, 0, SPAN_S(100)));
	assert_true(mono_since(time_mono(), start).us < 50 * US_PER_S);
}

static void
command_with_values_is_logged_as_a_list(void **state)
{
	const struct slice value = SLICE("x'y");
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	exec_format(&out, SLICE("f=$0 \necho"), &value, 1);
	assert_string_equal(buf_cstr(&out), "['f=$0 \\necho', \"x'y\"]");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(status_tells_success),
	    cmocka_unit_test(values_arrive_as_they_are),
	    cmocka_unit_test(child_starts_afresh),
	    cmocka_unit_test(more_output_than_is_kept_does_no_harm),
	    cmocka_unit_test(output_has_a_name),
	    cmocka_unit_test(no_pipe_is_an_error),
	    cmocka_unit_test(commands_take_turns),
	    cmocka_unit_test(one_that_takes_long_is_not_waited_for),
	    cmocka_unit_test(time_counts_from_the_turn),
	    cmocka_unit_test(time_out_ends_the_whole_session),
	    cmocka_unit_test(who_is_left_behind_is_not_waited_for),
	    cmocka_unit_test(command_with_values_is_logged_as_a_list),
	};
	int failed;

	/* Of these, our own starter is to blame. */
	(void)close_range(3, ~0u, 0);
	log_set_level(LEVEL_CRITICAL + 1);
	(void)uv_loop_init(&loop);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	exec_abandon(&loop);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return failed + (uv_loop_close(&loop) != 0);
}
