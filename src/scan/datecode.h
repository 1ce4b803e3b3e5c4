#ifndef F2B_SCAN_DATECODE_H
#define F2B_SCAN_DATECODE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "scan/datepat.h"

/*
 * A datepat ready to match. Lines are nearly always ASCII, where a match that knows nothing of
 * Unicode finds the same and is faster; so there are two forms, made when first needed: of the
 * default patterns most never are.
 */
struct datecode_form {
	pcre2_code *code; /* NULL: not made yet, or it cannot be */
	bool made;
	unsigned searches; /* up to when machine code is worth it */
};

struct datecode {
	struct slice regex; /* lent by the datepat */
	bool given;	    /* somebody else wrote some of it */
	bool metered;	    /* which repeats something, and may be dear */
	struct datecode_form ascii, unicode;
	struct {
		char letter;
		unsigned number;
	} parts['z' - 'A' + 1]; /* groups that are a part of a date */
	size_t part_count;
};

/* Returns 0, or -EBADMSG if the expression is none. pat must outlive c. */
int datecode_init(struct datecode *c, const struct datepat *pat, struct diag *d);
void datecode_done(struct datecode *c);

/* A new line: what metered ones may cost until the next call is one line's budget (scan/budget.h). */
void datecode_begin(void);

/*
 * Searches line from start on, as if it ended at end, and leaves what was found in match. True if
 * something was, with group 1 set.
 */
bool datecode_search(struct datecode *c, struct slice line, bool ascii, size_t start, size_t end,
    pcre2_match_data *match);

/*
 * Searches head, and leaves what was found in match. True if the same is found in any ASCII line
 * that begins with head: to find it no byte behind was looked at.
 */
bool datecode_settled(struct datecode *c, struct slice head, pcre2_match_data *match);

#endif
