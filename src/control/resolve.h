#ifndef F2B_CONTROL_RESOLVE_H
#define F2B_CONTROL_RESOLVE_H

#include "util/addr.h"

#include <uv.h>

/*
 * Addresses of host names, looked up beside the loop and remembered for five minutes. Names come
 * from logs: there is a cap on how many are remembered, and on how many are under way.
 */
struct resolver;

#define RESOLVE_NAMES_MAX 10000
#define RESOLVE_PENDING_MAX 256
#define RESOLVE_ADDRS_MAX 64

struct resolver *resolver_new(uv_loop_t *loop);

/*
 * Look-ups under way are told that they failed as they end. When the last one has, perhaps at once,
 * r is freed and freed called.
 */
void resolver_free(struct resolver *r, void (*freed)(void *arg), void *arg);

/*
 * Tells done the addresses of name: at once if they are remembered, else later. count is 0 if there
 * are none, and error then says why; addrs and error are lent for the call.
 */
void resolver_lookup(struct resolver *r, struct slice name,
    void (*done)(void *arg, struct slice name, const struct addr *addrs, size_t count,
        const char *error),
    void *arg);

/* Forgets everything, as at a reload. */
void resolver_clear(struct resolver *r);

#endif
