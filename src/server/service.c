#include "server/service.h"

#include "util/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_SOCKET 3 /* where descriptors that were handed over begin */
#define SOCKETS_MAX 1000

/* A number in a variable of the environment. False if there is none. */
static bool
number_of(const char *variable, uint64_t max, uint64_t *out)
{
	const char *text = getenv(variable);

	return text != NULL && slice_u64(slice_cstr(text), max, out) == 0;
}

/* True if the variable names this process, or, where it may be missing, nobody. */
static bool
meant_for_us(const char *variable, bool may_be_missing)
{
	uint64_t pid;

	if (getenv(variable) == NULL)
		return may_be_missing;
	return number_of(variable, INT32_MAX, &pid) && pid == (uint64_t)getpid();
}

/* The index of the socket of that name, or -1. */
static int
find_name(const char *name, int count)
{
	const char *text = getenv("LISTEN_FDNAMES");
	struct slice names = slice_cstr(text), one;

	for (int i = 0; i < count && slice_next(&names, ':', &one); i++)
		if (slice_eq(one, slice_cstr(name)))
			return i;
	/* A unit that names nothing has one socket, and it is for this. */
	return count > 0 && strcmp(name, "fail2ban") == 0 ? 0 : -1;
}

static bool
listening_unix_socket(int fd)
{
	struct sockaddr_un address;
	socklen_t n = sizeof(address), size = sizeof(int);
	int type = 0, listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0 &&
	       getsockname(fd, (struct sockaddr *)&address, &n) == 0 &&
	       address.sun_family == AF_UNIX;
}

int
service_socket(const char *name)
{
	uint64_t count;
	int at;

	if (!meant_for_us("LISTEN_PID", false) || !number_of("LISTEN_FDS", SOCKETS_MAX, &count))
		return -ENOENT;
	/* The commands of actions are to inherit none of them. */
	for (int i = 0; i < (int)count; i++)
		(void)fcntl(FIRST_SOCKET + i, F_SETFD, FD_CLOEXEC);
	at = find_name(name, (int)count);
	if (at < 0)
		return -ENOENT;
	return listening_unix_socket(FIRST_SOCKET + at) ? FIRST_SOCKET + at : -ENOTSOCK;
}

/* Nobody may be there to be told, and if it fails, it cannot be helped. flags: as of sendto(2). */
static void
notify(const char *state, int flags)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n == 0 || n >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, n);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* an abstract name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL | flags, (struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)close(fd);
}

void
service_ready(void)
{
	notify("READY=1", 0);
}

void
service_stopping(void)
{
	notify("STOPPING=1", 0);
}

static void
still_alive(uv_timer_t *timer)
{
	/* A manager that does not read has the last ones still to come: nobody's ban waits for it. */
	notify("WATCHDOG=1", MSG_DONTWAIT);
}

void
service_watchdog_start(uv_loop_t *loop, uv_timer_t *timer)
{
	uint64_t limit_us, half_ms;

	(void)uv_timer_init(loop, timer);
	uv_unref((uv_handle_t *)timer);
	if (!meant_for_us("WATCHDOG_PID", true) ||
	    !number_of("WATCHDOG_USEC", INT64_MAX, &limit_us) || limit_us == 0)
		return;
	half_ms = limit_us / 2000 > 0 ? limit_us / 2000 : 1;
	(void)uv_timer_start(timer, still_alive, half_ms, half_ms);
}

void
service_watchdog_stop(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}
