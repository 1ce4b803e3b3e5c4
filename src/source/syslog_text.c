#include "source/syslog_text.h"

#include <errno.h>

#define PRIORITY_MAX 191

static int
take_priority(struct slice *message)
{
	ptrdiff_t end = slice_find_char(*message, '>', 0);
	uint64_t priority;

	if (end < 2 || end > 4 || message->p[0] != '<' ||
	    slice_u64(slice_of(message->p + 1, (size_t)end - 1), PRIORITY_MAX, &priority) < 0)
		return -EBADMSG;
	*message = slice_from(*message, (size_t)end + 1);
	return 0;
}

/* Takes the data in brackets, "[id a=\"b\"][...]" or "-", and the blank behind it. */
static bool
skip_data(struct slice *rest)
{
	bool quoted = false, inside = false;

	if (rest->n > 0 && rest->p[0] == '-') {
		*rest = slice_from(*rest, 1);
	} else {
		size_t i = 0;

		for (; i < rest->n; i++) {
			char c = rest->p[i];

			if (!inside && c != '[')
				break;
			if (quoted && c == '\\')
				i++;
			else if (c == '"')
				quoted = !quoted;
			else if (!quoted && (c == '[' || c == ']'))
				inside = c == '[';
		}
		if (inside || i == 0)
			return false;
		*rest = slice_from(*rest, i);
	}
	*rest = slice_ltrim(*rest);
	return true;
}

/* The text is UTF-8 by definition, and may say so. */
static struct slice
without_mark(struct slice s)
{
	return slice_starts(s, SLICE("\xef\xbb\xbf")) ? slice_from(s, 3) : s;
}

/* What RFC 5424 sends: "1 TIME HOST APP PROCESS ID DATA TEXT". False if it is not that. */
static bool
format_5424(struct buf *out, struct slice *message)
{
	struct slice rest = *message, words[6];

	/* A message that tells its length may have newlines anywhere; in the text they are made visible. */
	for (size_t i = 0; i < 6; i++)
		if (!slice_next(&rest, ' ', &words[i]) || slice_find_char(words[i], '\n', 0) >= 0)
			return false;
	if (!slice_eq(words[0], SLICE("1")) || !skip_data(&rest))
		return false;
	if (!slice_eq(words[1], SLICE("-"))) {
		buf_add(out, words[1]);
		buf_add_char(out, ' ');
	}
	buf_add(out, words[2]);
	if (!slice_eq(words[3], SLICE("-"))) {
		buf_add_char(out, ' ');
		buf_add(out, words[3]);
	}
	if (!slice_eq(words[4], SLICE("-"))) {
		buf_add_char(out, '[');
		buf_add(out, words[4]);
		buf_add_char(out, ']');
	}
	buf_add_cstr(out, ": ");
	*message = without_mark(rest);
	return true;
}

int
syslog_text_format(struct buf *out, struct slice message)
{
	struct slice line;
	bool first = true;

	if (take_priority(&message) < 0)
		return -EBADMSG;
	while (message.n > 0 &&
	       (message.p[message.n - 1] == '\n' || message.p[message.n - 1] == '\r' ||
		   message.p[message.n - 1] == '\0'))
		message.n--;
	(void)format_5424(out, &message); /* else all of it is text already */
	while (slice_next(&message, '\n', &line)) {
		if (!first)
			buf_add_cstr(out, "\\n");
		buf_add(out, line);
		first = false;
	}
	return 0;
}

static ptrdiff_t
next_counted(struct slice stream, size_t max, struct slice *message)
{
	ptrdiff_t blank = slice_find_char(slice_upto(stream, 8), ' ', 0);
	uint64_t n;

	if (blank < 0)
		return stream.n < 8 ? 0 : -EBADMSG;
	if (slice_u64(slice_upto(stream, (size_t)blank), max, &n) < 0 || n == 0)
		return -EBADMSG;
	stream = slice_from(stream, (size_t)blank + 1);
	if (stream.n < n)
		return 0;
	*message = slice_upto(stream, (size_t)n);
	return blank + 1 + (ptrdiff_t)n;
}

ptrdiff_t
syslog_text_next(struct slice stream, size_t max, struct slice *message)
{
	if (stream.n > 0 && char_digit(stream.p[0]))
		return next_counted(stream, max, message);
	for (size_t i = 0; i < stream.n; i++)
		if (stream.p[i] == '\n' || stream.p[i] == '\0') {
			*message = slice_upto(stream, i);
			return (ptrdiff_t)i + 1;
		}
	return stream.n <= max ? 0 : -EBADMSG;
}
