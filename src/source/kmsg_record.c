#include "source/kmsg_record.h"

#include <errno.h>

int
kmsg_record_parse(struct slice bytes, struct kmsg_record *out)
{
	ptrdiff_t semicolon = slice_find_char(bytes, ';', 0), newline;
	struct slice head, priority, number, us;
	uint64_t level, at;

	if (semicolon < 0)
		return -EBADMSG;
	head = slice_upto(bytes, (size_t)semicolon);
	if (!slice_next(&head, ',', &priority) || !slice_next(&head, ',', &number) ||
	    !slice_next(&head, ',', &us) || slice_u64(priority, UINT32_MAX, &level) < 0 ||
	    slice_u64(number, UINT64_MAX, &out->number) < 0 ||
	    slice_u64(us, INT64_MAX / 2, &at) < 0)
		return -EBADMSG;
	out->facility = (unsigned)(level >> 3);
	out->since_boot = (struct span){(int64_t)at};
	out->text = slice_from(bytes, (size_t)semicolon + 1);
	newline = slice_find_char(out->text, '\n', 0);
	if (newline >= 0)
		out->text = slice_upto(out->text, (size_t)newline);
	return 0;
}

void
kmsg_text_format(struct buf *out, struct slice text)
{
	ptrdiff_t backslash;

	while ((backslash = slice_find_char(text, '\\', 0)) >= 0) {
		struct slice rest = slice_from(text, (size_t)backslash);
		int high = rest.n >= 4 && rest.p[1] == 'x' ? char_hex(rest.p[2]) : -1;
		int low = high >= 0 ? char_hex(rest.p[3]) : -1;
		char byte = (char)(low >= 0 ? high << 4 | low : '\\');

		buf_add(out, slice_upto(text, (size_t)backslash));
		/* A line is one line, whatever the kernel was made to print. */
		buf_add_char(out, byte == '\n' ? ' ' : byte);
		text = slice_from(rest, low >= 0 ? 4 : 1);
	}
	buf_add(out, text);
}
