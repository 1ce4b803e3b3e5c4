#ifndef F2B_CLIENT_LINK_H
#define F2B_CLIENT_LINK_H

#include "util/diag.h"
#include "util/time.h"
#include "value/value.h"

#include <signal.h>

/*
 * A connection to a server's control socket, fail2ban's or ours. Calls wait.
 */
struct link;

/* Replies beyond this are not taken. */
#define LINK_REPLY_MAX ((size_t)1024 * 1024 * 1024)

/*
 * Connects. d says in fail2ban's words what stands in the way; -ENOENT is no socket, -EACCES one
 * that is not for us, -ECONNREFUSED one that nobody serves.
 */
int link_open(struct link **out, struct slice path, struct diag *d);

/* Tells the server that nothing more comes. Takes NULL. */
void link_close(struct link *l);

/* How long a request may take; 0 is as long as it likes, which is also the start value. */
void link_set_timeout(struct link *l, struct span limit);

/* Calls that wait end with -EINTR when a signal comes after which *ended is not 0; it is lent. */
void link_heed(struct link *l, const volatile sig_atomic_t *ended);

/* Sends a command and waits for its reply, which then lives in a. */
int link_ask(struct link *l, struct arena *a, const struct value *command, struct value **reply,
    struct diag *d);

/*
 * The same in two steps, for replies that come one after another ("watch"). link_pending() is true
 * where a whole one has come already; else link_fd() can be waited for.
 */
int link_send(struct link *l, const struct value *command, struct diag *d);
int link_next(struct link *l, struct arena *a, struct value **reply, struct diag *d);
bool link_pending(const struct link *l);
int link_fd(const struct link *l);

/* True if a server answers a ping at path within limit. */
bool link_ping(struct slice path, struct span limit);

#endif
