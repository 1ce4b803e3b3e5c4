#ifndef F2B_SCAN_SHORTCUT_H
#define F2B_SCAN_SHORTCUT_H

#include "util/arena.h"
#include "util/buf.h"

/*
 * A regex is written in another way, that gets to the same sooner, for the texts in which it is the same:
 *
 * ".*LIT" takes the last LIT of a line: all of the line is gone through, and back again. In a line that
 * has LIT only once there is one place where ".*" can end, and ".*?LIT", which gets there from the
 * front, matches the same.
 *
 * ".+$" looks at each byte for a newline. In a text that can have one only as its last byte it may take
 * all at once, and step back if it took that.
 */
#define SHORTCUT_LONE_MAX 4

/* What a text must be like. */
struct shortcut {
	struct slice lone[SHORTCUT_LONE_MAX]; /* there once at most */
	size_t lone_count;
	bool one_line; /* no newline, or only as the last byte */
};

/* shortcut_read() adds no more to a regex of n bytes. */
#define SHORTCUT_ROOM(n) (10 * (n) + 1)

/*
 * Adds to out the regex, in Python's notation and known to be right, with its shortcuts. Returns false if it
 * has none. The literals live in a.
 */
bool shortcut_read(struct shortcut *s, struct arena *a, struct slice regex, struct buf *out);

/* True if both regexes find the same in the text. */
bool shortcut_holds(const struct shortcut *s, struct slice text);

#endif
