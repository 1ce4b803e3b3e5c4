#ifndef F2B_UTIL_BUF_H
#define F2B_UTIL_BUF_H

#include "util/slice.h"

#include <stdarg.h>

/*
 * Text being built. A buf is created with a maximum; what would go beyond it is refused as a whole,
 * and the buf remembers that something was, so that a writer adds piece after piece and asks
 * buf_refused() once at the end.
 *
 * There is always a NUL behind the last byte.
 */
struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max_bytes;
	bool refused;
};

/* Allocates nothing yet. Ended by buf_done(). */
void buf_init(struct buf *b, size_t max_bytes);

/* In the size bytes at p, which are the caller's: nothing is allocated, and it is not ended. */
void buf_fixed(struct buf *b, char *p, size_t size);

void buf_done(struct buf *b);

/* Empty again, and nothing refused; keeps its memory. */
void buf_clear(struct buf *b);

/* The same, and gives its memory back if that is more than bytes. */
void buf_trim(struct buf *b, size_t bytes);

/* Cuts to the first n bytes; n must not be more than it has. */
void buf_cut(struct buf *b, size_t n);

void buf_add(struct buf *b, struct slice s);
void buf_add_char(struct buf *b, char c);
void buf_add_cstr(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/*
 * Room for n more bytes at the end, for read(2) and the like; NULL if the maximum does not allow it.
 * What was then written is added by buf_wrote().
 */
char *buf_room(struct buf *b, size_t n);
void buf_wrote(struct buf *b, size_t n);

/* Drops the first n bytes; n must not be more than it has. */
void buf_consume(struct buf *b, size_t n);

static inline bool
buf_refused(const struct buf *b)
{
	return b->refused;
}

/* Lent until the next change of the buf. */
static inline struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){b->n > 0 ? b->p : "", b->n};
}

/* The same, terminated. */
static inline const char *
buf_cstr(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

#endif
