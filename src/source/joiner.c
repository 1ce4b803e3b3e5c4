#include "source/joiner.h"

void
joiner_init(struct joiner *j)
{
	*j = (struct joiner){0};
	buf_init(&j->text, SOURCE_LINE_MAX + 1);
}

void
joiner_done(struct joiner *j)
{
	buf_done(&j->text);
}

static void
joiner_add(struct joiner *j, struct slice piece)
{
	size_t room = SOURCE_LINE_MAX - j->text.n;

	j->cut |= piece.n > room;
	buf_add(&j->text, slice_upto(piece, room));
}

void
joiner_take(struct joiner *j, struct slice block,
    void (*line)(void *arg, struct slice text, bool cut), void *arg)
{
	ptrdiff_t end;

	while ((end = slice_find_char(block, '\n', 0)) >= 0) {
		struct slice text;

		joiner_add(j, slice_upto(block, (size_t)end));
		block = slice_from(block, (size_t)end + 1);
		text = buf_slice(&j->text);
		while (text.n > 0 && text.p[text.n - 1] == '\r')
			text.n--;
		line(arg, text, j->cut);
		buf_clear(&j->text);
		j->cut = false;
	}
	joiner_add(j, block);
}
