#include "util/arena.h"

#include "util/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdalign.h>

struct arena_block {
	struct arena_block *older;
	size_t size;
	alignas(max_align_t) char bytes[];
};

#define ARENA_BLOCK_BYTES ((size_t)16 * 1024)
/* Above it a block of its own, so that a large piece does not waste the rest of a common one. */
#define ARENA_LARGE_BYTES (ARENA_BLOCK_BYTES / 4)

void
arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

static void
arena_free_blocks(struct arena_block *b)
{
	while (b != NULL) {
		struct arena_block *older = b->older;

		mem_free(b);
		b = older;
	}
}

void
arena_done(struct arena *a)
{
	arena_free_blocks(a->blocks);
	arena_init(a);
}

void
arena_clear(struct arena *a)
{
	if (a->blocks == NULL)
		return;
	arena_free_blocks(a->blocks->older);
	a->blocks->older = NULL;
	a->used = 0;
	a->total_bytes = a->blocks->size;
}

static struct arena_block *
arena_block_new(struct arena *a, size_t size)
{
	struct arena_block *b = mem_alloc(sizeof(*b) + size);

	b->size = size;
	a->total_bytes += size;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b;
	void *p;

	assert(n < SIZE_MAX / 2);
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (n > ARENA_LARGE_BYTES && a->blocks != NULL) {
		/* Behind the newest, which stays in use. */
		b = arena_block_new(a, n);
		b->older = a->blocks->older;
		a->blocks->older = b;
		return b->bytes;
	}
	if (a->blocks == NULL || a->blocks->size - a->used < n) {
		b = arena_block_new(a, n > ARENA_BLOCK_BYTES ? n : ARENA_BLOCK_BYTES);
		b->older = a->blocks;
		a->blocks = b;
		a->used = 0;
	}
	p = a->blocks->bytes + a->used;
	a->used += n;
	return memset(p, 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	assert(size == 0 || count < SIZE_MAX / 2 / size);
	return arena_alloc(a, count * size);
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return slice_of(p, s.n);
}

struct slice
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *p;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	assert(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	va_end(args);
	return slice_of(p, (size_t)n);
}
