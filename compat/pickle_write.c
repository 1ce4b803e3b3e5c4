#include "compat/pickle.h"

#include "compat/pyerror.h"
#include "util/escape.h"

#define PROTOCOL 2 /* what nearly everything needs */
#define PROTOCOL_SETS 4

/* A byte that is not UTF-8 travels as the surrogate that Python's surrogateescape gives it. */
static void
add_escape_surrogate(struct buf *out, unsigned char byte)
{
	buf_add_char(out, (char)0xed);
	buf_add_char(out, (char)(0xb0 | (byte >> 6)));
	buf_add_char(out, (char)(0x80 | (byte & 0x3f)));
}

static void
add_utf8(struct buf *out, struct slice text)
{
	while (text.n > 0) {
		uint32_t code;
		size_t n = utf8_next(text, &code);

		if (n > 0) {
			buf_add(out, slice_upto(text, n));
		} else {
			n = 1;
			add_escape_surrogate(out, (unsigned char)text.p[0]);
		}
		text = slice_from(text, n);
	}
}

static void
add_little_endian(struct buf *out, uint64_t number, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_add_char(out, (char)(unsigned char)(number >> (8 * i)));
}

/*
 * Messages end at the first "<F2B_END_COMMAND>", also inside a text. A text that could hold it is
 * written in the form of protocol 0, which has escapes.
 */
static void
encode_guarded_text(struct buf *out, struct slice text)
{
	buf_add_char(out, 'V');
	while (text.n > 0) {
		uint32_t code;
		size_t n = utf8_next(text, &code);

		if (n == 0) {
			n = 1;
			code = 0xdc00u | (unsigned char)text.p[0];
		}
		if (code > 0xffff)
			buf_printf(out, "\\U%08x", code);
		else if (code < ' ' || code > '~' || code == '\\' || code == '<')
			buf_printf(out, "\\u%04x", code);
		else
			buf_add_char(out, (char)code);
		text = slice_from(text, n);
	}
	buf_add_char(out, '\n');
}

static void
encode_text(struct buf *out, struct slice text)
{
	size_t length_at;
	uint64_t n;

	if (slice_find(text, SLICE("<F2B_"), 0) >= 0) {
		encode_guarded_text(out, text);
		return;
	}
	buf_add_char(out, 'X');
	length_at = out->n;
	add_little_endian(out, 0, 4);
	add_utf8(out, text);
	if (buf_refused(out))
		return;
	n = out->n - length_at - 4;
	for (size_t i = 0; i < 4; i++)
		out->p[length_at + i] = (char)(unsigned char)(n >> (8 * i));
}

static void
encode_int(struct buf *out, int64_t number)
{
	if (number >= 0 && number <= 0xff) {
		buf_add_char(out, 'K');
		add_little_endian(out, (uint64_t)number, 1);
	} else if (number >= 0 && number <= 0xffff) {
		buf_add_char(out, 'M');
		add_little_endian(out, (uint64_t)number, 2);
	} else if (number >= INT32_MIN && number <= INT32_MAX) {
		buf_add_char(out, 'J');
		add_little_endian(out, (uint64_t)number, 4);
	} else {
		buf_add(out, SLICE("\x8a\x08"));
		add_little_endian(out, (uint64_t)number, 8);
	}
}

static void
encode_float(struct buf *out, double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	buf_add_char(out, 'G');
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_char(out, (char)(unsigned char)(bits >> shift));
}

static void encode_value(struct buf *out, size_t start, const struct value *v);

static void
encode_items(struct buf *out, size_t start, const struct value *v)
{
	for (size_t i = 0; i < v->seq.count; i++)
		encode_value(out, start, v->seq.items[i]);
}

static void
encode_tuple(struct buf *out, size_t start, const struct value *v)
{
	static const char ends[] = {')', (char)0x85, (char)0x86, (char)0x87};
	size_t n = v->seq.count;

	if (n > 3)
		buf_add_char(out, '(');
	encode_items(out, start, v);
	buf_add_char(out, n > 3 ? 't' : ends[n]);
}

/* An empty container, then all items between a mark and the opcode that takes them in. */
static void
encode_filled(struct buf *out, size_t start, const struct value *v, char empty, char fill)
{
	buf_add_char(out, empty);
	if (v->seq.count == 0)
		return;
	buf_add_char(out, '(');
	encode_items(out, start, v);
	buf_add_char(out, fill);
}

static void
encode_set(struct buf *out, size_t start, const struct value *v)
{
	encode_filled(out, start, v, (char)0x8f, (char)0x90);
	if (!buf_refused(out))
		out->p[start + 1] = PROTOCOL_SETS;
}

static void
encode_error(struct buf *out, size_t start, const struct value *v)
{
	const struct pyerror *class = pyerror_class(v->error.kind);

	buf_printf(out, "c%s\n%s\n", class->module, class->name);
	encode_tuple(out, start, v->error.args);
	buf_add_char(out, 'R');
}

static void
encode_value(struct buf *out, size_t start, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NIL:
		buf_add_char(out, 'N');
		break;
	case VALUE_BOOL:
		buf_add_char(out, (char)(v->truth ? 0x88 : 0x89));
		break;
	case VALUE_INT:
		encode_int(out, v->number);
		break;
	case VALUE_FLOAT:
		encode_float(out, v->real);
		break;
	case VALUE_TEXT:
		encode_text(out, v->text);
		break;
	case VALUE_LIST:
		encode_filled(out, start, v, ']', 'e');
		break;
	case VALUE_TUPLE:
		encode_tuple(out, start, v);
		break;
	case VALUE_SET:
		encode_set(out, start, v);
		break;
	case VALUE_MAP:
		encode_filled(out, start, v, '}', 'u');
		break;
	case VALUE_ERROR:
		encode_error(out, start, v);
		break;
	}
}

void
pickle_encode(struct buf *out, const struct value *v)
{
	size_t start = out->n;

	buf_add_char(out, (char)0x80);
	buf_add_char(out, PROTOCOL);
	encode_value(out, start, v);
	buf_add_char(out, '.');
}
