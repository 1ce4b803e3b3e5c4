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

/* How common a byte is in logs, roughly. */
static inline unsigned
needle_commonness(char c)
{
	if (c == ' ' || c == 'e')
		return 12;
	/* Of addresses, versions and paths as well. */
	if ((c >= 'a' && c <= 'z') || char_digit(c) || c == ':' || c == '.' || c == '/')
		return 8;
	return char_alnum(c) || c == '=' ? 4 : 2;
}

#define NEEDLE_NONE SIZE_MAX /* where there is no place to tell */

#endif
