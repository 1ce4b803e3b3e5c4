#include "compat/pickle_read.h"

#include "util/escape.h"

/* Opcodes of texts, in the forms of Python 2 and 3. */

static int
push_text(struct pickle_reader *p, struct slice text)
{
	int r = pickle_charge(p, 0, text.n);

	return r < 0 ? r : pickle_push(p, value_text(p->a, text));
}

/* The byte that Python's surrogateescape wrote as these three, or -1. */
static int
escaped_byte(struct slice s)
{
	unsigned char second, third;

	if (s.n < 3 || (unsigned char)s.p[0] != 0xed)
		return -1;
	second = (unsigned char)s.p[1];
	third = (unsigned char)s.p[2];
	if ((second != 0xb2 && second != 0xb3) || (third & 0xc0) != 0x80)
		return -1;
	return (second & 3) << 6 | (third & 0x3f);
}

/* UTF-8 in which Python may have put single surrogates. */
static int
push_utf8(struct pickle_reader *p, struct slice text)
{
	char *to;
	size_t n = 0;
	int r;

	if (slice_find_char(text, (char)0xed, 0) < 0)
		return push_text(p, text);
	r = pickle_charge(p, 0, text.n);
	if (r < 0)
		return r;
	to = arena_alloc(p->a, text.n + 1);
	while (text.n > 0) {
		int byte = escaped_byte(text);

		to[n++] = byte >= 0 ? (char)(unsigned char)byte : text.p[0];
		text = slice_from(text, byte >= 0 ? 3 : 1);
	}
	return pickle_push(p, value_text_lent(p->a, slice_of(to, n)));
}

static int
read_binunicode(struct pickle_reader *p, unsigned size_bytes)
{
	struct slice text;
	int r = pickle_take_sized(p, size_bytes, &text);

	return r == 0 ? push_utf8(p, text) : r;
}

/* Strings of Python 2 have no encoding; their bytes are taken as they are. */
static int
read_binstring(struct pickle_reader *p, unsigned size_bytes)
{
	struct slice text;
	int r = pickle_take_sized(p, size_bytes, &text);

	return r == 0 ? push_text(p, text) : r;
}

/* The number of exactly n hexadecimal digits at the start of s, or -1. */
static int64_t
hex_number(struct slice s, size_t n)
{
	int64_t number = 0;

	if (s.n < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int digit = char_hex(s.p[i]);

		if (digit < 0)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

/* Adds a code point as our text has it: a surrogate of surrogateescape is a byte again. */
static void
add_code(struct buf *out, uint32_t code)
{
	if (code >= 0xdc80 && code <= 0xdcff)
		buf_add_char(out, (char)(unsigned char)(code & 0xff));
	else
		utf8_add(out, code);
}

/* Latin-1 with \uXXXX and \UXXXXXXXX; every other backslash is itself. */
static int
read_unicode_line(struct pickle_reader *p, unsigned of)
{
	struct slice line;
	struct buf out;
	int r = pickle_take_line(p, &line);

	if (r < 0)
		return r;
	buf_init(&out, line.n * 3 + 1);
	while (line.n > 0 && r == 0) {
		size_t digits = 0;
		int64_t code = (unsigned char)line.p[0];

		if (line.p[0] == '\\' && line.n > 1)
			digits = line.p[1] == 'u' ? 4 : line.p[1] == 'U' ? 8 : 0;
		if (digits > 0)
			code = hex_number(slice_from(line, 2), digits);
		if (code < 0 || code > 0x10ffff)
			r = pickle_bad(p, "truncated \\uXXXX escape");
		else
			add_code(&out, (uint32_t)code);
		line = slice_from(line, digits > 0 ? digits + 2 : 1);
	}
	if (r == 0)
		r = push_text(p, buf_slice(&out));
	buf_done(&out);
	return r;
}

/* One escape behind a backslash, as in Python's literals. Returns the characters used. */
static size_t
unescape(struct slice s, struct buf *out)
{
	static const char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
	const char *at = memchr(from, s.p[0], sizeof(from) - 1);
	unsigned octal = 0;
	size_t n = 0;

	if (at != NULL) {
		buf_add_char(out, to[at - from]);
		return 1;
	}
	if (s.p[0] == 'x' && hex_number(slice_from(s, 1), 2) >= 0) {
		buf_add_char(out, (char)(unsigned char)hex_number(slice_from(s, 1), 2));
		return 3;
	}
	while (n < 3 && n < s.n && s.p[n] >= '0' && s.p[n] <= '7')
		octal = octal * 8 + (unsigned)(s.p[n++] - '0');
	if (n > 0) {
		buf_add_char(out, (char)(unsigned char)octal);
		return n;
	}
	buf_add_char(out, '\\');
	buf_add_char(out, s.p[0]);
	return 1;
}

static int
read_string_line(struct pickle_reader *p, unsigned of)
{
	struct slice line;
	struct buf out;
	int r = pickle_take_line(p, &line);

	if (r < 0)
		return r;
	line = slice_rtrim(line);
	if (line.n < 2 || (line.p[0] != '\'' && line.p[0] != '"') ||
	    line.p[line.n - 1] != line.p[0])
		return pickle_bad(p, "the STRING opcode argument must be quoted");
	line = slice_of(line.p + 1, line.n - 2);
	buf_init(&out, line.n + 1);
	while (line.n > 0) {
		size_t n = 1;

		if (line.p[0] == '\\' && line.n > 1)
			n += unescape(slice_from(line, 1), &out);
		else
			buf_add_char(&out, line.p[0]);
		line = slice_from(line, n);
	}
	r = push_text(p, buf_slice(&out));
	buf_done(&out);
	return r;
}

const struct pickle_opcode pickle_texts[] = {
    {'V', read_unicode_line},
    {'X', read_binunicode, 4},
    {0x8c, read_binunicode, 1},
    {0x8d, read_binunicode, 8},
    {'S', read_string_line},
    {'T', read_binstring, 4},
    {'U', read_binstring, 1},
    {0, NULL},
};
