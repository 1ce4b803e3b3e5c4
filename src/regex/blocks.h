#ifndef F2B_REGEX_BLOCKS_H
#define F2B_REGEX_BLOCKS_H

#include "util/newline.h"

/* Reads a log to its end, many lines at a time. */
struct blocks {
	int fd;
	char *p;
	size_t room, n;
	size_t taken; /* lent by the last blocks_next() */
	struct newline newline;
	uint64_t offset; /* of p in the log */
	bool end;
};

/* newline is how lines end in it. Returns 0, or a negative errno. */
int blocks_open(struct blocks *b, const char *path, struct newline newline);
void blocks_close(struct blocks *b);

/*
 * Lends the next lines until the next call, each with its newline but for the last of the log, which
 * may have none. Waits for at least one. Returns 1; 0 at the end; a negative errno.
 */
int blocks_next(struct blocks *b, struct slice *lines);

#endif
