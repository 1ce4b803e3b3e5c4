#ifndef F2B_UTIL_INDEX_H
#define F2B_UTIL_INDEX_H

#include "util/slice.h"

/*
 * Like a table (util/table.h), where there may be a million items: twelve bytes a place, as each
 * item knows its own key, and says so itself. What a key is, is the owner's: the index wants its hash
 * (hash_text() of something that is the same for equal keys), and hands it on to is().
 */
struct index {
	/* Whether item has that key. */
	bool (*is)(const void *item, const void *key);
	uint32_t *tags;	/* of the items' hashes; what lies at a free place means nothing */
	void **items;	/* NULL: the place is free */
	size_t cap;	/* a power of two, or 0 */
	size_t n;
	bool shrunk;	/* it held many items and few are left; for the owner to see and to clear */
};

/* Allocates nothing yet. */
void index_init(struct index *ix, bool (*is)(const void *item, const void *key));
void index_done(struct index *ix);

/*
 * For somebody who will ask about many keys: brings where one would be found into the processor's cache.
 * Then index_likely() tells of which item it most likely is, without looking at one; NULL: of none.
 */
void index_fetch(const struct index *ix, uint64_t hash);
void *index_likely(const struct index *ix, uint64_t hash);

/* The item of key, or NULL. */
void *index_get(const struct index *ix, uint64_t hash, const void *key);

/* Enters item, which must not be NULL. There is none of its key, whose hash is given. */
void index_put(struct index *ix, uint64_t hash, void *item);

/* Removes key and returns its item, or NULL. */
void *index_take(struct index *ix, uint64_t hash, const void *key);

#endif
