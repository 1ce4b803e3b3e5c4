#ifndef F2B_SOURCE_FILE_HISTORY_H
#define F2B_SOURCE_FILE_HISTORY_H

#include "source/file_state.h"

/* Rotated files that are looked at: the newest. */
#define ROTATED_MAX 64

struct rotated {
	struct stream *stream;
	struct timespec mtime;
	uint64_t size;
};

/* What once had a log's name, oldest first; there is room for the log itself behind. */
struct history {
	struct rotated v[ROTATED_MAX + 1];
	size_t n;
};

/*
 * Finds what was rotated away from f's name, by its new name: digits behind the old one. What f has
 * open already is left out, and what was made before born_since, or nobody knows when.
 */
void history_collect(struct history *h, const struct file *f, struct instant born_since);

#endif
