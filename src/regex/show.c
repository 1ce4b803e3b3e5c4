#include "regex/show.h"

#include "util/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define SHORT_MAX 53 /* characters of a text that is shown whole */

void
show(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
}

static void
show_escaped(struct slice s)
{
	struct buf b;

	buf_init(&b, SHOW_MAX_BYTES);
	escape_lines(&b, s);
	(void)fwrite(buf_cstr(&b), 1, b.n, stdout);
	buf_done(&b);
}

void
show_raw(struct slice s)
{
	static int terminal = -1;

	if (terminal < 0)
		terminal = isatty(STDOUT_FILENO);
	if (terminal)
		show_escaped(s);
	else
		(void)fwrite(s.p, 1, s.n, stdout);
}

void
show_short(struct buf *out, struct slice s)
{
	struct slice rest = s, head = s;
	uint32_t code;

	for (size_t i = 0; i < SHORT_MAX && rest.n > 0; i++) {
		size_t n = utf8_next(rest, &code);

		rest = slice_from(rest, n > 0 ? n : 1);
		if (i + 1 == SHORT_MAX - 3)
			head = slice_upto(s, s.n - rest.n);
	}
	buf_add(out, rest.n > 0 ? head : s);
	buf_add_cstr(out, rest.n > 0 ? "..." : "");
}

void
show_date(struct buf *out, struct instant when)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c;

	civil_local(when, &c);
	buf_printf(out, "%s %s %02d %02d:%02d:%02d %d", days[c.weekday], months[c.month - 1], c.day,
	    c.hour, c.minute, c.second, c.year);
}

void
show_line(struct buf *out, const struct door_line *line)
{
	buf_add(out, line->before);
	buf_add(out, line->date);
	buf_add(out, line->after);
}
