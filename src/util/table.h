#ifndef F2B_UTIL_TABLE_H
#define F2B_UTIL_TABLE_H

#include "util/slice.h"

/*
 * From a text key to an item. The table owns neither: a key must stay where it is for as long as
 * it is in the table, so it usually lies in the item.
 *
 * No order is kept; who needs one links the items.
 */
struct table {
	struct table_slot *slots;
	size_t cap;	/* a power of two, or 0 */
	size_t n;
};

/* Allocates nothing yet; a table that is all zero is also good. */
void table_init(struct table *t);
void table_done(struct table *t);

/* The item of key, or NULL. */
void *table_get(const struct table *t, struct slice key);

/* Enters item, which must not be NULL. Returns the item that had this key before, or NULL. */
void *table_put(struct table *t, struct slice key, void *item);

/* Removes key and returns its item, or NULL. */
void *table_take(struct table *t, struct slice key);

#endif
