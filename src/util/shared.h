#ifndef F2B_UTIL_SHARED_H
#define F2B_UTIL_SHARED_H

#include "util/list.h"
#include "util/table.h"

/*
 * What never changes once it is made, and is dear to make or to keep, is made once for all who need
 * the same: many jails have the same regexes. A thing embeds a struct shared; its key says all that
 * it was made of. It lives until its last user drops it.
 */
struct shared;
struct shared_set {
	void (*free)(struct shared *s); /* has left the set */
	struct table things;
};

struct shared {
	struct slice key; /* lies in the thing */
	struct shared_set *set;
	uint64_t serial; /* no other thing ever has it */
	size_t users;
	struct list idle; /* among those that nobody uses, while they are held */
};

/* The thing of that key, with one more user; NULL if there is none. */
struct shared *shared_use(struct shared_set *set, struct slice key);
/* One more user of what has one. */
void shared_share(struct shared *s);

/* Enters a new thing, of a key that set does not know. Its one user is the caller. */
void shared_enter(struct shared_set *set, struct shared *s, struct slice key);

/* One user less. Takes NULL. */
void shared_drop(struct shared *s);

/*
 * From hold to release, what loses its last user stays: a start tries the configuration before it
 * makes the jails, which then find all that was made for that. Both may be nested.
 */
void shared_hold(void);
void shared_release(void);

#endif
