#include "util/index.h"

#include "util/mem.h"

#include <assert.h>

#define INDEX_MANY 4096

void
index_init(struct index *ix, bool (*is)(const void *item, const void *key))
{
	*ix = (struct index){.is = is};
}

void
index_done(struct index *ix)
{
	mem_free(ix->tags);
	mem_free(ix->items);
	index_init(ix, ix->is);
}

/* The first free place for a tag. */
static size_t
free_place(const struct index *ix, uint32_t tag)
{
	size_t i = tag & (ix->cap - 1);

	while (ix->items[i] != NULL)
		i = (i + 1) & (ix->cap - 1);
	return i;
}

/* Where key is, or the free place where its search ends. */
static size_t
place_of(const struct index *ix, const void *key, uint32_t tag)
{
	size_t i = tag & (ix->cap - 1);

	while (ix->items[i] != NULL && (ix->tags[i] != tag || !ix->is(ix->items[i], key)))
		i = (i + 1) & (ix->cap - 1);
	return i;
}

static void
put_at(struct index *ix, size_t place, uint32_t tag, void *item)
{
	ix->tags[place] = tag;
	ix->items[place] = item;
}

static void
resize(struct index *ix, size_t cap)
{
	struct index old = *ix;

	assert(cap <= UINT32_MAX);
	ix->tags = mem_array(cap, sizeof(*ix->tags));
	ix->items = mem_array(cap, sizeof(*ix->items));
	ix->cap = cap;
	for (size_t i = 0; i < old.cap; i++)
		if (old.items[i] != NULL)
			put_at(ix, free_place(ix, old.tags[i]), old.tags[i], old.items[i]);
	mem_free(old.tags);
	mem_free(old.items);
}

void
index_fetch(const struct index *ix, uint64_t hash)
{
	size_t i = (uint32_t)hash & (ix->cap - 1);

	if (ix->n == 0)
		return;
	__builtin_prefetch(&ix->tags[i]);
	__builtin_prefetch(&ix->items[i]);
}

void *
index_likely(const struct index *ix, uint64_t hash)
{
	uint32_t tag = (uint32_t)hash;
	size_t i = tag & (ix->cap - 1);

	if (ix->n == 0)
		return NULL;
	while (ix->items[i] != NULL && ix->tags[i] != tag)
		i = (i + 1) & (ix->cap - 1);
	return ix->items[i];
}

void *
index_get(const struct index *ix, uint64_t hash, const void *key)
{
	if (ix->n == 0)
		return NULL;
	return ix->items[place_of(ix, key, (uint32_t)hash)];
}

void
index_put(struct index *ix, uint64_t hash, void *item)
{
	uint32_t tag = (uint32_t)hash;

	assert(item != NULL);
	if ((ix->n + 1) * 4 > ix->cap * 3)
		resize(ix, ix->cap > 0 ? ix->cap * 2 : 16);
	put_at(ix, free_place(ix, tag), tag, item);
	ix->n++;
}

/* Moves up what was pushed past the hole when it was entered. */
static void
close_hole(struct index *ix, size_t hole)
{
	size_t mask = ix->cap - 1;

	for (size_t i = (hole + 1) & mask; ix->items[i] != NULL; i = (i + 1) & mask) {
		size_t home = ix->tags[i] & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		put_at(ix, hole, ix->tags[i], ix->items[i]);
		ix->items[i] = NULL;
		hole = i;
	}
}

void *
index_take(struct index *ix, uint64_t hash, const void *key)
{
	size_t place;
	void *item;

	if (ix->n == 0)
		return NULL;
	place = place_of(ix, key, (uint32_t)hash);
	item = ix->items[place];
	if (item == NULL)
		return NULL;
	ix->items[place] = NULL;
	ix->n--;
	close_hole(ix, place);
	if (ix->cap > 64 && ix->n * 8 < ix->cap) {
		ix->shrunk = ix->shrunk || ix->cap >= INDEX_MANY;
		resize(ix, ix->cap / 2);
	}
	return item;
}
