#ifndef F2B_STORE_CHANGEINDEX_H
#define F2B_STORE_CHANGEINDEX_H

#include "store/change.h"

/*
 * Changes by what they are about: their text, which is empty if that is a jail. Those about the same
 * thing, of whatever jail, are kept in the order in which they were made. The index owns none.
 */
void changeindex_append(struct table *index, struct change *c);
void changeindex_prepend(struct table *index, struct change *c);
void changeindex_remove(struct table *index, struct change *c);

/* The oldest about a thing; NULL if there is none. */
struct change *changeindex_first(const struct table *index, struct slice about);

/* That which follows c, where first is the oldest; NULL behind the last. */
struct change *changeindex_next(const struct change *first, const struct change *c);

#endif
