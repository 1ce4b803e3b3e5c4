#ifndef F2B_SCAN_PREFILTER_H
#define F2B_SCAN_PREFILTER_H

#include "scan/pattern.h"

/*
 * Says in one pass over a text which of many regexes can match in it: those of whose literals one is
 * there, and those that have none.
 */
#define PREFILTER_REGEXES 64 /* the first of a list; the others have no bit */

struct prefilter;

/* Filters with the same regexes in the same order have the same one. It keeps what it needs of them. */
const struct prefilter *prefilter_get(struct pattern *const *patterns, size_t count);
/* To be called as often. Takes NULL. */
void prefilter_drop(const struct prefilter *pf);

/* By which it is told from others. */
const struct shared *prefilter_shared(const struct prefilter *pf);

/* Bit i is set if pattern i can match. */
uint64_t prefilter_scan(const struct prefilter *pf, struct slice text);

/*
 * For text of many lines: the index of a byte of the first line in which a pattern can match, or
 * SIZE_MAX if there is none. 0 if nothing is known of one of the patterns.
 */
size_t prefilter_next(const struct prefilter *pf, struct slice text);

/* True if a and b side by side may make a literal that neither holds: a ends so, b begins so. */
bool prefilter_joins(const struct prefilter *pf, struct slice a, struct slice b);

#endif
