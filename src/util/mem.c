#include "util/mem.h"

#include "util/log.h"
#include "util/mapped.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static void
mem_exhausted(size_t n)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "out of memory: %zu bytes wanted", n);
	(void)fprintf(stderr, "f2b: %s\n", text);
	/* A daemon's standard error leads nowhere. */
	log_last_words(text);
	abort();
}

/* Up to here, malloc() and memset() are faster than glibc's calloc(), which has no cache. */
#define MEM_SMALL 1024

void *
mem_alloc(size_t n)
{
	void *p = n <= MEM_SMALL ? malloc(n > 0 ? n : 1) : calloc(1, n);

	if (p == NULL)
		mem_exhausted(n);
	if (n <= MEM_SMALL)
		memset(p, 0, n);
	return p;
}

void *
mem_array(size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		mem_exhausted(SIZE_MAX);
	return mem_alloc(count * size);
}

void *
mem_grow(void *p, size_t count, size_t size)
{
	void *q;

	if (size > 0 && count > SIZE_MAX / size)
		mem_exhausted(SIZE_MAX);
	q = realloc(p, count * size > 0 ? count * size : 1);
	if (q == NULL)
		mem_exhausted(count * size);
	return q;
}

void *
mem_room(void *p, size_t count, size_t *cap, size_t size, size_t first)
{
	if (count < *cap)
		return p;
	*cap = *cap > 0 ? 2 * *cap : first;
	return mem_grow(p, *cap, size);
}

char *
mem_copy(const char *p, size_t n)
{
	char *q = mem_grow(NULL, n + 1, 1);

	if (n > 0)
		memcpy(q, p, n);
	q[n] = '\0';
	return q;
}

void
mem_replace(char **field, const char *p, size_t n)
{
	char *copy = mem_copy(p, n);

	free(*field);
	*field = copy;
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_give_back(void)
{
	(void)malloc_trim(0);
	mapped_give_back();
}

void
mem_populate(void *p, size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = ((uintptr_t)p + page - 1) & ~(page - 1);
	uintptr_t end = ((uintptr_t)p + n) & ~(page - 1);

	if (first < end)
		(void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
}

void
mem_populate_heap(void)
{
	char *before = sbrk(0);

	mem_free(mem_alloc(1));
	mem_populate(before, (size_t)((char *)sbrk(0) - before));
}
