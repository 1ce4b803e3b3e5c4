#ifndef F2B_SCAN_MATCHER_H
#define F2B_SCAN_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the groups of a match, and the limits of matching; one is enough for many regexes. */
struct matcher;

struct matcher *matcher_new(void);
void matcher_free(struct matcher *m);

/* Gives back what a long line took. */
void matcher_trim(struct matcher *m);

/* A new line: what searches may cost until the next call is one line's budget (scan/budget.h). */
void matcher_begin(struct matcher *m);

/* Where the last match and its groups are; false if the group took no part. 0 is the match. */
bool matcher_group(const struct matcher *m, unsigned number, size_t *start, size_t *end);

/*
 * The last match, which was of a regex of so many groups, as matcher_numbers() numbers; and to have it again,
 * as if the regex had been searched for.
 */
size_t matcher_numbers(unsigned groups);
void matcher_save(const struct matcher *m, unsigned groups, uint32_t *numbers);
void matcher_restore(struct matcher *m, unsigned groups, const uint32_t *numbers);

#endif
