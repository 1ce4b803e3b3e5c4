#include "server/daemon.h"

#include "util/buf.h"
#include "util/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_MAX 16384

static int ready_fd = -1;
static int starter_fd = STDERR_FILENO; /* his standard error; negative: he has gone */

/* The starter's part: reports success once the daemon says so, else its end. */
static void
wait_for_daemon(int fd)
{
	char ok = 0;
	ssize_t n;

	do
		n = read(fd, &ok, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 && ok == 'r' ? 0 : 255);
}

static int
fork_and_leave(struct diag *d)
{
	pid_t pid = fork();

	if (pid < 0)
		return diag_fail(d, -errno, (struct place){0}, "cannot fork: %s", strerror(errno));
	if (pid > 0)
		_exit(0);
	return 0;
}

int
daemon_detach(struct diag *d)
{
	int fds[2], null, r;
	pid_t pid;

	/* A daemon that keeps the write end of somebody's pipe keeps him waiting for its end. */
	(void)close_range(3, UINT_MAX, 0);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return diag_fail(d, -errno, (struct place){0}, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return diag_fail(d, -errno, (struct place){0}, "cannot fork: %s", strerror(errno));
	if (pid > 0) {
		(void)close(fds[1]);
		wait_for_daemon(fds[0]);
	}
	(void)close(fds[0]);
	ready_fd = fds[1];
	/* The session may end before the terminal does, and would tell us. */
	(void)signal(SIGHUP, SIG_IGN);
	(void)setsid();
	r = fork_and_leave(d);
	if (r < 0)
		return r;
	if (chdir("/") < 0)
		return diag_fail(d, -errno, (struct place){0}, "chdir /: %s", strerror(errno));
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return diag_fail(d, -errno, (struct place){0}, "/dev/null: %s", strerror(errno));
	starter_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	if (null > 2)
		(void)close(null);
	return 0;
}

void
daemon_open_standard(void)
{
	int fd;

	/* The lowest free number is the one that is given. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		(void)close(fd);
}

void
daemon_ready(void)
{
	if (ready_fd < 0)
		return;
	/* A starter that has gone needs no answer, and is no reason to end. */
	if (write(ready_fd, "r", 1) < 0)
		errno = 0;
	(void)close(ready_fd);
	ready_fd = -1;
	(void)close(starter_fd);
	starter_fd = -1;
}

void
daemon_tell(const char *text)
{
	if (starter_fd >= 0)
		(void)dprintf(starter_fd, "f2b-server: %s\n", text);
}

void
daemon_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	/* Not more: there are programs, which actions may run, that close all they could have. */
	if (limit.rlim_cur < FILES_MAX)
		limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	/* If that fails, what we have must do. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void
daemon_set_name(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

/* The locale of characters name, or "" for the environment's, is plain C, or not there. */
static bool
is_plain(const char *name)
{
	locale_t l = newlocale(LC_CTYPE_MASK, name, (locale_t)0);
	bool plain = l == (locale_t)0 || strcmp(nl_langinfo_l(CODESET, l), "ANSI_X3.4-1968") == 0;

	if (l != (locale_t)0)
		freelocale(l);
	return plain;
}

void
daemon_set_locale(void)
{
	const char *all = getenv("LC_ALL");

	if (all != NULL && all[0] != '\0')
		return;
	if (is_plain("") && !is_plain("C.UTF-8"))
		(void)setenv("LC_CTYPE", "C.UTF-8", 1);
}

static int
pidfile_fail(int fd, const char *path, int error, struct diag *d)
{
	if (fd >= 0)
		(void)close(fd);
	return diag_fail(d, -error, (struct place){0}, "Unable to create PID file: %s: %s", path,
	    strerror(error));
}

/* The child of a server that was killed holds its lock until it runs its program. */
static int
lock(int fd)
{
	int tries = 60;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || --tries == 0)
			return -1;
		(void)poll(NULL, 0, 50);
	}
	return 0;
}

int
pidfile_write(const char *path, struct diag *d)
{
	char text[32];
	int fd, n;

	folder_make(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return pidfile_fail(fd, path, errno, d);
	if (lock(fd) < 0)
		return pidfile_fail(fd, path, errno == EWOULDBLOCK ? EEXIST : errno, d);
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)n) != n)
		return pidfile_fail(fd, path, errno, d);
	return fd;
}
