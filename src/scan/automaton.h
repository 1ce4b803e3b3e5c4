#ifndef F2B_SCAN_AUTOMATON_H
#define F2B_SCAN_AUTOMATON_H

#include "scan/needle.h"

/* Finds many needles in one pass, a byte at a time (Aho and Corasick). */
struct automaton;

/* NULL if it would take too much memory. Borrows nothing. */
struct automaton *automaton_new(const struct needle *needles, size_t count);
void automaton_free(struct automaton *a);

/* The regexes of all needles that are in text; stops once it has found those of enough. */
uint64_t automaton_scan(const struct automaton *a, struct slice text, uint64_t enough);

/* The index of a byte of the needle in text that ends first, or NEEDLE_NONE. */
size_t automaton_next(const struct automaton *a, struct slice text);

#endif
