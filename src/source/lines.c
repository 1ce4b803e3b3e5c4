#include "source/lines.h"

bool
lines_next(struct lines *l, struct source_line *out)
{
	ptrdiff_t end = slice_find_char(l->rest, '\n', 0);
	struct slice text;

	if (end < 0)
		return false;
	text = slice_upto(l->rest, (size_t)end);
	l->rest = slice_from(l->rest, (size_t)end + 1);
	l->offset += (uint64_t)end + 1;
	while (text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	out->cut = text.n > SOURCE_LINE_MAX;
	out->text = slice_upto(text, SOURCE_LINE_MAX);
	out->offset = l->offset;
	return true;
}
