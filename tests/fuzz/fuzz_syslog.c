/*
 * A stream of any bytes from a sender: however it is cut into blocks, the same messages come out, and no
 * message becomes more than one line.
 */
#include <assert.h>

#include "source/syslog_text.h"

#define MESSAGE_MAX 200

/* All lines of a stream that arrives in blocks of that many bytes; the end of it, if it is cut off. */
static int
read_stream(struct slice stream, size_t block, struct buf *out)
{
	struct buf in, line;
	struct slice message;
	ptrdiff_t taken = 0;

	buf_init(&in, 2 * MESSAGE_MAX + 65536);
	buf_init(&line, 2 * MESSAGE_MAX + 16);
	while (taken >= 0 && stream.n > 0) {
		buf_add(&in, slice_upto(stream, block));
		stream = slice_from(stream, block);
		while ((taken = syslog_text_next(buf_slice(&in), MESSAGE_MAX, &message)) > 0) {
			assert(message.n <= (size_t)taken);
			buf_clear(&line);
			if (message.n <= MESSAGE_MAX && syslog_text_format(&line, message) == 0) {
				assert(!buf_refused(&line));
				assert(slice_find_char(buf_slice(&line), '\n', 0) < 0);
				buf_add(out, buf_slice(&line));
				buf_add_char(out, '\n');
			}
			buf_consume(&in, (size_t)taken);
		}
	}
	buf_done(&in);
	buf_done(&line);
	return taken < 0 ? -1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice stream = slice_of((const char *)data, size > 60000 ? 60000 : size);
	struct buf whole, pieces;

	buf_init(&whole, (size_t)1024 * 1024);
	buf_init(&pieces, (size_t)1024 * 1024);
	/* One too long is noticed sooner or later by the size of the blocks, so only what is good counts. */
	if (read_stream(stream, 60000, &whole) == 0 && read_stream(stream, 7, &pieces) == 0)
		assert(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
