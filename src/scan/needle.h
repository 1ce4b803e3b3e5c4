#ifndef F2B_SCAN_NEEDLE_H
#define F2B_SCAN_NEEDLE_H

#include "util/slice.h"

/*
 * What is looked for in a log, many at a time: a text of LITERAL_MIN_BYTES or more, with no newline
 * in it, and a bit for each regex that wants it.
 */
struct needle {
	struct slice text;
	uint64_t regexes;
};

#define NEEDLE_NONE SIZE_MAX /* where there is no place to tell */

#endif
