#ifndef F2B_CONTROL_RESOLVE_H
#define F2B_CONTROL_RESOLVE_H

#include "util/addr.h"

#include <uv.h>

/*
 * Addresses of host names, looked up beside the loop and remembered for five minutes. Who asks for a
 * name that is being looked up waits for the same answer. Names come from logs: there is a cap on how
 * many are remembered, on how many are under way, and on who waits for them.
 */
struct resolver;

#define RESOLVE_NAMES_MAX 10000
#define RESOLVE_PENDING_MAX 256
#define RESOLVE_WAITING_MAX 10000
#define RESOLVE_ADDRS_MAX 64

/* The answer: count is 0 if there are no addresses, and error then says why; all is lent for the call. */
typedef void resolver_told(void *arg, struct slice name, const struct addr *addrs, size_t count,
    const char *error);

struct resolver *resolver_new(uv_loop_t *loop);

/*
 * Look-ups under way are told that they failed as they end. When the last one has, perhaps at once,
 * r is freed and freed called.
 */
void resolver_free(struct resolver *r, void (*freed)(void *arg), void *arg);

/* Tells done the addresses of name: at once if they are remembered, else later. */
void resolver_lookup(struct resolver *r, struct slice name, resolver_told *done, void *arg);

/* Logs that name has no address. */
void resolver_log_failure(struct slice name, const char *error);

/* Forgets everything, as at a reload. */
void resolver_clear(struct resolver *r);

#endif
