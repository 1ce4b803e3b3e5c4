#ifndef F2B_UTIL_MEM_H
#define F2B_UTIL_MEM_H

#include <stddef.h>

/*
 * The heap. Being out of memory is fatal: these functions say so, on standard error and in the log, and
 * abort, and never return NULL.
 * Every size that input can choose must be checked against a cap before it gets here.
 */

/* n zeroed bytes. Freed with mem_free(). n may be 0. */
void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* count * size zeroed bytes; the product is checked. */
void *mem_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* p moved to a block of count * size bytes; what is new is not initialised. p may be NULL. */
void *mem_grow(void *p, size_t count, size_t size) __attribute__((returns_nonnull));

/*
 * An array p of count items with room for one more: where it is full, it is moved to one of twice
 * as many, or of first, and *cap is that.
 */
void *mem_room(void *p, size_t count, size_t *cap, size_t size, size_t first)
    __attribute__((returns_nonnull));

/* A copy of the n bytes at p with a NUL behind them. p may be NULL when n is 0. */
char *mem_copy(const char *p, size_t n) __attribute__((malloc, returns_nonnull));

/* Puts such a copy into *field and frees what was there, which may be NULL. */
void mem_replace(char **field, const char *p, size_t n);

/* Takes NULL. */
void mem_free(void *p);

/*
 * Gives the system back what was freed, and mapped_give_back(): after a start, a reload and a storm.
 * Takes as long as it takes to look through all of that.
 */
void mem_give_back(void);

/*
 * Asks for the n bytes at p at once, as far as they are whole pages: they will be written to, and a
 * fault for each page would take longer than what is then done with it. A kernel before 5.14
 * refuses, which costs time only.
 */
void mem_populate(void *p, size_t n);

/*
 * The same for what the heap begins with, where nothing was allocated yet: for a program that is
 * over in a moment and needs more than that.
 */
void mem_populate_heap(void);

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
