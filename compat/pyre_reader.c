#include "compat/pyre_reader.h"

#include "compat/pyrepr.h"
#include "util/escape.h"

#include <errno.h>

/* Adds " at position 4", for a pattern of several lines also " (line 2, column 1)". */
static void
add_position(struct buf *text, struct slice in, size_t at)
{
	struct slice before = slice_upto(in, at), line = before;
	size_t lines = 1;
	ptrdiff_t nl;

	buf_printf(text, " at position %zu", utf8_count(before));
	if (slice_find_char(in, '\n', 0) < 0)
		return;
	while ((nl = slice_find_char(line, '\n', 0)) >= 0) {
		line = slice_from(line, (size_t)nl + 1);
		lines++;
	}
	buf_printf(text, " (line %zu, column %zu)", lines, utf8_count(line) + 1);
}

void
pyre_fail(struct pyre_parser *p, size_t at, struct slice message)
{
	struct buf text;

	if (p->error != 0)
		return;
	buf_init(&text, 1800);
	buf_add(&text, message);
	if (at != SIZE_MAX)
		add_position(&text, p->in, at);
	p->error = diag_fail(p->d, -EINVAL, (struct place){0}, "%s", buf_cstr(&text));
	*p->error_at = at;
	buf_done(&text);
}

__attribute__((format(printf, 4, 0))) void
pyre_fail_piece(struct pyre_parser *p, size_t at, struct slice piece, const char *format)
{
	char shown[1001];

	if (p->error != 0)
		return;
	(void)escape_text(slice_upto(piece, 250), shown, sizeof(shown));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	pyre_fail(p, at, arena_printf(p->arena, format, shown));
#pragma GCC diagnostic pop
}

void
pyre_fail_name(struct pyre_parser *p, size_t at, struct slice name)
{
	struct buf shown;

	buf_init(&shown, 1500);
	buf_add_cstr(&shown, "bad character in group name ");
	pyrepr_text(&shown, slice_upto(name, 250));
	pyre_fail(p, at, buf_slice(&shown));
	buf_done(&shown);
}

int32_t
pyre_peek(const struct pyre_parser *p)
{
	uint32_t code;

	if (p->error != 0 || p->at >= p->in.n)
		return -1;
	if ((unsigned char)p->in.p[p->at] < 0x80)
		return p->in.p[p->at];
	return utf8_next(slice_from(p->in, p->at), &code) > 0 ? (int32_t)code : 0xfffd;
}

void
pyre_check_end(struct pyre_parser *p)
{
	if (p->in.n - p->at == 1 && p->in.p[p->at] == '\\')
		PYRE_FAIL(p, p->at, "bad escape (end of pattern)");
}

int32_t
pyre_next(struct pyre_parser *p)
{
	int32_t c = pyre_peek(p);
	uint32_t code;
	size_t n;

	if (c < 0)
		return c;
	n = utf8_next(slice_from(p->in, p->at), &code);
	p->at += n > 0 ? n : 1;
	return c;
}

int32_t
pyre_take(struct pyre_parser *p)
{
	int32_t c = pyre_next(p);

	if (c == '\\')
		(void)pyre_next(p);
	if (p->error == 0)
		pyre_check_end(p);
	return c;
}

bool
pyre_match(struct pyre_parser *p, char c)
{
	if (pyre_peek(p) != c)
		return false;
	(void)pyre_take(p);
	return true;
}

struct slice
pyre_piece_from(const struct pyre_parser *p, size_t start)
{
	return slice_of(p->in.p + start, p->at - start);
}

bool
pyre_digit(int32_t c)
{
	return c >= '0' && c <= '9';
}

bool
pyre_octal(int32_t c)
{
	return c >= '0' && c <= '7';
}

bool
pyre_letter(int32_t c)
{
	return c >= 0 && c < 128 && char_alpha((char)c);
}

struct slice
pyre_read_until(struct pyre_parser *p, char terminator, const char *what)
{
	size_t start = p->at;
	struct slice name;

	for (;;) {
		size_t here = p->at;
		int32_t c = pyre_take(p);

		if (p->error != 0)
			return SLICE_EMPTY;
		if (c < 0 && here == start) {
			pyre_fail(p, p->at, arena_printf(p->arena, "missing %s", what));
			return SLICE_EMPTY;
		}
		if (c < 0) {
			pyre_fail(p, start,
			    arena_printf(p->arena, "missing %c, unterminated name", terminator));
			return SLICE_EMPTY;
		}
		if (c == terminator) {
			name = slice_of(p->in.p + start, here - start);
			break;
		}
	}
	if (name.n == 0)
		pyre_fail(p, start, arena_printf(p->arena, "missing %s", what));
	return name;
}
