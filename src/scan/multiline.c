#include "scan/multiline.h"

#include "util/mem.h"

#include <assert.h>

struct kept {
	size_t n, before_n, date_n;
	size_t start; /* in the joined text */
	char text[];  /* n bytes: before, date, after */
};

struct multiline {
	size_t max, bytes;
	size_t count, retired, room;
	struct kept **lines; /* room for so many; behind those in use stand the retired */
	struct door_line *taken; /* of the same room */
};

struct multiline *
multiline_new(size_t max_lines)
{
	struct multiline *m = MEM_NEW(struct multiline);

	assert(max_lines > 0);
	m->max = max_lines;
	return m;
}

void
multiline_free(struct multiline *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count + m->retired; i++)
		mem_free(m->lines[i]);
	mem_free(m->lines);
	mem_free(m->taken);
	mem_free(m);
}

size_t
multiline_max(const struct multiline *m)
{
	return m->max;
}

size_t
multiline_most(const struct multiline *m)
{
	size_t most = MULTILINE_BYTES_MAX / sizeof(struct kept);

	return m->max < most ? m->max : most;
}

static size_t
size_of(size_t n)
{
	return sizeof(struct kept) + n;
}

/* Moves the line at index behind those in use, where its text stays until the next line comes. */
static void
retire(struct multiline *m, size_t index)
{
	struct kept *k = m->lines[index];

	memmove(
	    m->lines + index, m->lines + index + 1, (m->count - index - 1) * sizeof(struct kept *));
	m->lines[--m->count] = k;
	m->retired++;
	m->bytes -= size_of(k->n);
}

static void
free_retired(struct multiline *m)
{
	while (m->retired > 0)
		mem_free(m->lines[m->count + --m->retired]);
}

/* A line longer than all may be together, which no source hands out, is kept alone. */
static void
make_room(struct multiline *m, size_t n)
{
	while (m->count > 0 &&
	       (m->count == m->max || m->bytes + size_of(n) > MULTILINE_BYTES_MAX))
		retire(m, 0);
	free_retired(m);
	if (m->count < m->room)
		return;
	m->room = m->room > 0 ? 2 * m->room : 16;
	m->lines = mem_grow(m->lines, m->room, sizeof(*m->lines));
	m->taken = mem_grow(m->taken, m->room, sizeof(*m->taken));
}

void
multiline_add(struct multiline *m, const struct door_line *line)
{
	size_t n = line->before.n + line->date.n + line->after.n;
	struct kept *k;

	make_room(m, n);
	k = mem_alloc(size_of(n));
	*k = (struct kept){.n = n, .before_n = line->before.n, .date_n = line->date.n};
	(void)slice_put(slice_put(slice_put(k->text, line->before), line->date), line->after);
	m->lines[m->count++] = k;
	m->bytes += size_of(n);
}

static struct door_line
door_line_of(const struct kept *k)
{
	struct slice all = slice_of(k->text, k->n), rest = slice_from(all, k->before_n);

	return (struct door_line){
	    slice_upto(all, k->before_n),
	    slice_upto(rest, k->date_n),
	    slice_from(rest, k->date_n),
	};
}

void
multiline_join(struct multiline *m, struct buf *out)
{
	size_t base = out->n;

	for (size_t i = 0; i < m->count; i++) {
		struct door_line l = door_line_of(m->lines[i]);

		m->lines[i]->start = out->n - base;
		buf_add(out, l.before);
		buf_add(out, l.after);
		buf_add_char(out, '\n');
	}
}

static bool
within(size_t at, const struct multiline_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (at >= ranges[i].start && at < ranges[i].end)
			return true;
	}
	return false;
}

/*
 * The end in the joined text of what a line covers, its newline included. A match that starts with
 * a newline belongs to the line behind it, one that ends with a newline to the line before.
 */
static bool
covers(struct multiline_range match, const struct kept *k)
{
	size_t end = k->start + k->n - k->date_n + 1;
	size_t last = match.end > 0 ? match.end - 1 : 0;

	return last >= k->start && match.start + 1 < end;
}

size_t
multiline_take(struct multiline *m, struct multiline_range match,
    const struct multiline_range *skipped, size_t count, const struct door_line **out)
{
	size_t taken = 0;

	for (size_t i = 0; i < m->count;) {
		const struct kept *k = m->lines[i];

		if (!covers(match, k) || within(k->start, skipped, count)) {
			i++;
			continue;
		}
		m->taken[taken++] = door_line_of(k);
		retire(m, i);
	}
	*out = m->taken;
	return taken;
}
