#ifndef F2B_UTIL_ARENA_H
#define F2B_UTIL_ARENA_H

#include "util/slice.h"

#include <stdarg.h>

/*
 * Memory that lives and dies together: one request, one block of lines, one generation of the
 * configuration. Nothing in it is freed singly.
 */
struct arena {
	struct arena_block *blocks;	/* newest first */
	size_t used;			/* of the newest */
	size_t total_bytes;
};

/* Allocates nothing yet; an arena that is all zero is also good. */
void arena_init(struct arena *a);

/* Frees everything. The arena is then as after arena_init(). */
void arena_done(struct arena *a);

/* Forgets everything but keeps one block, for the next round. */
void arena_clear(struct arena *a);

/* n zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull));
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((returns_nonnull));

/* As mem_room(); what the array left behind stays in the arena. */
void *arena_room(struct arena *a, void *p, size_t count, size_t *cap, size_t size, size_t first)
    __attribute__((returns_nonnull));

/* A copy of s, with a NUL behind it that does not count. */
struct slice arena_copy(struct arena *a, struct slice s);
/* The three one after the other. */
struct slice arena_join(struct arena *a, struct slice x, struct slice y, struct slice z);

struct slice arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct slice arena_vprintf(struct arena *a, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
