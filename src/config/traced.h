#ifndef F2B_CONFIG_TRACED_H
#define F2B_CONFIG_TRACED_H

#include "util/arena.h"
#include "util/buf.h"
#include "util/diag.h"

/*
 * Text that remembers where its pieces were written. The value of an option is put together from
 * lines, other options and other files; a message about one regular expression in it should
 * still name the line in which that expression stands.
 */
struct mark {
	unsigned offset; /* from here on the text was written at the place */
	unsigned depth; /* 0: in the option itself; more: brought in from another option */
	/* The place, without a value: there are many marks. */
	const char *file;
	unsigned line, column;
	const struct place *used, *included;
};

struct traced {
	struct slice text;
	const struct mark *marks; /* in order of offset; none for a text without a place */
	size_t mark_count;
};

/* No value grows beyond it, whatever is put into it. */
#define TRACED_MAX_BYTES ((size_t)1024 * 1024)

/* All of text was written at one place. */
struct traced traced_of(struct arena *a, struct slice text, struct place at);

/*
 * The piece of n bytes from offset on. Lent by the original.
 */
struct traced traced_cut(struct arena *a, const struct traced *t, size_t offset, size_t n);

/*
 * Where the piece of n bytes from offset on was written: its outermost part, which is the line that
 * a person would look at, or else its start. Its value is the piece and
 * what stands beside it on its line.
 */
struct place traced_place(const struct traced *t, size_t offset, size_t n);

/* The same without a value. */
struct place traced_origin(const struct traced *t, size_t offset, size_t n);

/* Where the whole was written. */
struct place traced_at(const struct traced *t);

/* A traced text being built. */
struct traced_buf {
	struct buf text;
	struct mark *marks;
	size_t count, cap;
	const struct place *used; /* the reference that brings in what is added now; or NULL */
};

void traced_buf_init(struct traced_buf *b);
void traced_buf_done(struct traced_buf *b);
void traced_buf_clear(struct traced_buf *b);

/* Adds n bytes of t from offset on; depth is how much deeper they are than in t. */
void traced_buf_add(
    struct traced_buf *b, const struct traced *t, size_t offset, size_t n, unsigned depth);

/*
 * The place of what is added now, with the reference that brings it in; what was brought in before
 * keeps its own.
 */
struct place traced_buf_place(const struct traced_buf *b, struct place at);

/* A mark for what is added next to b->text directly. */
void traced_buf_mark(struct traced_buf *b, struct place at);

/* The text built; lent until the next change of b. */
struct traced traced_buf_get(const struct traced_buf *b);

/* The text built, in a. */
struct traced traced_buf_copy(struct arena *a, const struct traced_buf *b);

#endif
