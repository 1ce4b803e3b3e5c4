#include "manage/dump.h"

#include "compat/pyrepr.h"

#include <stdio.h>

#define WIDTH 1000
#define INDENT 2
#define DUMP_MAX ((size_t)64 * 1024 * 1024)
#define WRITE_BYTES ((size_t)64 * 1024) /* gathered before they are written */

static void
add_spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, ' ');
}

/* A list or tuple that does not fit gets a line for each item; all else stays whole. */
static void
add_pretty(struct buf *out, const struct value *v, size_t column)
{
	bool list = v->kind == VALUE_LIST;
	size_t start = out->n;

	pyrepr_format(out, v);
	if (buf_refused(out) || out->n - start + column <= WIDTH || value_count(v) == 0 ||
	    (!list && v->kind != VALUE_TUPLE))
		return;
	buf_cut(out, start);
	buf_add_char(out, list ? '[' : '(');
	add_spaces(out, INDENT - 1);
	for (size_t i = 0; i < v->seq.count; i++) {
		if (i > 0) {
			buf_add_cstr(out, ",\n");
			add_spaces(out, column + INDENT);
		}
		add_pretty(out, v->seq.items[i], column + INDENT);
	}
	if (!list && v->seq.count == 1)
		buf_add_char(out, ',');
	buf_add_char(out, list ? ']' : ')');
}

static void
dump_write(struct buf *out)
{
	(void)fwrite(buf_cstr(out), 1, out->n, stdout);
	buf_clear(out);
}

void
dump_commands(const struct value *commands, bool pretty)
{
	struct buf out;

	buf_init(&out, DUMP_MAX);
	for (size_t i = 0; i < value_count(commands); i++) {
		if (pretty)
			add_pretty(&out, value_at(commands, i), 0);
		else
			pyrepr_format(&out, value_at(commands, i));
		buf_add_char(&out, '\n');
		if (out.n >= WRITE_BYTES)
			dump_write(&out);
	}
	dump_write(&out);
	buf_done(&out);
}
