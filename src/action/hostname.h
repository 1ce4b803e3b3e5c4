#ifndef F2B_ACTION_HOSTNAME_H
#define F2B_ACTION_HOSTNAME_H

#include "util/buf.h"

#include <uv.h>

/*
 * This machine's own name, for "<sh-hostname>" and "<fq-hostname>". The full one is looked up,
 * which may take long, beside the loop; it is kept for five minutes.
 */

/* Adds the name as the kernel has it. */
void hostname_short(struct buf *out);

/* Adds the full name as far as it is known, else the short one. */
void hostname_full(struct buf *out);

/*
 * Looks the full name up, if it is not known or too old, and calls known, whatever came of it. False if
 * that is not needed, or cannot even be asked: known is then not called. The request is the caller's; it
 * must stay until then.
 */
struct hostname_request {
	uv_getaddrinfo_t lookup;
	void (*known)(void *arg);
	void *arg;
};
bool hostname_look_up(
    uv_loop_t *loop, struct hostname_request *request, void (*known)(void *arg), void *arg);

#endif
