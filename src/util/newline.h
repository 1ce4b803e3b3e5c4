#ifndef F2B_UTIL_NEWLINE_H
#define F2B_UTIL_NEWLINE_H

#include "util/slice.h"

/* How an encoding writes a newline: as one byte, or as several, all of which but one are 0. */
struct newline {
	unsigned unit; /* bytes of a character; 0 counts as 1 */
	bool big;      /* the last of them says which it is, else the first does */
};

static inline bool
newline_wide(struct newline nl)
{
	return nl.unit > 1;
}

/* How many bytes a newline is, and any other character that it is told from: at most 4. */
static inline size_t
newline_bytes(struct newline nl)
{
	return newline_wide(nl) ? nl.unit : 1;
}

/* How many of the bytes from offset on belong to a character that begins before it. */
size_t newline_odd(struct newline nl, uint64_t offset);

/*
 * Finds the first newline in bytes, which begin at offset of their file: where newlines are wide, a byte
 * that looks like one may be of another character. False if there is none, or not all of it.
 */
bool newline_find(
    struct newline nl, struct slice bytes, uint64_t offset, size_t *start, size_t *end);

/* A line without the carriage returns at its end. */
struct slice newline_trim(struct newline nl, struct slice line);

/* Writes a newline, of newline_bytes(). */
void newline_write(struct newline nl, char out[4]);

#endif
