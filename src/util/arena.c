#include "util/arena.h"

#include "util/mem.h"

#include <assert.h>
#include <stdalign.h>

struct arena_block {
	struct arena_block *older;
	size_t size;
	alignas(max_align_t) char bytes[];
};

/* An arena that grows takes larger steps; many hold one text and are kept for as long as we run. */
#define ARENA_BLOCK_BYTES ((size_t)512)
#define ARENA_BLOCK_MAX_BYTES ((size_t)256 * 1024)
/* The heap takes such a block fresh from the kernel, and most of it will be filled. */
#define ARENA_POPULATE_BYTES ((size_t)128 * 1024)
/* Above it a block of its own, so that a large piece does not waste the rest of a common one. */
#define ARENA_LARGE_BYTES ((size_t)4 * 1024)

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

/* Bytes behind used are zero in every block: fresh from the heap, or since arena_clear(). */
static struct arena_block *
arena_block_new(struct arena *a, size_t size)
{
	struct arena_block *b = mem_alloc(sizeof(*b) + size);

	if (size >= ARENA_POPULATE_BYTES)
		mem_populate(b->bytes, size);
	b->size = size;
	a->total_bytes += size;
	return b;
}

/*
 * Keeps one block, which has room for all that there was: so that an arena that is filled and
 * cleared again and again comes to rest.
 */
void
arena_clear(struct arena *a)
{
	size_t total = a->total_bytes;

	if (a->blocks == NULL)
		return;
	if (a->blocks->older != NULL && total <= ARENA_BLOCK_MAX_BYTES) {
		arena_done(a);
		a->blocks = arena_block_new(a, total);
	} else {
		arena_free_blocks(a->blocks->older);
		a->blocks->older = NULL;
		memset(a->blocks->bytes, 0, a->used);
		a->total_bytes = a->blocks->size;
	}
	a->used = 0;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b;
	size_t size;
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
		size =
		    a->total_bytes < ARENA_BLOCK_MAX_BYTES ? a->total_bytes : ARENA_BLOCK_MAX_BYTES;
		size = size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES;
		b = arena_block_new(a, n > size ? n : size);
		b->older = a->blocks;
		a->blocks = b;
		a->used = 0;
	}
	p = a->blocks->bytes + a->used;
	a->used += n;
	return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	assert(size == 0 || count < SIZE_MAX / 2 / size);
	return arena_alloc(a, count * size);
}

void *
arena_room(struct arena *a, void *p, size_t count, size_t *cap, size_t size, size_t first)
{
	void *grown;

	if (count < *cap)
		return p;
	*cap = *cap > 0 ? 2 * *cap : first;
	grown = arena_array(a, *cap, size);
	if (count > 0)
		memcpy(grown, p, count * size);
	return grown;
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);

	(void)slice_put(p, s);
	return slice_of(p, s.n);
}

struct slice
arena_join(struct arena *a, struct slice x, struct slice y, struct slice z)
{
	size_t n = x.n + y.n + z.n;
	char *p = arena_alloc(a, n + 1);

	(void)slice_put(slice_put(slice_put(p, x), y), z);
	return slice_of(p, n);
}

struct slice
arena_vprintf(struct arena *a, const char *format, va_list args)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	assert(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return slice_of(p, (size_t)n);
}

struct slice
arena_printf(struct arena *a, const char *format, ...)
{
	struct slice s;
	va_list args;

	va_start(args, format);
	s = arena_vprintf(a, format, args);
	va_end(args);
	return s;
}
