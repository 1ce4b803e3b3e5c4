#ifndef F2B_CONTROL_EXEMPT_H
#define F2B_CONTROL_EXEMPT_H

#include "jail/failure.h"
#include "util/diag.h"

/*
 * Whether somebody is let go: what was answered before ("ignorecache"), the lists of whom to ignore,
 * then the administrator's command ("ignorecommand"). Names in the lists are looked up, and the
 * command is run, beside the loop, one at a time for a jail; who asked waits meanwhile.
 */
struct exempt;
struct guard;

/* The answer; g is NULL if the jail has gone meanwhile. */
typedef void exempt_told(struct guard *g, struct ticket *t, bool ignored, void *arg);

struct exempt *exempt_new(struct guard *g);

/* The jail goes: whoever still waits is told soon. Takes NULL. */
void exempt_free(struct exempt *x);

/*
 * Whether f is to be ignored, where that is known at once: true, with the answer, if there are only
 * lists to look at, and nothing to be looked up. False: it has to be asked.
 */
bool exempt_known(struct exempt *x, const struct failure *f, bool *ignored);

/* Tells, now or later, whether t is to be ignored; if so, that has been logged. */
void exempt_ask(struct exempt *x, struct ticket *t, exempt_told *told, void *arg);

/* True if so many wait for the command that no more failures should be asked about. */
#define EXEMPT_WAITING_MAX 10000
bool exempt_busy(const struct exempt *x);

/* The command, with tags as an action's; exit status 0 means: ignore. Empty: none; p NULL: never set. */
void exempt_set_command(struct exempt *x, struct slice command);
struct slice exempt_command(const struct exempt *x);

/* "key=TEXT WITH TAGS, max-count=N, max-time=TIME" in words that are told apart. */
struct exempt_cache {
	struct slice key;	/* what answers are remembered by; lent */
	size_t max_count;
	int64_t max_time_s;
};

/* c is NULL for none. What was remembered is forgotten. */
void exempt_set_cache(struct exempt *x, const struct exempt_cache *c);
bool exempt_cache(const struct exempt *x, struct exempt_cache *c);	/* false: none */

#endif
