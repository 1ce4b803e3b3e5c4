#ifndef F2B_SCAN_ATTRS_H
#define F2B_SCAN_ATTRS_H

#include "scan/door.h"
#include "scan/pattern.h"
#include "util/buf.h"

/*
 * What the named groups of a match say, in order of number. Names are the pattern's; values point
 * into the text that was searched, or into the text given to attrs_resolve().
 */
struct attrs {
	struct door_attr v[DOOR_ATTRS_MAX];
	size_t count;
};

/* The value of an attribute; empty if it is absent or unknown. Here, for names known beforehand. */
static inline struct slice
attrs_value(const struct door_attr *v, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq(v[i].name, name))
			return v[i].absent ? SLICE_EMPTY : v[i].value;
	}
	return SLICE_EMPTY;
}

/* The groups of the last match of p in subject; content only if asked for, as it is no data. */
void attrs_of_match(struct attrs *a, const struct matcher *m, const struct pattern *p,
    struct slice subject, bool content);

/*
 * Lets alt_NAME stand in for a NAME without a value, and tuple_NAME make one value of several, which
 * is written to text.
 */
void attrs_resolve(struct attrs *a, struct buf *text);

/* base, with what over has in its place. a is neither of them. */
void attrs_overlay(struct attrs *a, const struct attrs *base, const struct attrs *over);

#endif
