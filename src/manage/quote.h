#ifndef F2B_MANAGE_QUOTE_H
#define F2B_MANAGE_QUOTE_H

#include "util/arena.h"
#include "util/diag.h"
#include "util/table.h"

/*
 * Lines of configuration files, as they are written there, for messages about them. Each file is
 * read once.
 */
struct quoter {
	struct arena *arena;
	struct table files;
};

/* A line that is harmless on a terminal: the part around the column where it is long. */
struct quote {
	struct slice line; /* .n is 0: there is none */
	size_t caret;	   /* characters of it that stand before the column */
};

/* What is quoted lives in a. */
void quoter_init(struct quoter *q, struct arena *a);
void quoter_done(struct quoter *q);

/* The line at the place as it is, empty if there is none; lent by q. */
struct slice quoter_source(struct quoter *q, const struct place *at);

/* The line at the place; an empty one if the place has no line or the file cannot be read now. */
struct quote quoter_line(struct quoter *q, const struct place *at);

#endif
