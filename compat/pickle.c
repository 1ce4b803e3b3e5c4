#include "compat/pickle.h"

#include "compat/pyerror.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>

/* ---- out ---- */

#define PROTOCOL 2	/* what nearly everything needs */
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

/* ---- in ---- */

enum slot_kind {
	SLOT_UNSET,	/* of the memo: nothing was put there */
	SLOT_MARK,
	SLOT_VALUE,
	SLOT_STR,	/* the class str, to be called */
	SLOT_SET,
	SLOT_ERROR,	/* a class of exceptions */
};

struct slot {
	enum slot_kind kind;
	enum value_error error;
	struct value *v;
};

/*
 * Values on the stack and in the memo form trees: what the memo gives back is a copy, paid for out
 * of the limits, so that no value can hold itself, or itself many times over.
 */
struct decoder {
	struct arena *a;
	struct slice in;
	size_t at;
	enum pickle_side side;
	struct slot *stack;
	size_t n, cap;
	struct slot *memo;
	size_t memo_n;
	size_t memo_used;	/* of them set; the index of the next MEMOIZE */
	size_t items_left;
	size_t bytes_left;
	bool stopped;
	struct diag *d;
};

#define NOWHERE ((struct place){.file = NULL})

static int
bad(struct decoder *p, const char *text)
{
	return diag_fail(p->d, -EBADMSG, NOWHERE, "%s", text);
}

static int
too_much(struct decoder *p, const char *what)
{
	return diag_fail(p->d, -E2BIG, NOWHERE, "pickle with too %s", what);
}

static int
take(struct decoder *p, size_t n, struct slice *out)
{
	if (n > p->in.n - p->at)
		return bad(p, "pickle data was truncated");
	*out = slice_of(p->in.p + p->at, n);
	p->at += n;
	return 0;
}

static int
take_number(struct decoder *p, size_t bytes, uint64_t *out)
{
	struct slice s;
	int r = take(p, bytes, &s);

	if (r < 0)
		return r;
	*out = 0;
	for (size_t i = bytes; i-- > 0;)
		*out = *out << 8 | (unsigned char)s.p[i];
	return 0;
}

static int
take_line(struct decoder *p, struct slice *out)
{
	ptrdiff_t end = slice_find_char(p->in, '\n', p->at);

	if (end < 0)
		return bad(p, "pickle data was truncated");
	*out = slice_of(p->in.p + p->at, (size_t)end - p->at);
	p->at = (size_t)end + 1;
	return 0;
}

static int
charge(struct decoder *p, size_t items, size_t bytes)
{
	if (items > p->items_left)
		return too_much(p, "many items");
	if (bytes > p->bytes_left)
		return too_much(p, "much text");
	p->items_left -= items;
	p->bytes_left -= bytes;
	return 0;
}

static int
push_slot(struct decoder *p, struct slot slot)
{
	int r = charge(p, 1, 0);

	if (r < 0)
		return r;
	if (p->n == p->cap) {
		p->cap = p->cap > 0 ? p->cap * 2 : 32;
		p->stack = mem_grow(p->stack, p->cap, sizeof(*p->stack));
	}
	p->stack[p->n++] = slot;
	return 0;
}

static int
push(struct decoder *p, struct value *v)
{
	return push_slot(p, (struct slot){.kind = SLOT_VALUE, .v = v});
}

static int
pop(struct decoder *p, struct value **out)
{
	if (p->n == 0 || p->stack[p->n - 1].kind != SLOT_VALUE)
		return bad(p, "unpickling stack underflow");
	*out = p->stack[--p->n].v;
	return 0;
}

static int
pop_text(struct decoder *p, struct slice *out)
{
	struct value *v;
	int r = pop(p, &v);

	if (r == 0 && v->kind != VALUE_TEXT)
		r = bad(p, "text expected");
	if (r == 0)
		*out = v->text;
	return r;
}

/* The value on top, which must be of this kind. */
static int
top(struct decoder *p, enum value_kind kind, struct value **out)
{
	if (p->n == 0 || p->stack[p->n - 1].kind != SLOT_VALUE ||
	    p->stack[p->n - 1].v->kind != kind)
		return bad(p, "unpickling stack underflow");
	*out = p->stack[p->n - 1].v;
	return 0;
}

/* Where the items above the last mark begin; all of them are values. */
static int
find_mark(struct decoder *p, size_t *out)
{
	size_t i = p->n;

	while (i > 0 && p->stack[i - 1].kind == SLOT_VALUE)
		i--;
	if (i == 0 || p->stack[i - 1].kind != SLOT_MARK)
		return bad(p, "could not find MARK");
	*out = i;
	return 0;
}

/* ---- in: numbers and words ---- */

static int
read_proto(struct decoder *p)
{
	uint64_t version;
	int r = take_number(p, 1, &version);

	if (r < 0)
		return r;
	if (version > 5)
		return diag_fail(p->d, -EBADMSG, NOWHERE, "unsupported pickle protocol: %u",
		    (unsigned)version);
	return 0;
}

static int
read_frame(struct decoder *p)
{
	uint64_t n;
	int r = take_number(p, 8, &n);

	if (r == 0 && n > p->in.n - p->at)
		r = bad(p, "pickle data was truncated");
	return r;
}

static int
read_stop(struct decoder *p)
{
	p->stopped = true;
	return 0;
}

static int
read_none(struct decoder *p)
{
	return push(p, value_nil(p->a));
}

static int
read_true(struct decoder *p)
{
	return push(p, value_bool(p->a, true));
}

static int
read_false(struct decoder *p)
{
	return push(p, value_bool(p->a, false));
}

static int
read_binint(struct decoder *p, size_t bytes)
{
	uint64_t number;
	int r = take_number(p, bytes, &number);

	if (r < 0)
		return r;
	if (bytes == 4)
		number = (uint64_t)(int64_t)(int32_t)(uint32_t)number;
	return push(p, value_int(p->a, (int64_t)number));
}

static int
read_binint4(struct decoder *p)
{
	return read_binint(p, 4);
}

static int
read_binint1(struct decoder *p)
{
	return read_binint(p, 1);
}

static int
read_binint2(struct decoder *p)
{
	return read_binint(p, 2);
}

/* Two's complement, little end first, of any length. */
static int
push_long(struct decoder *p, struct slice bytes)
{
	char sign = bytes.n > 0 && (unsigned char)bytes.p[bytes.n - 1] >= 0x80 ? (char)0xff : 0;
	uint64_t number = 0;

	while (bytes.n > 8 && bytes.p[bytes.n - 1] == sign)
		bytes.n--;
	if (bytes.n > 8 || (bytes.n == 8 && (bytes.p[7] & 0x80) != (sign & 0x80)))
		return too_much(p, "large a number");
	for (size_t i = 8; i-- > 0;)
		number = number << 8 | (unsigned char)(i < bytes.n ? bytes.p[i] : sign);
	return push(p, value_int(p->a, (int64_t)number));
}

static int
read_long_sized(struct decoder *p, size_t size_bytes)
{
	struct slice bytes;
	uint64_t n;
	int r = take_number(p, size_bytes, &n);

	if (r == 0)
		r = take(p, n, &bytes);
	return r == 0 ? push_long(p, bytes) : r;
}

static int
read_long1(struct decoder *p)
{
	return read_long_sized(p, 1);
}

static int
read_long4(struct decoder *p)
{
	return read_long_sized(p, 4);
}

static int
push_decimal(struct decoder *p, struct slice line)
{
	int64_t number;
	int r = slice_i64(slice_trim(line), INT64_MIN, INT64_MAX, &number);

	if (r == -ERANGE)
		return too_much(p, "large a number");
	if (r < 0)
		return bad(p, "invalid literal for int");
	return push(p, value_int(p->a, number));
}

static int
read_int_line(struct decoder *p)
{
	struct slice line;
	int r = take_line(p, &line);

	if (r < 0)
		return r;
	if (slice_eq(line, SLICE("01")))
		return read_true(p);
	if (slice_eq(line, SLICE("00")))
		return read_false(p);
	return push_decimal(p, line);
}

static int
read_long_line(struct decoder *p)
{
	struct slice line;
	int r = take_line(p, &line);

	if (r < 0)
		return r;
	if (slice_ends(line, SLICE("L")))
		line.n--;
	return push_decimal(p, line);
}

static int
read_binfloat(struct decoder *p)
{
	struct slice s;
	uint64_t bits = 0;
	double real;
	int r = take(p, 8, &s);

	if (r < 0)
		return r;
	for (size_t i = 0; i < 8; i++)
		bits = bits << 8 | (unsigned char)s.p[i];
	memcpy(&real, &bits, sizeof(real));
	return push(p, value_float(p->a, real));
}

static int
read_float_line(struct decoder *p)
{
	char text[64], *end;
	struct slice line;
	double real;
	int r = take_line(p, &line);

	if (r < 0)
		return r;
	if (line.n == 0 || line.n >= sizeof(text))
		return bad(p, "could not convert string to float");
	memcpy(text, line.p, line.n);
	text[line.n] = '\0';
	real = strtod(text, &end);
	if (end != text + line.n)
		return bad(p, "could not convert string to float");
	return push(p, value_float(p->a, real));
}

/* ---- in: text ---- */

static int
push_text(struct decoder *p, struct slice text)
{
	int r = charge(p, 0, text.n);

	return r < 0 ? r : push(p, value_text(p->a, text));
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
push_utf8(struct decoder *p, struct slice text)
{
	char *to;
	size_t n = 0;
	int r;

	if (slice_find_char(text, (char)0xed, 0) < 0)
		return push_text(p, text);
	r = charge(p, 0, text.n);
	if (r < 0)
		return r;
	to = arena_alloc(p->a, text.n + 1);
	while (text.n > 0) {
		int byte = escaped_byte(text);

		to[n++] = byte >= 0 ? (char)(unsigned char)byte : text.p[0];
		text = slice_from(text, byte >= 0 ? 3 : 1);
	}
	return push(p, value_text_lent(p->a, slice_of(to, n)));
}

static int
read_text_sized(struct decoder *p, size_t size_bytes, int (*add)(struct decoder *, struct slice))
{
	struct slice text;
	uint64_t n;
	int r = take_number(p, size_bytes, &n);

	if (r == 0)
		r = take(p, n, &text);
	return r == 0 ? add(p, text) : r;
}

static int
read_binunicode1(struct decoder *p)
{
	return read_text_sized(p, 1, push_utf8);
}

static int
read_binunicode4(struct decoder *p)
{
	return read_text_sized(p, 4, push_utf8);
}

static int
read_binunicode8(struct decoder *p)
{
	return read_text_sized(p, 8, push_utf8);
}

/* Strings of Python 2 have no encoding; their bytes are taken as they are. */
static int
read_binstring1(struct decoder *p)
{
	return read_text_sized(p, 1, push_text);
}

static int
read_binstring4(struct decoder *p)
{
	return read_text_sized(p, 4, push_text);
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
read_unicode_line(struct decoder *p)
{
	struct slice line;
	struct buf out;
	int r = take_line(p, &line);

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
			r = bad(p, "truncated \\uXXXX escape");
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
read_string_line(struct decoder *p)
{
	struct slice line;
	struct buf out;
	int r = take_line(p, &line);

	if (r < 0)
		return r;
	line = slice_rtrim(line);
	if (line.n < 2 || (line.p[0] != '\'' && line.p[0] != '"') ||
	    line.p[line.n - 1] != line.p[0])
		return bad(p, "the STRING opcode argument must be quoted");
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

/* ---- in: containers ---- */

static int
read_mark(struct decoder *p)
{
	return push_slot(p, (struct slot){.kind = SLOT_MARK});
}

static int
read_empty_list(struct decoder *p)
{
	return push(p, value_list(p->a));
}

static int
read_empty_tuple(struct decoder *p)
{
	return push(p, value_tuple(p->a));
}

static int
read_empty_map(struct decoder *p)
{
	return push(p, value_map(p->a));
}

static int
read_empty_set(struct decoder *p)
{
	return push(p, value_set(p->a));
}

/* A key is looked for among all that are there: a large map pays for the time this takes. */
static int
put(struct decoder *p, struct value *map, struct value *key, struct value *item)
{
	int r = charge(p, value_count(map) / 64, 0);

	if (r < 0)
		return r;
	if (key->kind > VALUE_TEXT)
		return bad(p, "unhashable type");
	value_put(p->a, map, key, item);
	return 0;
}

/* Moves the items from index on into v, which is a sequence or a map; cuts the stack to keep. */
static int
fill(struct decoder *p, struct value *v, size_t from, size_t keep)
{
	int r = 0;

	if (v->kind == VALUE_MAP && (p->n - from) % 2 != 0)
		return bad(p, "odd number of items for SETITEMS");
	for (size_t i = from; i < p->n && r == 0; i++) {
		if (v->kind == VALUE_MAP) {
			r = put(p, v, p->stack[i].v, p->stack[i + 1].v);
			i++;
		} else {
			value_add(p->a, v, p->stack[i].v);
		}
	}
	p->n = keep;
	return r;
}

/* A new container of all items above the mark. */
static int
build(struct decoder *p, struct value *v)
{
	size_t from;
	int r = find_mark(p, &from);

	if (r == 0)
		r = fill(p, v, from, from - 1);
	return r == 0 ? push(p, v) : r;
}

static int
read_list(struct decoder *p)
{
	return build(p, value_list(p->a));
}

static int
read_tuple(struct decoder *p)
{
	return build(p, value_tuple(p->a));
}

static int
read_map(struct decoder *p)
{
	return build(p, value_map(p->a));
}

/* The items above the mark go into the container below it. */
static int
extend(struct decoder *p, enum value_kind kind)
{
	size_t from;
	int r = find_mark(p, &from);

	if (r < 0)
		return r;
	if (from < 2 || p->stack[from - 2].kind != SLOT_VALUE ||
	    p->stack[from - 2].v->kind != kind)
		return bad(p, "items for something that takes none");
	return fill(p, p->stack[from - 2].v, from, from - 1);
}

static int
read_appends(struct decoder *p)
{
	return extend(p, VALUE_LIST);
}

static int
read_setitems(struct decoder *p)
{
	return extend(p, VALUE_MAP);
}

static int
read_additems(struct decoder *p)
{
	return extend(p, VALUE_SET);
}

static int
read_append(struct decoder *p)
{
	struct value *item, *list;
	int r = pop(p, &item);

	if (r == 0)
		r = top(p, VALUE_LIST, &list);
	if (r == 0)
		value_add(p->a, list, item);
	return r;
}

static int
read_setitem(struct decoder *p)
{
	struct value *key, *item, *map;
	int r = pop(p, &item);

	if (r == 0)
		r = pop(p, &key);
	if (r == 0)
		r = top(p, VALUE_MAP, &map);
	return r == 0 ? put(p, map, key, item) : r;
}

static int
read_short_tuple(struct decoder *p, size_t count)
{
	struct value *v = value_tuple(p->a);

	if (p->n < count)
		return bad(p, "unpickling stack underflow");
	for (size_t i = p->n - count; i < p->n; i++) {
		if (p->stack[i].kind != SLOT_VALUE)
			return bad(p, "unpickling stack underflow");
		value_add(p->a, v, p->stack[i].v);
	}
	p->n -= count;
	return push(p, v);
}

static int
read_tuple1(struct decoder *p)
{
	return read_short_tuple(p, 1);
}

static int
read_tuple2(struct decoder *p)
{
	return read_short_tuple(p, 2);
}

static int
read_tuple3(struct decoder *p)
{
	return read_short_tuple(p, 3);
}

/* ---- in: memo ---- */

static int
read_pop(struct decoder *p)
{
	if (p->n == 0)
		return bad(p, "unpickling stack underflow");
	p->n--;
	return 0;
}

static int
read_pop_mark(struct decoder *p)
{
	size_t from;
	int r = find_mark(p, &from);

	if (r == 0)
		p->n = from - 1;
	return r;
}

static struct value *clone(struct decoder *p, const struct value *v, unsigned depth, int *r);

static void
clone_items(struct decoder *p, struct value *out, const struct value *v, unsigned depth, int *r)
{
	out->seq.count = out->seq.cap = 0;
	out->seq.items = NULL;
	for (size_t i = 0; i < v->seq.count && *r == 0; i++)
		value_add(p->a, out, clone(p, v->seq.items[i], depth + 1, r));
}

/* A copy with texts shared, paid for as if all had been sent once more. */
static struct value *
clone(struct decoder *p, const struct value *v, unsigned depth, int *r)
{
	struct value *out = ARENA_NEW(p->a, struct value);

	*out = *v;
	if (depth > PICKLE_MAX_DEPTH)
		*r = too_much(p, "deep nesting");
	else
		*r = charge(p, 1, v->kind == VALUE_TEXT ? v->text.n : 0);
	if (*r < 0)
		return out;
	if (v->kind == VALUE_ERROR)
		out->error.args = clone(p, v->error.args, depth + 1, r);
	else if (v->kind >= VALUE_LIST)
		clone_items(p, out, v, depth, r);
	return out;
}

static int
push_clone(struct decoder *p, struct slot slot)
{
	int r = 0;

	if (slot.kind == SLOT_VALUE)
		slot.v = clone(p, slot.v, 0, &r);
	return r == 0 ? push_slot(p, slot) : r;
}

static int
read_dup(struct decoder *p)
{
	if (p->n == 0 || p->stack[p->n - 1].kind == SLOT_MARK)
		return bad(p, "unpickling stack underflow");
	return push_clone(p, p->stack[p->n - 1]);
}

/* Writers number the memo from 0 or 1 on, a byte or more for each: more is no honest pickle. */
static int
memo_put(struct decoder *p, uint64_t index)
{
	if (index > p->in.n)
		return too_much(p, "large a memo");
	if (p->n == 0 || p->stack[p->n - 1].kind == SLOT_MARK)
		return bad(p, "unpickling stack underflow");
	if (index >= p->memo_n) {
		size_t n = index * 2 + 16;

		p->memo = mem_grow(p->memo, n, sizeof(*p->memo));
		memset(p->memo + p->memo_n, 0, (n - p->memo_n) * sizeof(*p->memo));
		p->memo_n = n;
	}
	p->memo_used += p->memo[index].kind == SLOT_UNSET;
	p->memo[index] = p->stack[p->n - 1];
	return 0;
}

static int
read_memoize(struct decoder *p)
{
	return memo_put(p, p->memo_used);
}

static int
memo_get(struct decoder *p, uint64_t index)
{
	if (index >= p->memo_n || p->memo[index].kind == SLOT_UNSET)
		return diag_fail(p->d, -EBADMSG, NOWHERE, "Memo value not found at index %llu",
		    (unsigned long long)index);
	return push_clone(p, p->memo[index]);
}

static int
memo_number(
    struct decoder *p, size_t bytes, int (*use)(struct decoder *p, uint64_t index))
{
	uint64_t index;
	int r = take_number(p, bytes, &index);

	return r == 0 ? use(p, index) : r;
}

static int
memo_line(struct decoder *p, int (*use)(struct decoder *p, uint64_t index))
{
	struct slice line;
	uint64_t index;
	int r = take_line(p, &line);

	if (r == 0 && slice_u64(slice_trim(line), UINT32_MAX, &index) < 0)
		r = bad(p, "invalid memo index");
	return r == 0 ? use(p, index) : r;
}

static int
read_put_line(struct decoder *p)
{
	return memo_line(p, memo_put);
}

static int
read_get_line(struct decoder *p)
{
	return memo_line(p, memo_get);
}

static int
read_put1(struct decoder *p)
{
	return memo_number(p, 1, memo_put);
}

static int
read_put4(struct decoder *p)
{
	return memo_number(p, 4, memo_put);
}

static int
read_get1(struct decoder *p)
{
	return memo_number(p, 1, memo_get);
}

static int
read_get4(struct decoder *p)
{
	return memo_number(p, 4, memo_get);
}

/* ---- in: the few classes that replies hold ---- */

static int
refuse_class(struct decoder *p, struct slice module, struct slice name)
{
	struct buf shown;

	buf_init(&shown, 400);
	escape_format(&shown, slice_upto(module, 30));
	buf_add_char(&shown, '.');
	escape_format(&shown, slice_upto(name, 30));
	(void)diag_fail(p->d, -EPERM, NOWHERE, "'%s' is not data; only data is accepted",
	    buf_cstr(&shown));
	buf_done(&shown);
	return -EPERM;
}

static int
push_class(struct decoder *p, struct slice module, struct slice name)
{
	bool builtin = slice_eq(module, SLICE("builtins")) || slice_eq(module, SLICE("__builtin__"));
	struct slot slot = {.kind = SLOT_UNSET};

	if (builtin && (slice_eq(name, SLICE("str")) || slice_eq(name, SLICE("unicode"))))
		slot.kind = SLOT_STR;
	else if (builtin && slice_eq(name, SLICE("set")))
		slot.kind = SLOT_SET;
	else if (p->side == PICKLE_REPLY && pyerror_kind(module, name, &slot.error))
		slot.kind = SLOT_ERROR;
	else
		return refuse_class(p, module, name);
	return push_slot(p, slot);
}

static int
read_global(struct decoder *p)
{
	struct slice module, name;
	int r = take_line(p, &module);

	if (r == 0)
		r = take_line(p, &name);
	return r == 0 ? push_class(p, module, name) : r;
}

static int
read_stack_global(struct decoder *p)
{
	struct slice module, name;
	int r = pop_text(p, &name);

	if (r == 0)
		r = pop_text(p, &module);
	return r == 0 ? push_class(p, module, name) : r;
}

static int
call_error(struct decoder *p, enum value_error kind, struct value *args)
{
	struct value *v = ARENA_NEW(p->a, struct value);

	v->kind = VALUE_ERROR;
	v->error.kind = kind;
	v->error.args = args;
	return push(p, v);
}

static int
call_set(struct decoder *p, const struct value *items)
{
	struct value *set = value_set(p->a);

	for (size_t i = 0; i < items->seq.count; i++)
		value_add(p->a, set, items->seq.items[i]);
	return push(p, set);
}

static int
read_reduce(struct decoder *p)
{
	struct value *args, *arg;
	struct slot class;
	int r = pop(p, &args);

	if (r < 0)
		return r;
	if (p->n == 0 || args->kind != VALUE_TUPLE)
		return bad(p, "unpickling stack underflow");
	class = p->stack[--p->n];
	arg = value_at(args, 0);
	if (class.kind == SLOT_ERROR)
		return call_error(p, class.error, args);
	if (class.kind == SLOT_STR && arg != NULL && arg->kind == VALUE_TEXT)
		return push(p, arg);
	if (class.kind == SLOT_SET && arg != NULL && arg->kind >= VALUE_LIST &&
	    arg->kind <= VALUE_SET)
		return call_set(p, arg);
	return bad(p, "a call of something that cannot be called");
}

/* Attributes of an exception say nothing that its arguments do not. */
static int
read_build(struct decoder *p)
{
	struct value *state, *v;
	int r = pop(p, &state);

	return r == 0 ? top(p, VALUE_ERROR, &v) : r;
}

static int
refuse_object(struct decoder *p)
{
	return diag_fail(p->d, -EPERM, NOWHERE, "an object of a class; only data is accepted");
}

/* Rows by opcode, with the names of pickletools. */
static int (*const readers[256])(struct decoder *p) = {
    [0x80] = read_proto,
    [0x95] = read_frame,
    ['.'] = read_stop,
    ['N'] = read_none,
    [0x88] = read_true,
    [0x89] = read_false,
    ['I'] = read_int_line,
    ['L'] = read_long_line,
    ['J'] = read_binint4,
    ['K'] = read_binint1,
    ['M'] = read_binint2,
    [0x8a] = read_long1,
    [0x8b] = read_long4,
    ['F'] = read_float_line,
    ['G'] = read_binfloat,
    ['V'] = read_unicode_line,
    ['X'] = read_binunicode4,
    [0x8c] = read_binunicode1,
    [0x8d] = read_binunicode8,
    ['S'] = read_string_line,
    ['T'] = read_binstring4,
    ['U'] = read_binstring1,
    ['('] = read_mark,
    [']'] = read_empty_list,
    [')'] = read_empty_tuple,
    ['}'] = read_empty_map,
    [0x8f] = read_empty_set,
    ['l'] = read_list,
    ['t'] = read_tuple,
    ['d'] = read_map,
    ['a'] = read_append,
    ['e'] = read_appends,
    ['s'] = read_setitem,
    ['u'] = read_setitems,
    [0x90] = read_additems,
    [0x85] = read_tuple1,
    [0x86] = read_tuple2,
    [0x87] = read_tuple3,
    ['0'] = read_pop,
    ['1'] = read_pop_mark,
    ['2'] = read_dup,
    ['p'] = read_put_line,
    ['q'] = read_put1,
    ['r'] = read_put4,
    ['g'] = read_get_line,
    ['h'] = read_get1,
    ['j'] = read_get4,
    [0x94] = read_memoize,
    ['c'] = read_global,
    [0x93] = read_stack_global,
    ['R'] = read_reduce,
    ['b'] = read_build,
    ['i'] = refuse_object,
    ['o'] = refuse_object,
    ['P'] = refuse_object,
    ['Q'] = refuse_object,
    [0x81] = refuse_object,
    [0x92] = refuse_object,
    [0x82] = refuse_object,
    [0x83] = refuse_object,
    [0x84] = refuse_object,
};

static int
read_opcode(struct decoder *p)
{
	unsigned char code;

	if (p->at == p->in.n)
		return bad(p, p->at == 0 ? "Ran out of input" : "pickle data was truncated");
	code = (unsigned char)p->in.p[p->at++];
	if (readers[code] != NULL)
		return readers[code](p);
	if (code > ' ' && code < 0x7f)
		return diag_fail(p->d, -EBADMSG, NOWHERE, "invalid load key, '%c'.", code);
	return diag_fail(p->d, -EBADMSG, NOWHERE, "invalid load key, '\\x%02x'.", code);
}

static bool
too_deep(const struct value *v, unsigned depth)
{
	if (depth > PICKLE_MAX_DEPTH)
		return true;
	if (v->kind == VALUE_ERROR)
		return too_deep(v->error.args, depth + 1);
	if (v->kind < VALUE_LIST)
		return false;
	for (size_t i = 0; i < v->seq.count; i++) {
		if (too_deep(v->seq.items[i], depth + 1))
			return true;
	}
	return false;
}

static int
decode(struct decoder *p, struct value **out)
{
	struct value *v;
	int r = 0;

	while (r == 0 && !p->stopped)
		r = read_opcode(p);
	if (r == 0)
		r = pop(p, &v);
	if (r == 0 && too_deep(v, 0))
		r = too_much(p, "deep nesting");
	if (r == 0)
		*out = v;
	return r;
}

ptrdiff_t
pickle_decode(struct arena *a, struct slice in, enum pickle_side side, struct value **out,
    struct diag *d)
{
	struct decoder p = {
	    .a = a,
	    .in = in,
	    .side = side,
	    .items_left = PICKLE_MAX_ITEMS,
	    .bytes_left = PICKLE_MAX_TEXT,
	    .d = d,
	};
	int r = decode(&p, out);

	mem_free(p.stack);
	mem_free(p.memo);
	return r < 0 ? r : (ptrdiff_t)p.at;
}
