#include "manage/quote.h"

#include "config/include.h"
#include "util/escape.h"

#define BEFORE_MAX ((size_t)60) /* bytes that are shown before the column */
#define SHOWN_MAX ((size_t)120)

struct file {
	struct slice text;
	size_t *starts; /* of lines */
	size_t count;
};

void
quoter_init(struct quoter *q, struct arena *a)
{
	*q = (struct quoter){.arena = a};
	table_init(&q->files);
}

void
quoter_done(struct quoter *q)
{
	table_done(&q->files);
}

/* Where lines begin, which end as those of an ini file do. Fills starts if it is not NULL. */
static size_t
find_lines(struct slice text, size_t *starts)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool first =
		    i == 0 || text.p[i - 1] == '\n' || (text.p[i - 1] == '\r' && text.p[i] != '\n');

		if (first && starts != NULL)
			starts[n] = i;
		n += first;
	}
	return n;
}

static const struct file *
file_get(struct quoter *q, const char *path)
{
	struct file *f = table_get(&q->files, slice_cstr(path));
	struct load l = {.arena = q->arena};

	if (f != NULL)
		return f;
	f = ARENA_NEW(q->arena, struct file);
	if (include_bytes(&l, path, &f->text) < 0)
		f->text = SLICE_EMPTY;
	f->starts = arena_array(q->arena, find_lines(f->text, NULL) + 1, sizeof(size_t));
	f->count = find_lines(f->text, f->starts);
	(void)table_put(&q->files, arena_copy(q->arena, slice_cstr(path)), f); /* there was none */
	return f;
}

static struct slice
escaped(struct quoter *q, struct slice s, size_t *characters)
{
	struct slice out;
	struct buf b;

	buf_init(&b, 16 * SHOWN_MAX);
	escape_format(&b, s);
	out = arena_copy(q->arena, buf_slice(&b));
	buf_done(&b);
	*characters = utf8_count(out);
	return out;
}

/* Moves at forward to where a character begins. */
static size_t
character_start(struct slice s, size_t at)
{
	while (at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80)
		at++;
	return at;
}

struct slice
quoter_source(struct quoter *q, const struct place *at)
{
	const struct file *f;
	struct slice line;

	if (at->file == NULL || at->line == 0)
		return SLICE_EMPTY;
	f = file_get(q, at->file);
	if (at->line > f->count)
		return SLICE_EMPTY;
	line = slice_from(f->text, f->starts[at->line - 1]);
	for (size_t n = 0; n < line.n; n++)
		if (line.p[n] == '\n' || line.p[n] == '\r')
			line.n = n;
	return line;
}

struct quote
quoter_line(struct quoter *q, const struct place *at)
{
	struct slice line = quoter_source(q, at), shown;
	struct quote out = {.line = SLICE_EMPTY};
	size_t column = at->column > 0 ? at->column - 1 : 0, from, unused;

	if (line.n == 0)
		return out;
	if (column > line.n)
		column = line.n;
	from = column > BEFORE_MAX ? character_start(line, column - BEFORE_MAX) : 0;
	shown = slice_from(line, from);
	shown = slice_upto(shown, character_start(shown, SHOWN_MAX));
	(void)escaped(q, slice_upto(shown, column - from), &out.caret);
	out.line = escaped(q, shown, &unused);
	return out;
}
