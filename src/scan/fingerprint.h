#ifndef F2B_SCAN_FINGERPRINT_H
#define F2B_SCAN_FINGERPRINT_H

#include "scan/needle.h"

/*
 * Finds many needles in one pass, 32 bytes at a time: each is known by three bytes of it, the rarest
 * that it has; needles are put into eight groups, and two tables of 16 entries for each of the
 * three bytes, looked up by its halves, tell which groups' fingerprints can be at a place. What is
 * there is then compared. (The technique is Hyperscan's, where it is called Teddy.)
 */
struct fingerprints;

/*
 * NULL if the machine has no instructions for it (x86 with AVX2), or if there are so many needles
 * that most places would have to be looked at. Lends the needles' texts.
 */
struct fingerprints *fingerprints_new(const struct needle *needles, size_t count);
void fingerprints_free(struct fingerprints *f);

/* The regexes of all needles that are in text; stops once it has found those of enough. */
uint64_t fingerprints_scan(const struct fingerprints *f, struct slice text, uint64_t enough);

/* The index of a byte of a needle in text, of which none ends before; or NEEDLE_NONE. */
size_t fingerprints_next(const struct fingerprints *f, struct slice text);

#endif
