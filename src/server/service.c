#include "server/service.h"

#include "util/slice.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

static int
find_name(char **names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return i;
	/* A unit that names nothing has one socket, and it is for this. */
	return count > 0 && strcmp(name, "fail2ban") == 0 ? 0 : -1;
}

int
service_socket(const char *name)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(0, &names), at, fd;

	at = names != NULL ? find_name(names, count, name) : -1;
	for (int i = 0; names != NULL && i < count; i++)
		free(names[i]);
	free(names);
	if (at < 0)
		return -ENOENT;
	fd = SD_LISTEN_FDS_START + at;
	return sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0 ? fd : -ENOTSOCK;
}

void
service_ready(void)
{
	(void)sd_notify(0, "READY=1"); /* nobody is there to be told, or it cannot be helped */
}

void
service_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

static void
still_alive(uv_timer_t *timer)
{
	(void)timer;
	(void)sd_notify(0, "WATCHDOG=1");
}

void
service_watchdog_start(uv_loop_t *loop, uv_timer_t *timer)
{
	uint64_t limit_us = 0, half_ms;

	(void)uv_timer_init(loop, timer);
	uv_unref((uv_handle_t *)timer);
	if (sd_watchdog_enabled(0, &limit_us) <= 0)
		return;
	half_ms = limit_us / 2000 > 0 ? limit_us / 2000 : 1;
	(void)uv_timer_start(timer, still_alive, half_ms, half_ms);
}

void
service_watchdog_stop(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}
