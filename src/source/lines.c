#include "source/lines.h"

bool
lines_next(struct lines *l, struct source_line *out)
{
	size_t odd = newline_odd(l->newline, l->offset), start, end;
	struct slice text;

	if (!newline_find(l->newline, l->rest, l->offset, &start, &end))
		return false;
	text = newline_trim(l->newline, slice_of(l->rest.p + odd, start - odd));
	l->rest = slice_from(l->rest, end);
	l->offset += end;
	out->cut = text.n > SOURCE_LINE_MAX;
	out->text = slice_upto(text, SOURCE_LINE_MAX);
	out->offset = l->offset;
	return true;
}
