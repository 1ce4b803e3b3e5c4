#ifndef F2B_CONTROL_CONN_H
#define F2B_CONTROL_CONN_H

#include "util/diag.h"
#include "value/value.h"

#include <uv.h>

/*
 * The control socket: frames of pickle in both directions, many clients at a time. A request that
 * is too large, or a client that does not read its replies, costs the client its connection. Only
 * root and the server's own user may connect. The program must ignore SIGPIPE.
 */
struct listener;

/* One request; it must be answered once, now or later, also when its client has gone. */
struct conn_request {
	struct arena arena;	/* for the reply; freed after the answer */
	struct value *command;	/* lives in the arena */
};

/* value is sent as it is; it is usually a tuple (0, reply) or (1, error). */
void conn_answer(struct conn_request *rq, const struct value *value);

struct conn_sink {
	void (*request)(struct conn_sink *sink, struct conn_request *rq);
};

#define CONN_REQUEST_MAX ((size_t)64 * 1024 * 1024)
#define CONN_CLIENTS_MAX 1024

/* Binds path with mode 0700; -EADDRINUSE if something is there already. */
int listener_new(struct listener **out, uv_loop_t *loop, const char *path, struct conn_sink *sink,
    struct diag *d);

/*
 * Closes all connections once their answers are written, and removes the path. A client that reads
 * nothing is waited for some three seconds.
 */
void listener_free(struct listener *l);

#endif
