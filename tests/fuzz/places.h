#ifndef F2B_FUZZ_PLACES_H
#define F2B_FUZZ_PLACES_H

#include "config/traced.h"

#include <assert.h>

/* A claim of several targets: each byte of a value stands in the file at the place told of it. */

/* The byte of the file at the place; '\0' behind the end of a line. */
static inline char
byte_at(struct slice text, struct place at)
{
	unsigned line = 1;
	size_t i = 0, end;

	while (line < at.line && i < text.n) {
		if (text.p[i] == '\n' ||
		    (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n')))
			line++;
		i++;
	}
	end = i + at.column - 1;
	for (; i < end && i < text.n; i++)
		if (text.p[i] == '\n' || text.p[i] == '\r')
			return '\0';
	return end < text.n ? text.p[end] : '\0';
}

/* The ends of lines have no place of their own. */
static inline void
check_places(struct slice file, const struct traced *value)
{
	for (size_t i = 0; i < value->text.n; i++) {
		struct place at = traced_place(value, i, 1);

		if (value->text.p[i] != '\n')
			assert(byte_at(file, at) == value->text.p[i]);
	}
}

#endif
