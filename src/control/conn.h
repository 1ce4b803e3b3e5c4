#ifndef F2B_CONTROL_CONN_H
#define F2B_CONTROL_CONN_H

#include "control/local.h"
#include "value/value.h"

#include <uv.h>

/*
 * The control socket: frames of pickle in both directions, many clients at a time. A request that
 * is too large, or a client that does not read its replies, costs the client its connection. Only
 * root and the server's own user may connect, or, to a socket for readers, a group. The program
 * must ignore SIGPIPE.
 */
struct listener;

/* One request; it must be answered once, now or later, also when its client has gone. */
struct conn_request {
	struct arena arena;	/* for the reply; freed after the answer */
	struct value *command;	/* lives in the arena */
	bool reader;		/* came by a socket for readers */
	/*
	 * Where not NULL, the request stays open for conn_push(), and the client ends it by
	 * leaving: this is then called, and must answer, which nobody hears.
	 */
	void (*gone)(struct conn_request *rq);
	void *owner; /* for gone */
};

/* value is sent as it is; it is usually a tuple (0, reply) or (1, error). */
void conn_answer(struct conn_request *rq, const struct value *value);

/*
 * Sends value without ending the request. False, and nothing is sent, if the client has left more
 * than CONN_UNREAD_MAX bytes unread.
 */
bool conn_push(struct conn_request *rq, const struct value *value);

struct conn_sink {
	void (*request)(struct conn_sink *sink, struct conn_request *rq);
};

#define CONN_REQUEST_MAX ((size_t)64 * 1024 * 1024)
#define CONN_READER_MAX ((size_t)64 * 1024)
#define CONN_UNREAD_MAX ((size_t)1024 * 1024)
/* Of more, those who have been silent for longest lose their places to new ones. */
#define CONN_CLIENTS_MAX 2048

struct listener_options {
	const char *path; /* borrowed for the call */
	gid_t group;	  /* LOCAL_NO_GROUP, or who may connect to this socket for readers */
	bool inherited;	  /* fd listens already: it is neither bound nor removed, but closed */
	int fd;
};

/* Binds with the mode of local_bind(); -EADDRINUSE if something is there already. */
int listener_new(struct listener **out, uv_loop_t *loop, const struct listener_options *o,
    struct conn_sink *sink, struct diag *d);

/* Removes the path, so that nobody comes any more; who is connected stays. Takes NULL. */
void listener_hide(struct listener *l);

/*
 * Closes all connections once their answers are written, and removes the path. Takes NULL. A client
 * that reads nothing is waited for some three seconds.
 */
void listener_free(struct listener *l);

#endif
