#include "util/table.h"

#include "util/mem.h"

#include <assert.h>
#include <sys/random.h>

struct table_slot {
	const char *key;
	size_t key_n;
	uint64_t hash;
	void *item;	/* NULL: the slot is free */
};

static uint64_t table_secret[2];

static uint64_t
rotate_left(uint64_t x, unsigned by)
{
	return (x << by) | (x >> (64 - by));
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

/* SipHash-1-3, Aumasson and Bernstein, with the bytes read in the machine's order. */
static uint64_t
table_hash(struct slice key)
{
	uint64_t v[4], word = 0;
	size_t i;

	if (table_secret[0] == 0 && table_secret[1] == 0)
		while (getrandom(table_secret, sizeof(table_secret), 0) !=
		       (ssize_t)sizeof(table_secret))
			;
	v[0] = table_secret[0] ^ 0x736f6d6570736575u;
	v[1] = table_secret[1] ^ 0x646f72616e646f6du;
	v[2] = table_secret[0] ^ 0x6c7967656e657261u;
	v[3] = table_secret[1] ^ 0x7465646279746573u;
	for (i = 0; i + 8 <= key.n; i += 8) {
		memcpy(&word, key.p + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (key.n > i)
		memcpy(&word, key.p + i, key.n - i);
	word |= (uint64_t)key.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

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
	for (size_t i = hash & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
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
	return table_slot(t, key, table_hash(key))->item;
}

void *
table_put(struct table *t, struct slice key, void *item)
{
	uint64_t hash = table_hash(key);
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
	s = table_slot(t, key, table_hash(key));
	item = s->item;
	if (item == NULL)
		return NULL;
	s->item = NULL;
	t->n--;
	/* Close the hole: move up what was pushed past it when it was entered. */
	hole = (size_t)(s - t->slots);
	for (i = (hole + 1) & (t->cap - 1); t->slots[i].item != NULL; i = (i + 1) & (t->cap - 1)) {
		size_t home = t->slots[i].hash & (t->cap - 1);

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

bool
table_next(const struct table *t, size_t *at, void **item)
{
	while (*at < t->cap) {
		*item = t->slots[(*at)++].item;
		if (*item != NULL)
			return true;
	}
	return false;
}
