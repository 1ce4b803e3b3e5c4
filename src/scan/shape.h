#ifndef F2B_SCAN_SHAPE_H
#define F2B_SCAN_SHAPE_H

#include "util/arena.h"

/*
 * The shape of a regular expression in Python's dialect: what repeats, what follows what. Read from
 * one that has been compiled, so it is known to be right. What a position requires of its
 * surroundings (anchors, look-arounds, references to groups) is nothing here.
 */
enum shape_kind {
	SHAPE_NOTHING,
	SHAPE_SET,    /* one byte */
	SHAPE_ROW,    /* the parts, one after another */
	SHAPE_CHOICE, /* one of the parts */
	SHAPE_REPEAT, /* its one part, min to max times */
};

#define SHAPE_ENDLESS 1000 /* a repetition of that many or more counts as one without end */

struct shape {
	enum shape_kind kind;
	unsigned char set[32]; /* bit i: the byte i */
	unsigned min, max;
	struct shape *first, *last; /* parts */
	struct shape *next;	    /* in the list of parts that this one is in */
};

/* Lives in a. NULL if the expression is too large or uses what is not understood, as (?x). */
struct shape *shape_read(struct arena *a, struct slice regex);

static inline bool
shape_takes(const struct shape *s, unsigned char c)
{
	return (s->set[c / 8] >> (c % 8) & 1) != 0;
}

#endif
