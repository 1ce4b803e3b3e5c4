#include "config/traced.h"

#include "util/mem.h"

#define LINE_AROUND_MAX 200
#define FIRST_MARKS 32

static struct mark
mark_of(size_t offset, unsigned depth, struct place at)
{
	return (struct mark){
	    (unsigned)offset, depth, at.file, at.line, at.column, at.used, at.included};
}

struct traced
traced_of(struct arena *a, struct slice text, struct place at)
{
	struct mark *m = ARENA_NEW(a, struct mark);

	*m = mark_of(0, 0, at);
	return (struct traced){.text = text, .marks = m, .mark_count = 1};
}

/* Index of the mark that covers offset: the last one that does not start behind it. */
static size_t
traced_mark(const struct traced *t, size_t offset)
{
	size_t low = 0, high = t->mark_count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (t->marks[mid].offset <= offset)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* The place of offset, which the mark covers. */
static struct place
mark_place(const struct mark *m, size_t offset)
{
	struct place at = {.file = m->file,
	    .line = m->line,
	    .column = m->column,
	    .used = m->used,
	    .included = m->included};

	if (at.column > 0 && offset > m->offset)
		at.column += (unsigned)(offset - m->offset);
	return at;
}

struct traced
traced_cut(struct arena *a, const struct traced *t, size_t offset, size_t n)
{
	struct traced out = {.text = slice_upto(slice_from(t->text, offset), n)};
	struct mark *marks;
	size_t first, last;

	if (t->mark_count == 0)
		return out;
	first = traced_mark(t, offset);
	last = n > 0 ? traced_mark(t, offset + n - 1) : first;
	marks = arena_array(a, last - first + 1, sizeof(*marks));
	for (size_t i = first; i <= last; i++) {
		const struct mark *m = &t->marks[i];
		size_t from = m->offset > offset ? m->offset : offset;

		marks[i - first] = mark_of(from - offset, m->depth, mark_place(m, from));
	}
	out.marks = marks;
	out.mark_count = last - first + 1;
	return out;
}

/* The piece with the rest of its line, as far as somebody would read. */
static struct slice
line_around(struct slice s, size_t offset, size_t n)
{
	size_t from = offset < s.n ? offset : s.n, end = n < s.n - from ? from + n : s.n;
	size_t least = from > LINE_AROUND_MAX ? from - LINE_AROUND_MAX : 0;
	size_t most = s.n - end > LINE_AROUND_MAX ? end + LINE_AROUND_MAX : s.n;

	while (from > least && s.p[from - 1] != '\n')
		from--;
	while (end < most && s.p[end] != '\n')
		end++;
	return slice_of(s.p + from, end - from);
}

struct place
traced_origin(const struct traced *t, size_t offset, size_t n)
{
	const struct mark *best;

	if (t->mark_count == 0)
		return (struct place){0};
	best = &t->marks[traced_mark(t, offset)];
	for (size_t i = (size_t)(best - t->marks) + 1; i < t->mark_count; i++) {
		if (t->marks[i].offset >= offset + n)
			break;
		if (t->marks[i].depth < best->depth)
			best = &t->marks[i];
	}
	return mark_place(best, offset > best->offset ? offset : best->offset);
}

struct place
traced_place(const struct traced *t, size_t offset, size_t n)
{
	struct place at = traced_origin(t, offset, n);

	if (t->mark_count > 0)
		at.value = line_around(t->text, offset, n);
	return at;
}

struct place
traced_at(const struct traced *t)
{
	return traced_place(t, 0, t->text.n);
}

void
traced_buf_init(struct traced_buf *b)
{
	*b = (struct traced_buf){0};
	buf_init(&b->text, TRACED_MAX_BYTES);
}

void
traced_buf_done(struct traced_buf *b)
{
	buf_done(&b->text);
	mem_free(b->marks);
}

void
traced_buf_clear(struct traced_buf *b)
{
	buf_clear(&b->text);
	b->count = 0;
}

struct place
traced_buf_place(const struct traced_buf *b, struct place at)
{
	if (at.used == NULL)
		at.used = b->used;
	return at;
}

static void
traced_buf_push(struct traced_buf *b, struct mark m)
{
	/* A piece that turned out empty: its mark says nothing. */
	if (b->count > 0 && b->marks[b->count - 1].offset == m.offset)
		b->count--;
	b->marks = mem_room(b->marks, b->count, &b->cap, sizeof(*b->marks), FIRST_MARKS);
	b->marks[b->count++] = m;
}

void
traced_buf_mark(struct traced_buf *b, struct place at)
{
	traced_buf_push(b, mark_of(b->text.n, 0, at));
}

void
traced_buf_add(
    struct traced_buf *b, const struct traced *t, size_t offset, size_t n, unsigned depth)
{
	size_t start = b->text.n;

	if (n == 0)
		return;
	buf_add(&b->text, slice_upto(slice_from(t->text, offset), n));
	if (t->mark_count == 0 || buf_refused(&b->text))
		return;
	for (size_t i = traced_mark(t, offset); i < t->mark_count; i++) {
		const struct mark *m = &t->marks[i];
		size_t from = m->offset > offset ? m->offset : offset;

		if (from >= offset + n)
			break;
		traced_buf_push(b, mark_of(start + from - offset, m->depth + depth,
				       traced_buf_place(b, mark_place(m, from))));
	}
}

struct traced
traced_buf_get(const struct traced_buf *b)
{
	return (struct traced){buf_slice(&b->text), b->marks, b->count};
}

struct traced
traced_buf_copy(struct arena *a, const struct traced_buf *b)
{
	struct mark *marks = arena_array(a, b->count, sizeof(*marks));

	if (b->count > 0)
		memcpy(marks, b->marks, b->count * sizeof(*marks));
	return (struct traced){arena_copy(a, buf_slice(&b->text)), marks, b->count};
}
