#ifndef F2B_SCAN_MULTILINE_H
#define F2B_SCAN_MULTILINE_H

#include "scan/door.h"
#include "util/buf.h"

/*
 * The last lines of a log, for regexes that look at several (maxlines): joined by newlines for the
 * search; what matched is then taken out, what stood between stays.
 */
struct multiline;

struct multiline *multiline_new(size_t max_lines);
void multiline_free(struct multiline *m);

/* Copies line behind the others; the first goes when there are too many. */
void multiline_add(struct multiline *m, const struct door_line *line);

/* Adds before + after + "\n" of every line. What is later given as an offset is one into this. */
void multiline_join(struct multiline *m, struct buf *out);

/* A piece of the joined text. */
struct multiline_range {
	size_t start, end;
};

/*
 * Takes out the lines that match covers, but not those within the count ranges of skipped. They are
 * lent until the next line is added; *out has multiline_max() places.
 */
size_t multiline_take(struct multiline *m, struct multiline_range match,
    const struct multiline_range *skipped, size_t count, struct door_line *out);

size_t multiline_max(const struct multiline *m);

#endif
