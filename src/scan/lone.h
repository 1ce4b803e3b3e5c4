#ifndef F2B_SCAN_LONE_H
#define F2B_SCAN_LONE_H

#include "util/arena.h"
#include "util/buf.h"

/*
 * ".*LIT" in a regex takes the last LIT of a line: all of the line is gone through, and back again.
 * In a line that has LIT only once there is one place where ".*" can end, and ".*?LIT", which gets
 * there from the front, matches the same.
 */
#define LONE_MAX 4

/* What such a regex wants to be there only once. None: nothing can be gained. */
struct lone {
	struct slice v[LONE_MAX];
	size_t count;
};

/*
 * Finds such places of a regex in Python's notation, which must be right, and adds to out the regex
 * with "?" at each. The literals live in a.
 */
void lone_read(struct lone *l, struct arena *a, struct slice regex, struct buf *out);

/* True if text has none of them twice: both regexes then find the same. */
bool lone_in(const struct lone *l, struct slice text);

#endif
