/*
 * Lines out of bytes. The first byte says how. Claims: however a pipe's output is cut into blocks, the same
 * lines come of it; newlines of one, two or four bytes are found where a plain walk finds them; and what
 * the kernel's log wrote of any text is that text again, in one line.
 */
#include "source/joiner.h"
#include "source/kmsg_record.h"
#include "source/lines.h"
#include "util/buf.h"

#include <assert.h>

#define OUTPUT_MAX ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_line(void *arg, struct slice text, bool cut)
{
	assert(!cut);
	buf_add(arg, text);
	buf_add_char(arg, '\n');
}

static void
join(struct slice bytes, size_t block, struct buf *out)
{
	struct joiner j;

	joiner_init(&j);
	for (; bytes.n > 0; bytes = slice_from(bytes, block))
		joiner_take(&j, slice_upto(bytes, block), add_line, out);
	joiner_done(&j);
}

static void
check_joiner(struct slice bytes, size_t block)
{
	struct buf whole, pieces;

	buf_init(&whole, OUTPUT_MAX);
	buf_init(&pieces, OUTPUT_MAX);
	join(bytes, bytes.n + 1, &whole);
	join(bytes, block, &pieces);
	assert(slice_eq(buf_slice(&whole), buf_slice(&pieces)));
	buf_done(&whole);
	buf_done(&pieces);
}

/* Whether the character of that many bytes is c. */
static bool
is(struct newline nl, const char *p, char c)
{
	for (size_t i = 0; i < nl.unit; i++)
		if (p[i] != (i == (nl.big ? nl.unit - 1u : 0) ? c : '\0'))
			return false;
	return true;
}

/* From the first byte of a character on. */
static void
check_lines(struct slice bytes, struct newline nl)
{
	struct lines l = {.rest = bytes, .newline = nl};
	struct source_line line;
	size_t at = 0;

	while (lines_next(&l, &line)) {
		size_t start = at, end;

		while (!is(nl, bytes.p + at, '\n'))
			at += nl.unit;
		end = at;
		at += nl.unit;
		while (end > start && is(nl, bytes.p + end - nl.unit, '\r'))
			end -= nl.unit;
		assert(line.text.p == bytes.p + start && line.text.n == end - start);
		assert(line.offset == at && at <= bytes.n);
	}
	for (; at + nl.unit <= bytes.n; at += nl.unit)
		assert(!is(nl, bytes.p + at, '\n'));
}

static void
check_kmsg(struct slice bytes, bool escaped)
{
	struct kmsg_record r;
	struct buf record, text;

	buf_init(&record, OUTPUT_MAX);
	buf_init(&text, OUTPUT_MAX);
	buf_add_cstr(&record, "6,1,2,-;");
	for (size_t i = 0; i < bytes.n; i++)
		if (escaped || bytes.p[i] == '\\' || bytes.p[i] == '\n')
			buf_printf(&record, "\\x%02x", (unsigned char)bytes.p[i]);
		else
			buf_add_char(&record, bytes.p[i]);
	assert(kmsg_record_parse(buf_slice(&record), &r) == 0 && r.number == 1);
	kmsg_text_format(&text, r.text);
	assert(text.n == bytes.n);
	for (size_t i = 0; i < text.n; i++)
		assert(text.p[i] == (bytes.p[i] == '\n' ? ' ' : bytes.p[i]));
	buf_clear(&text);
	if (kmsg_record_parse(bytes, &r) == 0) {
		kmsg_text_format(&text, r.text);
		assert(text.n <= r.text.n && slice_find_char(buf_slice(&text), '\n', 0) < 0);
	}
	buf_done(&record);
	buf_done(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of((const char *)data, size);

	if (size < 1 || size > 4096)
		return 0;
	bytes = slice_from(bytes, 1);
	check_joiner(bytes, 1 + data[0] % 16);
	check_lines(bytes, (struct newline){.unit = 1});
	check_lines(bytes, (struct newline){.unit = 2, .big = data[0] & 1});
	check_lines(bytes, (struct newline){.unit = 4, .big = data[0] & 1});
	check_kmsg(bytes, data[0] & 2);
	return 0;
}
