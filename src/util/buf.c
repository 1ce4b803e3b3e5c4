#include "util/buf.h"

#include "util/mem.h"

#include <assert.h>

#define FIRST_BYTES 256

void
buf_init(struct buf *b, size_t max_bytes)
{
	assert(max_bytes < SIZE_MAX / 2);
	*b = (struct buf){.max_bytes = max_bytes};
}

void
buf_fixed(struct buf *b, char *p, size_t size)
{
	assert(size > 0);
	*b = (struct buf){.p = p, .cap = size, .max_bytes = size - 1};
	p[0] = '\0';
}

void
buf_done(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->refused = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void
buf_trim(struct buf *b, size_t bytes)
{
	size_t max_bytes = b->max_bytes;

	buf_clear(b);
	if (b->cap <= bytes)
		return;
	buf_done(b);
	buf_init(b, max_bytes);
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= b->n);
	b->n = n;
	if (b->p != NULL)
		b->p[n] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t cap;

	if (n > b->max_bytes - b->n) {
		b->refused = true;
		return NULL;
	}
	/* One more for the NUL. */
	if (b->p == NULL || b->n + n + 1 > b->cap) {
		cap = b->cap > 0 ? b->cap : FIRST_BYTES;
		while (cap < b->n + n + 1)
			cap *= 2;
		if (cap > b->max_bytes + 1)
			cap = b->max_bytes + 1;
		b->p = mem_grow(b->p, cap, 1);
		b->cap = cap;
		b->p[b->n] = '\0';
	}
	return b->p + b->n;
}

void
buf_wrote(struct buf *b, size_t n)
{
	assert(b->n + n < b->cap);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	b->p[b->n] = '\0';
}

void
buf_add(struct buf *b, struct slice s)
{
	char *to;

	if (s.n == 0)
		return;
	/* What a buf has room for it may hold. */
	if (s.n < b->cap - b->n) {
		memcpy(b->p + b->n, s.p, s.n);
		b->n += s.n;
		b->p[b->n] = '\0';
		return;
	}
	to = buf_room(b, s.n);
	if (to == NULL)
		return;
	memcpy(to, s.p, s.n);
	buf_wrote(b, s.n);
}

void
buf_add_char(struct buf *b, char c)
{
	if (b->n + 1 >= b->cap && buf_room(b, 1) == NULL)
		return;
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void
buf_add_cstr(struct buf *b, const char *s)
{
	buf_add(b, slice_cstr(s));
}

void
buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	size_t room;
	char *to;
	int n;

	va_copy(again, args);
	room = b->p != NULL ? b->cap - b->n : 0;
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, format, args);
	assert(n >= 0);
	to = buf_room(b, (size_t)n);
	if (to != NULL) {
		if ((size_t)n >= room)
			(void)vsnprintf(to, (size_t)n + 1, format, again);
		buf_wrote(b, (size_t)n);
	} else if (room > 0) {
		b->p[b->n] = '\0';
	}
	va_end(again);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}
