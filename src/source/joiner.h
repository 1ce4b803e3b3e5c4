#ifndef F2B_SOURCE_JOINER_H
#define F2B_SOURCE_JOINER_H

#include "source/source.h"

/*
 * Lines put together from blocks that end anywhere, as a pipe delivers them. A line longer than
 * SOURCE_LINE_MAX is given cut. What never gets its newline is never a line.
 */
struct joiner {
	struct buf text;	/* of the line that has no newline yet */
	bool cut;
};

void joiner_init(struct joiner *j);
void joiner_done(struct joiner *j);

/* Takes a block, and gives each line that it completes; text is lent for the call. */
void joiner_take(struct joiner *j, struct slice block,
    void (*line)(void *arg, struct slice text, bool cut), void *arg);

#endif
