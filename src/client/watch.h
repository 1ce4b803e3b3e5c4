#ifndef F2B_CLIENT_WATCH_H
#define F2B_CLIENT_WATCH_H

#include "client/client.h"

/*
 * "watch [--events=EVENT,...] [--count=N] [JAIL...]": prints what happens, a line an event, until
 * the server stops (0), N events were printed (0), or the connection breaks (255).
 */
int watch_print(const struct client *cl, const struct value *words);

/* Adds an event as people read it: "2026-11-25 22:10:00 [sshd] ban 192.0.2.1 for 10m". */
void watch_format(struct buf *out, const struct value *event);

#endif
