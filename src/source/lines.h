#ifndef F2B_SOURCE_LINES_H
#define F2B_SOURCE_LINES_H

#include "source/source.h"
#include "util/newline.h"

/* Cuts a block of bytes into lines. */
struct lines {
	struct slice rest;	/* not cut yet; lent by whoever read the block */
	uint64_t offset;	/* of rest's first byte */
	struct newline newline;	/* all zero: one byte */
};

/*
 * Takes the next line that has its newline. out's text is without the newline and carriage returns
 * before it, and no longer than SOURCE_LINE_MAX; out->live is left alone. False, with nothing
 * taken, when rest holds no newline.
 */
bool lines_next(struct lines *l, struct source_line *out);

#endif
