#ifndef F2B_SCAN_MULTILINE_H
#define F2B_SCAN_MULTILINE_H

#include "scan/door.h"
#include "util/buf.h"

/*
 * The last lines of a log, for regexes that look at several (maxlines): joined by newlines for the
 * search; what matched is then taken out, what stood between stays.
 */
struct multiline;

/* Of all lines together, and what it takes to keep one: max_lines may be any number. */
#define MULTILINE_BYTES_MAX ((size_t)16 << 20)

/* Allocates nothing for lines that have not come. max_lines is at least 1. */
struct multiline *multiline_new(size_t max_lines);
void multiline_free(struct multiline *m); /* takes NULL */

/* Copies line behind the others; the first go where there are too many, or too many bytes. */
void multiline_add(struct multiline *m, const struct door_line *line);

/* Adds before + after + "\n" of every line. What is later given as an offset is one into this. */
void multiline_join(struct multiline *m, struct buf *out);

/* A piece of the joined text. */
struct multiline_range {
	size_t start, end;
};

/*
 * Takes out the lines that match covers, but not those within the count ranges of skipped, and
 * returns how many. *out, and the lines, are lent until the next is added or taken.
 */
size_t multiline_take(struct multiline *m, struct multiline_range match,
    const struct multiline_range *skipped, size_t count, const struct door_line **out);

/* As given to multiline_new(). */
size_t multiline_max(const struct multiline *m);

/* How many there can be at most, which the bytes limit, too. */
size_t multiline_most(const struct multiline *m);

#endif
