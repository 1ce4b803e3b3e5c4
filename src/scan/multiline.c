#include "scan/multiline.h"

#include "util/mem.h"

#include <assert.h>

/* A line of the source has a maximum; this is only what a buf needs to know. */
#define TEXT_MAX ((size_t)256 << 20)

struct kept {
	struct buf text; /* before, date, after */
	size_t before_n, date_n;
	size_t start; /* in the joined text */
};

struct multiline {
	size_t max;
	size_t count;
	struct kept **lines; /* max of them; those from count on are free for use */
};

struct multiline *
multiline_new(size_t max_lines)
{
	struct multiline *m = MEM_NEW(struct multiline);

	assert(max_lines > 0);
	m->max = max_lines;
	m->lines = mem_array(max_lines, sizeof(struct kept *));
	for (size_t i = 0; i < max_lines; i++) {
		m->lines[i] = MEM_NEW(struct kept);
		buf_init(&m->lines[i]->text, TEXT_MAX);
	}
	return m;
}

void
multiline_free(struct multiline *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->max; i++) {
		buf_done(&m->lines[i]->text);
		mem_free(m->lines[i]);
	}
	mem_free(m->lines);
	mem_free(m);
}

size_t
multiline_max(const struct multiline *m)
{
	return m->max;
}

/* Moves the line at index behind those in use, where its text stays until it is used again. */
static void
retire(struct multiline *m, size_t index)
{
	struct kept *k = m->lines[index];

	memmove(
	    m->lines + index, m->lines + index + 1, (m->count - index - 1) * sizeof(struct kept *));
	m->lines[--m->count] = k;
}

void
multiline_add(struct multiline *m, const struct door_line *line)
{
	struct kept *k;

	if (m->count == m->max)
		retire(m, 0);
	k = m->lines[m->count++];
	buf_clear(&k->text);
	buf_add(&k->text, line->before);
	buf_add(&k->text, line->date);
	buf_add(&k->text, line->after);
	k->before_n = line->before.n;
	k->date_n = line->date.n;
}

static struct door_line
door_line_of(const struct kept *k)
{
	struct slice all = buf_slice(&k->text), rest = slice_from(all, k->before_n);

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
	size_t end = k->start + k->text.n - k->date_n + 1;
	size_t last = match.end > 0 ? match.end - 1 : 0;

	return last >= k->start && match.start + 1 < end;
}

size_t
multiline_take(struct multiline *m, struct multiline_range match,
    const struct multiline_range *skipped, size_t count, struct door_line *out)
{
	size_t taken = 0;

	for (size_t i = 0; i < m->count;) {
		const struct kept *k = m->lines[i];

		if (!covers(match, k) || within(k->start, skipped, count)) {
			i++;
			continue;
		}
		out[taken++] = door_line_of(k);
		retire(m, i);
	}
	return taken;
}
