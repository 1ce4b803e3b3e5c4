#include "config/section.h"

#include <errno.h>

static struct option *
section_find(const struct section *s, struct slice name)
{
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

int
section_put(struct arena *a, struct section *s, const struct option *o, struct option *old)
{
	struct option *there = section_find(s, o->name), *grown;

	if (old != NULL)
		*old = there != NULL ? *there : (struct option){0};
	if (there != NULL) {
		*there = *o;
		return 0;
	}
	if (s->count == SECTION_MAX_OPTIONS)
		return -E2BIG;
	if (s->count == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 8;
		grown = arena_array(a, s->cap, sizeof(*grown));
		if (s->count > 0)
			memcpy(grown, s->options, s->count * sizeof(*grown));
		s->options = grown;
	}
	s->options[s->count++] = *o;
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
	struct section *s = sections_get(t, name), **grown;

	if (s != NULL)
		return s;
	if (t->count == SECTIONS_MAX)
		return NULL;
	if (t->count == t->cap) {
		t->cap = t->cap > 0 ? 2 * t->cap : 8;
		grown = arena_array(a, t->cap, sizeof(struct section *));
		if (t->count > 0)
			memcpy(grown, t->v, t->count * sizeof(struct section *));
		t->v = grown;
	}
	s = ARENA_NEW(a, struct section);
	s->name = name;
	s->at = at;
	t->v[t->count++] = s;
	return s;
}
