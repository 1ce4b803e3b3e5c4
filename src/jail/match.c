#include "jail/match.h"

#include "util/mem.h"

#include <assert.h>

/*
 * The last lines, by where they lay when they were read: a block that many jails look at lies at one
 * place. That they are still the same is seen by comparing.
 */
#define RECENT 512

/* Longer ones are not worth remembering. */
#define RECENT_BYTES_MAX 2048

static struct match *recent[RECENT];

static struct match **
place_of(const struct slice *parts, size_t part_count)
{
	const struct slice *last = &parts[part_count - 1];
	uint64_t at = (uint64_t)(uintptr_t)(last->p + last->n);

	return &recent[(at * 0x9e3779b97f4a7c15u >> 32) % RECENT];
}

static bool
is_made_of(const struct match *m, const struct slice *parts, size_t part_count, size_t n)
{
	const char *p = m->p;

	if (m->n != n)
		return false;
	for (size_t i = 0; i < part_count; p += parts[i].n, i++)
		if (parts[i].n > 0 && memcmp(p, parts[i].p, parts[i].n) != 0)
			return false;
	return true;
}

static struct match *
match_new(const struct slice *parts, size_t part_count, size_t n)
{
	struct match *m;
	char *p;

	assert(n <= UINT32_MAX);
	m = mem_grow(NULL, sizeof(*m) + n, 1);
	m->refs = 1;
	m->n = (unsigned)n;
	p = m->p;
	for (size_t i = 0; i < part_count; i++)
		p = slice_put(p, parts[i]);
	return m;
}

struct match *
match_get(const struct slice *parts, size_t part_count)
{
	struct match **place = place_of(parts, part_count), *m;
	size_t n = 0;

	for (size_t i = 0; i < part_count; i++)
		n += parts[i].n;
	if (*place != NULL && is_made_of(*place, parts, part_count, n))
		return match_ref(*place);
	m = match_new(parts, part_count, n);
	if (n <= RECENT_BYTES_MAX) {
		if (*place != NULL)
			match_unref(*place);
		*place = match_ref(m);
	}
	return m;
}

struct match *
match_ref(struct match *m)
{
	m->refs++;
	return m;
}

void
match_unref(struct match *m)
{
	assert(m->refs > 0);
	if (--m->refs == 0)
		mem_free(m);
}
