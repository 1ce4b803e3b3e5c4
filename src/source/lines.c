#include "source/lines.h"

static void
give(struct lines *l, struct source_line *out, struct slice text)
{
	out->cut = text.n > SOURCE_LINE_MAX;
	out->text = slice_upto(text, SOURCE_LINE_MAX);
	out->offset = l->offset;
}

static bool
wide_next(struct lines *l, struct source_line *out)
{
	size_t odd = newline_odd(l->newline, l->offset), start, end;
	struct slice text;

	if (!newline_find(l->newline, l->rest, l->offset, &start, &end))
		return false;
	text = slice_of(l->rest.p + odd, start - odd);
	l->rest = slice_from(l->rest, end);
	l->offset += end;
	give(l, out, newline_trim(l->newline, text));
	return true;
}

bool
lines_next(struct lines *l, struct source_line *out)
{
	ptrdiff_t end;
	struct slice text;

	if (newline_wide(l->newline))
		return wide_next(l, out);
	end = slice_find_char(l->rest, '\n', 0);
	if (end < 0)
		return false;
	text = slice_upto(l->rest, (size_t)end);
	l->rest = slice_from(l->rest, (size_t)end + 1);
	l->offset += (uint64_t)end + 1;
	while (text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	give(l, out, text);
	return true;
}
