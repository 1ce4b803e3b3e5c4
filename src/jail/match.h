#ifndef F2B_JAIL_MATCH_H
#define F2B_JAIL_MATCH_H

#include "util/slice.h"

/*
 * A line that was a failure, kept to be told of. Many jails may look at one log, and each keeps the
 * lines of its own failures: those that are the same, and come soon one after the other, are kept
 * once. By reference count.
 */
struct match {
	unsigned refs;
	unsigned n; /* bytes */
	char p[];
};

/* The line whose parts these are. The reference is the caller's. */
struct match *match_get(const struct slice *parts, size_t part_count);
struct match *match_ref(struct match *m);
void match_unref(struct match *m);

static inline struct slice
match_text(const struct match *m)
{
	return slice_of(m->p, m->n);
}

#endif
