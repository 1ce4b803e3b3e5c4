#include "server/service.h"

#include <errno.h>

int
service_socket(const char *name)
{
	(void)name;
	return -ENOENT;
}

void
service_ready(void)
{
}

void
service_stopping(void)
{
}

void
service_watchdog_start(uv_loop_t *loop, uv_timer_t *timer)
{
	(void)uv_timer_init(loop, timer);
}

void
service_watchdog_stop(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}
