/* Pid files, and the descriptors that a daemon starts with. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "server/daemon.h"

static char dir[] = "/tmp/f2b-daemon-XXXXXX";
static char path[64];

static void
pid_file_is_held_by_one(void **state)
{
	char text[32] = "";
	struct diag d;
	int fd = pidfile_write(path, &d), check;

	(void)state;
	assert_true(fd > 0);
	assert_int_equal(pidfile_write(path, &d), -EEXIST);
	check = open(path, O_RDONLY);
	assert_true(read(check, text, sizeof(text) - 1) > 0);
	assert_int_equal(atoi(text), getpid());
	(void)close(check);
	(void)close(fd);
	(void)unlink(path);
}

/* Who may write the folder may not have us write elsewhere. */
static void
pid_file_that_is_a_link_is_refused(void **state)
{
	char victim[80];
	struct diag d;
	struct stat st;
	int fd;

	(void)state;
	(void)snprintf(victim, sizeof(victim), "%s.victim", path);
	fd = open(victim, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "precious", 8), 8);
	(void)close(fd);
	assert_int_equal(symlink(victim, path), 0);
	assert_int_equal(pidfile_write(path, &d), -ELOOP);
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 8);
	(void)unlink(path);
	(void)unlink(victim);
}

static void
standard_descriptors_are_taken_before_any_file(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		for (int fd = 0; fd <= 2; fd++)
			(void)close(fd);
		daemon_open_standard();
		_exit(open("/dev/null", O_RDONLY) > 2 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* What PEP 538 has fail2ban's server, and what it starts, read from this environment. */
static void
plain_characters_become_utf8(void **state)
{
	static const struct {
		const char *all, *ctype, *lang, *expected;
	} rows[] = {
	    {NULL, NULL, NULL, "C.UTF-8"},
	    {NULL, NULL, "C", "C.UTF-8"},
	    {NULL, NULL, "POSIX", "C.UTF-8"},
	    {NULL, NULL, "xx_XX.UTF-8", "C.UTF-8"},
	    {"", "C", "C.UTF-8", "C.UTF-8"},
	    {NULL, NULL, "C.UTF-8", NULL},
	    {NULL, "C.UTF-8", "C", "C.UTF-8"},
	    {"C", "C", NULL, "C"},
	    {"xx_XX.UTF-8", NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
		const char *values[] = {rows[i].all, rows[i].ctype, rows[i].lang};

		for (size_t k = 0; k < 3; k++) {
			(void)unsetenv(names[k]);
			assert_true(values[k] == NULL || setenv(names[k], values[k], 1) == 0);
		}
		daemon_set_locale();
		if (rows[i].expected == NULL)
			assert_null(getenv("LC_CTYPE"));
		else
			assert_string_equal(getenv("LC_CTYPE"), rows[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pid_file_is_held_by_one),
	    cmocka_unit_test(pid_file_that_is_a_link_is_refused),
	    cmocka_unit_test(standard_descriptors_are_taken_before_any_file),
	    cmocka_unit_test(plain_characters_become_utf8),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/pid", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(dir);
	return failed;
}
