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

/* True if the full name is not known, or too old. */
bool hostname_stale(void);

/*
 * Looks the full name up and calls known, whatever came of it. The request is the caller's, who
 * sets known and arg; it must stay until then. A negative errno if it cannot even be asked: known
 * is then not called.
 */
struct hostname_request {
	uv_getaddrinfo_t lookup;
	void (*known)(void *arg);
	void *arg;
};
int hostname_look_up(uv_loop_t *loop, struct hostname_request *request);

#endif
