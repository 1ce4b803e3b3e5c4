#ifndef F2B_SERVER_SERVICE_H
#define F2B_SERVER_SERVICE_H

#include <uv.h>

/*
 * What a service manager wants to know, and hands over: systemd's notifications, watchdog, and
 * sockets it listens on already. Without one, all of it does nothing. The protocols are a few
 * variables and datagrams, and stable; libsystemd would bring a megabyte of libraries for compression
 * and encryption along. Source: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
 */

/*
 * The descriptor of the listening Unix socket that was handed over under this name, or, for
 * "fail2ban", of the first one if none has that name. -ENOENT if there is none, -ENOTSOCK if it is
 * none of that kind.
 */
int service_socket(const char *name);

/* Requests are answered, and the jails are at work. */
void service_ready(void);
void service_stopping(void);

/* Tells regularly, from the loop, that it turns; timer is closed by service_watchdog_stop(). */
void service_watchdog_start(uv_loop_t *loop, uv_timer_t *timer);
void service_watchdog_stop(uv_timer_t *timer);

#endif
