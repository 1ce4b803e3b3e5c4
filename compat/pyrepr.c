#include "compat/pyrepr.h"

#include "compat/pyerror.h"
#include "compat/pyrepr_table.h"
#include "util/escape.h"

#include <stdio.h>
#include <stdlib.h>

#define DOUBLE_DIGITS 17	/* so many give back any double */

static bool
printable(uint32_t code)
{
	size_t low = 0, high = sizeof(unprintable) / sizeof(unprintable[0]);

	if (code < 0x7f)
		return code >= ' ';
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > unprintable[middle].last)
			low = middle + 1;
		else if (code < unprintable[middle].first)
			high = middle;
		else
			return false;
	}
	return true;
}

static void
add_escaped(struct buf *out, uint32_t code)
{
	if (code == '\n')
		buf_add_cstr(out, "\\n");
	else if (code == '\r')
		buf_add_cstr(out, "\\r");
	else if (code == '\t')
		buf_add_cstr(out, "\\t");
	else if (code < 0x100)
		buf_printf(out, "\\x%02x", code);
	else if (code < 0x10000)
		buf_printf(out, "\\u%04x", code);
	else
		buf_printf(out, "\\U%08x", code);
}

/*
 * Bytes at the start of s that stand for themselves between these quotes. Eight at once: the sums
 * set the highest bit of a byte that is one of those looked for, and perhaps of one behind it.
 */
static size_t
plain(struct slice s, char quote)
{
	static const bool special[256] = {
	    [0x00 ... 0x1f] = true, ['\\'] = true, [0x7f ... 0xff] = true};
	const uint64_t ones = UINT64_MAX / 0xff;
	uint64_t word, odd;
	size_t n = 0;

	for (; n + sizeof(word) <= s.n; n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		odd = word | (word + ones) | (word - ones * 0x20) |
		      ((word ^ (ones * '\\')) - ones) |
		      ((word ^ (ones * (unsigned char)quote)) - ones);
		if ((odd & (ones * 0x80)) != 0)
			break;
	}
	while (n < s.n && !special[(unsigned char)s.p[n]] && s.p[n] != quote)
		n++;
	return n;
}

/* Most texts are nothing but plain; false if this one is not. */
static bool
add_plain(struct buf *out, struct slice text)
{
	char *to;

	if (plain(text, '\'') < text.n)
		return false;
	to = buf_room(out, text.n + 2);
	if (to == NULL)
		return true;
	to[0] = to[text.n + 1] = '\'';
	if (text.n > 0)
		memcpy(to + 1, text.p, text.n);
	buf_wrote(out, text.n + 2);
	return true;
}

void
pyrepr_text(struct buf *out, struct slice text)
{
	bool both;
	char quote;

	if (add_plain(out, text))
		return;
	both = slice_find_char(text, '"', 0) >= 0;
	quote = slice_find_char(text, '\'', 0) >= 0 && !both ? '"' : '\'';
	buf_add_char(out, quote);
	for (;;) {
		size_t n = plain(text, quote);
		uint32_t code;

		buf_add(out, slice_upto(text, n));
		text = slice_from(text, n);
		if (text.n == 0)
			break;
		/* The usual ones first. */
		if (text.p[0] == '\\' || text.p[0] == '\n' || text.p[0] == quote) {
			const char pair[2] = {'\\', text.p[0] == '\n' ? 'n' : text.p[0]};

			buf_add(out, slice_of(pair, 2));
			text = slice_from(text, 1);
			continue;
		}
		n = utf8_next(text, &code);
		if (n == 0) {	/* what Python makes of a byte that is not UTF-8 */
			n = 1;
			buf_printf(out, "\\udc%02x", (unsigned)(unsigned char)text.p[0]);
		} else if (printable(code)) {
			buf_add(out, slice_upto(text, n));
		} else {
			add_escaped(out, code);
		}
		text = slice_from(text, n);
	}
	buf_add_char(out, quote);
}

void
pyrepr_bytes(struct buf *out, struct slice bytes)
{
	bool both = slice_find_char(bytes, '"', 0) >= 0;
	char quote = slice_find_char(bytes, '\'', 0) >= 0 && !both ? '"' : '\'';

	buf_add_char(out, 'b');
	buf_add_char(out, quote);
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (c == (unsigned char)quote || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c >= ' ' && c < 0x7f)
			buf_add_char(out, (char)c);
		else
			add_escaped(out, c);
	}
	buf_add_char(out, quote);
}

/*
 * Writes real as "d.ddde±xx" with the fewest digits that read back as the same number; returns the
 * exponent and leaves only the digits, without a dot, in out.
 */
static int
shortest_digits(double real, char out[32])
{
	int digits, exponent = 0;
	char *p, *e;

	for (digits = 1; digits < DOUBLE_DIGITS; digits++) {
		(void)snprintf(out, 32, "%.*e", digits - 1, real);
		if (strtod(out, NULL) == real)
			break;
	}
	(void)snprintf(out, 32, "%.*e", digits - 1, real);
	e = strchr(out, 'e');
	for (p = e + 2; *p != '\0'; p++)
		exponent = exponent * 10 + (*p - '0');
	if (e[1] == '-')
		exponent = -exponent;
	*e = '\0';
	if (digits > 1)
		memmove(out + 1, out + 2, (size_t)digits);
	return exponent;
}

static void
add_zeros(struct buf *out, int count)
{
	for (int i = 0; i < count; i++)
		buf_add_char(out, '0');
}

/* Python writes an exponent below 1e-4 and from 1e16 on. */
static void
add_positive(struct buf *out, double real)
{
	char digits[32];
	int exponent = shortest_digits(real, digits);
	int n = (int)strlen(digits);

	if (exponent < -4 || exponent >= 16) {
		buf_add_char(out, digits[0]);
		if (n > 1)
			buf_printf(out, ".%s", digits + 1);
		buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+',
		    exponent < 0 ? -exponent : exponent);
	} else if (exponent < 0) {
		buf_add_cstr(out, "0.");
		add_zeros(out, -exponent - 1);
		buf_add_cstr(out, digits);
	} else if (n <= exponent + 1) {
		buf_add_cstr(out, digits);
		add_zeros(out, exponent + 1 - n);
		buf_add_cstr(out, ".0");
	} else {
		buf_add(out, slice_of(digits, (size_t)exponent + 1));
		buf_printf(out, ".%s", digits + exponent + 1);
	}
}

void
pyrepr_float(struct buf *out, double real)
{
	if (__builtin_isnan(real)) {
		buf_add_cstr(out, "nan");
		return;
	}
	if (__builtin_signbit(real)) {
		buf_add_char(out, '-');
		real = -real;
	}
	if (__builtin_isinf(real))
		buf_add_cstr(out, "inf");
	else if (real == 0)
		buf_add_cstr(out, "0.0");
	else
		add_positive(out, real);
}

/* The first count items of a sequence or map. */
static void
add_items(struct buf *out, const struct value *v, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add(
			    out, v->kind == VALUE_MAP && i % 2 == 1 ? SLICE(": ") : SLICE(", "));
		pyrepr_format(out, v->seq.items[i]);
	}
}

static void
add_all(struct buf *out, const struct value *v, const char *around)
{
	buf_add_char(out, around[0]);
	add_items(out, v, v->seq.count);
	if (v->kind == VALUE_TUPLE && v->seq.count == 1)
		buf_add_char(out, ',');
	buf_add_char(out, around[1]);
}

/* An exception prints its arguments; those of the operating system keep their path to str(). */
static void
add_error(struct buf *out, const struct value *v)
{
	const struct pyerror *class = pyerror_class(v->error.kind);
	size_t count = value_count(v->error.args);

	buf_printf(out, "%s(", class->name);
	add_items(out, v->error.args, class->is_os && count > 2 ? 2 : count);
	buf_add_char(out, ')');
}

void
pyrepr_format(struct buf *out, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NIL:
		buf_add_cstr(out, "None");
		break;
	case VALUE_BOOL:
		buf_add_cstr(out, v->truth ? "True" : "False");
		break;
	case VALUE_INT:
		buf_printf(out, "%lld", (long long)v->number);
		break;
	case VALUE_FLOAT:
		pyrepr_float(out, v->real);
		break;
	case VALUE_TEXT:
		pyrepr_text(out, v->text);
		break;
	case VALUE_LIST:
		add_all(out, v, "[]");
		break;
	case VALUE_TUPLE:
		add_all(out, v, "()");
		break;
	case VALUE_SET:
		if (v->seq.count == 0)
			buf_add_cstr(out, "set()");
		else
			add_all(out, v, "{}");
		break;
	case VALUE_MAP:
		add_all(out, v, "{}");
		break;
	case VALUE_ERROR:
		add_error(out, v);
		break;
	}
}

static void
str_os_error(struct buf *out, const struct value *args)
{
	buf_add_cstr(out, "[Errno ");
	pyrepr_str(out, value_at(args, 0));
	buf_add_cstr(out, "] ");
	pyrepr_str(out, value_at(args, 1));
	if (value_count(args) > 2) {
		buf_add_cstr(out, ": ");
		pyrepr_format(out, value_at(args, 2));
	}
}

static void
str_error(struct buf *out, const struct value *v)
{
	const struct pyerror *class = pyerror_class(v->error.kind);
	const struct value *args = v->error.args;
	size_t count = value_count(args);

	if (class->is_os && count >= 2)
		str_os_error(out, args);
	else if (count == 1 && class->is_key)
		pyrepr_format(out, value_at(args, 0));
	else if (count == 1)
		pyrepr_str(out, value_at(args, 0));
	else if (count > 1)
		pyrepr_format(out, args);
}

void
pyrepr_str(struct buf *out, const struct value *v)
{
	if (v->kind == VALUE_TEXT)
		buf_add(out, v->text);
	else if (v->kind == VALUE_ERROR)
		str_error(out, v);
	else
		pyrepr_format(out, v);
}
