#ifndef F2B_SCAN_DATE_OPENING_H
#define F2B_SCAN_DATE_OPENING_H

#include "util/slice.h"

/*
 * How a line begins, to a little behind its date: which byte may stand at each of its first n
 * places. No place allows a newline, so a line that begins so is at least as long.
 */
#define DATE_OPENING_BYTES 64

struct date_opening {
	size_t n;
	/* At each place the first and the last byte that may stand there; 0 behind n. */
	unsigned char low[DATE_OPENING_BYTES], high[DATE_OPENING_BYTES];
	uint64_t last[2]; /* which of ASCII the byte at the last place may be, beside that */
};

/*
 * That of lines that begin with text, of 1 to DATE_OPENING_BYTES bytes and without a newline, but
 * for its last byte, which may be any other of ASCII that is no control character.
 */
void date_opening_set(struct date_opening *f, struct slice text);

/* From place at on, n bytes may be whatever lies within low and high. */
void date_opening_allow(struct date_opening *f, size_t at, size_t n, char low, char high);

bool date_opening_same(const struct date_opening *a, const struct date_opening *b);

bool date_opening_fits(const struct date_opening *f, struct slice line);

/*
 * The first of lines, each with its newline, that begin so; what behind the last newline is left is
 * none. *count is raised by how many they are.
 */
struct slice date_opening_lines(const struct date_opening *f, struct slice lines, size_t *count);

#endif
