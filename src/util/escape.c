#include "util/escape.h"

size_t
utf8_next(struct slice s, uint32_t *code)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t c;
	size_t n;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	n = p[0] >= 0xf8 ? 0 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
	if (n == 0 || s.n < n)
		return 0;
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code = c;
	return n;
}

size_t
utf8_count(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += utf8_begins(s.p[i]);
	return n;
}

/* Sixteen bytes, which nearly every processor looks at together. */
typedef uint64_t bytes16 __attribute__((vector_size(16)));

static bool
ascii_64(const char *p)
{
	bytes16 b[4], all;

	memcpy(b, p, sizeof(b));
	all = b[0] | b[1] | b[2] | b[3];
	return ((all[0] | all[1]) & 0x8080808080808080u) == 0;
}

size_t
utf8_ascii(struct slice s)
{
	uint64_t word;
	size_t n = 0;

	while (n + 64 <= s.n && ascii_64(s.p + n))
		n += 64;
	for (; n + sizeof(word) <= s.n; n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if ((word & 0x8080808080808080u) != 0)
			break;
	}
	while (n < s.n && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

void
utf8_add(struct buf *out, uint32_t code)
{
	char s[4];
	size_t n = 0;

	if (code < 0x80) {
		s[n++] = (char)code;
	} else if (code < 0x800) {
		s[n++] = (char)(0xc0 | code >> 6);
		s[n++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		s[n++] = (char)(0xe0 | code >> 12);
		s[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		s[n++] = (char)(0x80 | (code & 0x3f));
	} else {
		s[n++] = (char)(0xf0 | code >> 18);
		s[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		s[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		s[n++] = (char)(0x80 | (code & 0x3f));
	}
	buf_add(out, slice_of(s, n));
}

bool
utf8_repair(struct buf *out, struct slice s)
{
	bool repaired = false;
	uint32_t code;
	size_t n;

	for (; s.n > 0; s = slice_from(s, n)) {
		n = utf8_next(s, &code);
		if (n > 0) {
			buf_add(out, slice_upto(s, n));
			continue;
		}
		utf8_add(out, 0xfffd);
		repaired = true;
		n = 1;
	}
	return repaired;
}

bool
escape_needed(uint32_t code)
{
	if (code < 0x80)
		return (code < 0x20 && code != '\t') || code == 0x7f;
	return code <= 0x9f || code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool
escape_clean(struct slice s)
{
	uint32_t code;
	size_t n;

	for (; s.n > 0; s = slice_from(s, n)) {
		n = utf8_next(s, &code);
		if (n == 0 || (escape_needed(code) && code != '\n'))
			return false;
	}
	return true;
}

/* How many bytes at the start of s are plain ASCII, to be shown as they are. */
static size_t
plain(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x7f)
		n++;
	return n;
}

void
escape_format(struct buf *out, struct slice s)
{
	size_t clean = plain(s);

	buf_add(out, slice_upto(s, clean));
	s = slice_from(s, clean);
	while (s.n > 0) {
		uint32_t code = 0;
		size_t n = utf8_next(s, &code);

		if (n > 0 && !escape_needed(code)) {
			buf_add(out, slice_upto(s, n));
		} else {
			n = n > 0 ? n : 1;
			for (size_t i = 0; i < n; i++)
				buf_printf(out, "\\x%02x", (unsigned char)s.p[i]);
		}
		s = slice_from(s, n);
	}
}

const char *
escape_text(struct slice s, char *out, size_t size)
{
	struct buf b;

	buf_fixed(&b, out, size);
	escape_format(&b, s);
	return out;
}

void
escape_lines(struct buf *out, struct slice s)
{
	struct slice line;

	while (slice_next(&s, '\n', &line)) {
		escape_format(out, line);
		if (s.p > line.p + line.n)
			buf_add_char(out, '\n');
	}
}
