#include "regex/blocks.h"

#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)128 << 10) /* stays in the processor's cache */
#define LINE_MAX_BYTES ((size_t)1 << 30)

int
blocks_open(struct blocks *b, const char *path, struct newline newline)
{
	*b = (struct blocks){.fd = open(path, O_RDONLY | O_CLOEXEC), .newline = newline};
	if (b->fd < 0)
		return -errno;
	b->room = BLOCK_BYTES;
	b->p = mem_grow(NULL, b->room, 1);
	return 0;
}

void
blocks_close(struct blocks *b)
{
	(void)close(b->fd);
	mem_free(b->p);
}

/* Keeps what is left of the last block, and makes room behind it. */
static int
make_room(struct blocks *b)
{
	memmove(b->p, b->p + b->taken, b->n - b->taken);
	b->n -= b->taken;
	b->offset += b->taken;
	b->taken = 0;
	if (b->n < b->room)
		return 0;
	if (b->room >= LINE_MAX_BYTES)
		return -EFBIG;
	b->room *= 2;
	b->p = mem_grow(b->p, b->room, 1);
	return 0;
}

/* How many bytes are whole lines; the last n are new. */
static size_t
whole_lines(const struct blocks *b, size_t n)
{
	const char *newline;
	size_t lines = 0, start, end;

	if (!newline_wide(b->newline)) {
		newline = memrchr(b->p + b->n - n, '\n', n);
		return newline != NULL ? (size_t)(newline + 1 - b->p) : 0;
	}
	while (newline_find(b->newline, slice_of(b->p + lines, b->n - lines), b->offset + lines, &start, &end))
		lines += end;
	return lines;
}

int
blocks_next(struct blocks *b, struct slice *lines)
{
	int r = make_room(b);

	while (r == 0 && !b->end) {
		ssize_t n = read(b->fd, b->p + b->n, b->room - b->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		b->end = n == 0;
		b->n += (size_t)n;
		b->taken = whole_lines(b, (size_t)n);
		if (b->taken > 0) {
			*lines = slice_of(b->p, b->taken);
			return 1;
		}
		r = make_room(b);
	}
	if (r < 0 || b->n == 0)
		return r;
	b->taken = b->n;
	*lines = slice_of(b->p, b->n);
	return 1;
}
