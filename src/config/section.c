#include "config/section.h"

#include <errno.h>

/* Up to here comparing one by one is faster. */
#define SECTION_SMALL 4

/* Up to eight bytes of the name from at on, those that there are twice counted twice. */
static uint64_t
name_word(struct slice name, size_t at)
{
	uint64_t word = 0;
	uint32_t low, high;

	if (name.n >= 8) {
		memcpy(&word, name.p + (at + 8 <= name.n ? at : name.n - 8), 8);
	} else if (name.n >= 4) {
		memcpy(&low, name.p, 4);
		memcpy(&high, name.p + name.n - 4, 4);
		word = (uint64_t)high << 32 | low;
	} else if (name.n > 0) {
		word = (uint64_t)(unsigned char)name.p[0] << 16 |
		       (uint64_t)(unsigned char)name.p[name.n / 2] << 8 |
		       (unsigned char)name.p[name.n - 1];
	}
	return word;
}

/* A multiplicative hash. Collisions cost what a section without slots would. */
static uint32_t
name_hash(struct slice name)
{
	uint64_t hash = name.n;

	for (size_t at = 0; at < name.n; at += 8) {
		hash = (hash ^ name_word(name, at)) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

/* The slot of that name, or the free one where it would go. */
static uint16_t *
section_slot(const struct section *s, struct slice name)
{
	size_t i = name_hash(name) & (s->slot_count - 1);

	while (s->slots[i] != 0 && !slice_eq(s->options[s->slots[i] - 1].name, name))
		i = (i + 1) & (s->slot_count - 1);
	return &s->slots[i];
}

static struct option *
section_find(const struct section *s, struct slice name)
{
	uint16_t *slot;

	if (s->slots != NULL) {
		slot = section_slot(s, name);
		return *slot != 0 ? &s->options[*slot - 1] : NULL;
	}
	for (size_t i = 0; i < s->count; i++)
		if (slice_eq(s->options[i].name, name))
			return &s->options[i];
	return NULL;
}

const struct option *
section_get(const struct section *s, struct slice name)
{
	return section_find(s, name);
}

/* Room for cap options, which is more than there is; at least half of the slots stay free. */
static void
section_grow(struct arena *a, struct section *s, size_t cap)
{
	struct option *grown = arena_array(a, cap, sizeof(*grown));

	if (s->count > 0)
		memcpy(grown, s->options, s->count * sizeof(*grown));
	s->options = grown;
	s->cap = cap;
	s->lent = false;
	if (cap <= SECTION_SMALL)
		return;
	for (s->slot_count = 2 * SECTION_SMALL; s->slot_count < 2 * cap;)
		s->slot_count *= 2;
	s->slots = arena_array(a, s->slot_count, sizeof(*s->slots));
	for (size_t i = 0; i < s->count; i++)
		*section_slot(s, s->options[i].name) = (uint16_t)(i + 1);
}

void
section_reserve(struct arena *a, struct section *s, size_t count)
{
	size_t cap = s->count + count;

	/* Many small additions must not each move all that is there. */
	if (cap > s->cap)
		section_grow(a, s, cap > 2 * s->cap ? cap : 2 * s->cap);
}

void
section_lend(struct section *s, const struct section *from)
{
	struct section own = *s;

	*s = *from;
	s->name = own.name;
	s->at = own.at;
	s->known = own.known;
	s->lent = true;
}

void
section_put_all(struct arena *a, struct section *s, const struct section *from)
{
	section_reserve(a, s, from->count);
	for (size_t i = 0; i < from->count; i++)
		(void)section_put(a, s, &from->options[i], NULL);
}

int
section_put(struct arena *a, struct section *s, const struct option *o, struct option *old)
{
	struct option *there;

	if (s->lent)
		section_grow(a, s, s->cap);
	there = section_find(s, o->name);
	if (old != NULL)
		*old = there != NULL ? *there : (struct option){0};
	if (there != NULL) {
		*there = *o;
		return 0;
	}
	if (s->count == SECTION_MAX_OPTIONS)
		return -E2BIG;
	if (s->count == s->cap)
		section_grow(a, s, s->cap > 0 ? 2 * s->cap : SECTION_SMALL);
	s->options[s->count++] = *o;
	if (s->slots != NULL)
		*section_slot(s, o->name) = (uint16_t)s->count;
	return 0;
}

const struct section *
sections_find(const struct sections *t, struct slice name)
{
	if (slice_eq(name, SLICE("DEFAULT")))
		return &t->defaults;
	for (size_t i = 0; i < t->count; i++)
		if (slice_eq(t->v[i]->name, name))
			return t->v[i];
	return NULL;
}

struct section *
sections_get(struct sections *t, struct slice name)
{
	return (struct section *)(uintptr_t)sections_find(t, name);
}

struct section *
sections_add(struct arena *a, struct sections *t, struct slice name, struct place at)
{
	struct section *s = sections_get(t, name);

	if (s != NULL)
		return s;
	if (t->count == SECTIONS_MAX)
		return NULL;
	t->v = arena_room(a, t->v, t->count, &t->cap, sizeof(*t->v), 8);
	s = ARENA_NEW(a, struct section);
	s->name = name;
	s->at = at;
	t->v[t->count++] = s;
	return s;
}
