#ifndef F2B_JAIL_MEMO_H
#define F2B_JAIL_MEMO_H

#include "util/slice.h"
#include "util/time.h"

/*
 * Remembers answers, by a text, for a while: "ignorecache". When it is full the oldest answer goes.
 */
struct memo;

#define MEMO_MAX 1000000

/* Holds up to max answers, but never more than MEMO_MAX; each is good for age. */
struct memo *memo_new(size_t max, struct span age);
void memo_free(struct memo *m);	/* takes NULL */

/* False if nothing is known of key, or not any more. */
bool memo_get(const struct memo *m, struct slice key, struct mono now, bool *answer);

void memo_put(struct memo *m, struct slice key, bool answer, struct mono now);

#endif
