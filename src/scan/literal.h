#ifndef F2B_SCAN_LITERAL_H
#define F2B_SCAN_LITERAL_H

#include "util/arena.h"

/*
 * What a line must hold to match a regex: at least one of these literals. Most lines concern
 * nobody, and looking for literals is far cheaper than trying every regex on them.
 *
 * They are derived from the regex, in Python's notation, which must be right; and never wrong: what
 * is not understood contributes nothing.
 */
#define LITERALS_MAX 256
#define LITERAL_MAX_BYTES 64 /* the rest of a longer one is not looked for */
#define LITERAL_MIN_BYTES 3  /* shorter ones are in every line */

struct literals {
	struct slice *v;
	size_t count; /* 0: nothing is known of what matches */
};

/*
 * The best that are found, and the next best, of which a line must hold one as well. They live in
 * a.
 */
void literals_of(
    struct arena *a, struct slice regex, struct literals *best, struct literals *also);

#endif
