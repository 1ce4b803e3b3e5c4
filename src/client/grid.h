#ifndef F2B_CLIENT_GRID_H
#define F2B_CLIENT_GRID_H

#include "util/arena.h"
#include "util/buf.h"

/*
 * A table for people: columns with titles, numbers to the right, rows that can be sorted by any
 * column. Texts are escaped, and cut at GRID_WIDTH_MAX characters.
 */
#define GRID_WIDTH_MAX 60

struct grid_column {
	const char *title;
	bool number;
};

struct grid_cell {
	struct slice text; /* as shown */
	double key;	   /* of a number */
};

struct grid {
	struct arena arena;
	const struct grid_column *columns; /* borrowed */
	size_t column_count;
	struct grid_cell **rows;
	size_t row_count, row_cap, filled; /* cells of the last row */
};

void grid_init(struct grid *g, const struct grid_column *columns, size_t count);
void grid_done(struct grid *g);

/* Begins a row; then one call for each of its cells. */
void grid_row(struct grid *g);
void grid_text(struct grid *g, struct slice text);
/* A number shown in words of its own. */
void grid_number(struct grid *g, double key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The column of that title in any case; -ENOENT. */
int grid_column(const struct grid *g, struct slice title);

/* Numbers from the highest on, texts from A on; equal rows keep their order. */
void grid_sort(struct grid *g, size_t column);

/* The first n characters of s, or all if it has no more than that; nothing here is wider than one. */
struct slice grid_cut(struct slice s, size_t n);

/* Adds the titles and at most so many rows, a line each. */
void grid_format(struct buf *out, const struct grid *g, size_t max_rows);

#endif
