#include "util/table.h"

#include "util/hash.h"
#include "util/mem.h"

#include <assert.h>

struct table_slot {
	const char *key;
	size_t key_n;
	uint64_t hash;
	void *item;	/* NULL: the slot is free */
};

void
table_init(struct table *t)
{
	*t = (struct table){0};
}

void
table_done(struct table *t)
{
	mem_free(t->slots);
	table_init(t);
}

/* The slot that holds key, or the free one where it would go. */
static struct table_slot *
table_slot(const struct table *t, struct slice key, uint64_t hash)
{
	for (size_t i = (size_t)hash & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
		struct table_slot *s = &t->slots[i];

		if (s->item == NULL)
			return s;
		if (s->hash == hash && slice_eq(slice_of(s->key, s->key_n), key))
			return s;
	}
}

static void
table_resize(struct table *t, size_t cap)
{
	struct table old = *t;

	t->slots = mem_array(cap, sizeof(*t->slots));
	t->cap = cap;
	for (size_t i = 0; i < old.cap; i++) {
		const struct table_slot *s = &old.slots[i];

		if (s->item != NULL)
			*table_slot(t, slice_of(s->key, s->key_n), s->hash) = *s;
	}
	mem_free(old.slots);
}

void *
table_get(const struct table *t, struct slice key)
{
	if (t->n == 0)
		return NULL;
	return table_slot(t, key, hash_text(key))->item;
}

void *
table_put(struct table *t, struct slice key, void *item)
{
	uint64_t hash = hash_text(key);
	struct table_slot *s;
	void *old;

	assert(item != NULL);
	if ((t->n + 1) * 4 > t->cap * 3)
		table_resize(t, t->cap > 0 ? t->cap * 2 : 16);
	s = table_slot(t, key, hash);
	old = s->item;
	if (old == NULL)
		t->n++;
	*s = (struct table_slot){key.p, key.n, hash, item};
	return old;
}

void *
table_take(struct table *t, struct slice key)
{
	struct table_slot *s;
	size_t hole, i;
	void *item;

	if (t->n == 0)
		return NULL;
	s = table_slot(t, key, hash_text(key));
	item = s->item;
	if (item == NULL)
		return NULL;
	s->item = NULL;
	t->n--;
	/* Close the hole: move up what was pushed past it when it was entered. */
	hole = (size_t)(s - t->slots);
	for (i = (hole + 1) & (t->cap - 1); t->slots[i].item != NULL; i = (i + 1) & (t->cap - 1)) {
		size_t home = (size_t)t->slots[i].hash & (t->cap - 1);

		if (((i - home) & (t->cap - 1)) >= ((i - hole) & (t->cap - 1))) {
			t->slots[hole] = t->slots[i];
			t->slots[i].item = NULL;
			hole = i;
		}
	}
	if (t->cap > 64 && t->n * 8 < t->cap)
		table_resize(t, t->cap / 2);
	return item;
}
