#ifndef F2B_SCAN_PREFILTER_H
#define F2B_SCAN_PREFILTER_H

#include "scan/pattern.h"

/*
 * Says in one pass over a line which of many regexes can match it: those of whose literals one is
 * there, and those that have none. An automaton of all literals (Aho and Corasick), or a plain
 * search where there are few.
 */
#define PREFILTER_REGEXES 64 /* the first of a list; the others have no bit */

struct prefilter;

/* Borrows the patterns and their literals. */
struct prefilter *prefilter_new(struct pattern *const *patterns, size_t count);
void prefilter_free(struct prefilter *pf);

/* Bit i is set if pattern i can match. */
uint64_t prefilter_scan(const struct prefilter *pf, struct slice text);

#endif
