#include "compat/pickle_read.h"

#include <errno.h>
#include <stdlib.h>

/* Opcodes that hold no text and no other values: the frame, truths and numbers. */

static int
read_proto(struct pickle_reader *p, unsigned of)
{
	uint64_t version;
	int r = pickle_take_number(p, 1, &version);

	if (r < 0)
		return r;
	if (version > 5)
		return diag_fail(p->d, -EBADMSG, PICKLE_NOWHERE, "unsupported pickle protocol: %u",
		    (unsigned)version);
	return 0;
}

static int
read_frame(struct pickle_reader *p, unsigned of)
{
	uint64_t n;
	int r = pickle_take_number(p, 8, &n);

	if (r == 0 && n > p->in.n - p->at)
		r = pickle_bad(p, "pickle data was truncated");
	return r;
}

static int
read_stop(struct pickle_reader *p, unsigned of)
{
	p->stopped = true;
	return 0;
}

static int
read_none(struct pickle_reader *p, unsigned of)
{
	return pickle_push(p, value_nil(p->a));
}

static int
read_truth(struct pickle_reader *p, unsigned truth)
{
	return pickle_push(p, value_bool(p->a, truth));
}

static int
read_binint(struct pickle_reader *p, unsigned bytes)
{
	uint64_t number;
	int r = pickle_take_number(p, bytes, &number);

	if (r < 0)
		return r;
	if (bytes == 4)
		number = (uint64_t)(int64_t)(int32_t)(uint32_t)number;
	return pickle_push(p, value_int(p->a, (int64_t)number));
}

/* Two's complement, little end first, of any length. */
static int
push_long(struct pickle_reader *p, struct slice bytes)
{
	char sign = bytes.n > 0 && (unsigned char)bytes.p[bytes.n - 1] >= 0x80 ? (char)0xff : 0;
	uint64_t number = 0;

	while (bytes.n > 8 && bytes.p[bytes.n - 1] == sign)
		bytes.n--;
	if (bytes.n > 8 || (bytes.n == 8 && (bytes.p[7] & 0x80) != (sign & 0x80)))
		return pickle_too_much(p, "large a number");
	for (size_t i = 8; i-- > 0;)
		number = number << 8 | (unsigned char)(i < bytes.n ? bytes.p[i] : sign);
	return pickle_push(p, value_int(p->a, (int64_t)number));
}

static int
read_long(struct pickle_reader *p, unsigned size_bytes)
{
	struct slice bytes;
	int r = pickle_take_sized(p, size_bytes, &bytes);

	return r == 0 ? push_long(p, bytes) : r;
}

static int
push_decimal(struct pickle_reader *p, struct slice line)
{
	int64_t number;
	int r = slice_i64(slice_trim(line), INT64_MIN, INT64_MAX, &number);

	if (r == -ERANGE)
		return pickle_too_much(p, "large a number");
	if (r < 0)
		return pickle_bad(p, "invalid literal for int");
	return pickle_push(p, value_int(p->a, number));
}

static int
read_int_line(struct pickle_reader *p, unsigned of)
{
	struct slice line;
	int r = pickle_take_line(p, &line);

	if (r < 0)
		return r;
	if (slice_eq(line, SLICE("01")))
		return read_truth(p, true);
	if (slice_eq(line, SLICE("00")))
		return read_truth(p, false);
	return push_decimal(p, line);
}

static int
read_long_line(struct pickle_reader *p, unsigned of)
{
	struct slice line;
	int r = pickle_take_line(p, &line);

	if (r < 0)
		return r;
	if (slice_ends(line, SLICE("L")))
		line.n--;
	return push_decimal(p, line);
}

static int
read_binfloat(struct pickle_reader *p, unsigned of)
{
	struct slice s;
	uint64_t bits = 0;
	double real;
	int r = pickle_take(p, 8, &s);

	if (r < 0)
		return r;
	for (size_t i = 0; i < 8; i++)
		bits = bits << 8 | (unsigned char)s.p[i];
	memcpy(&real, &bits, sizeof(real));
	return pickle_push(p, value_float(p->a, real));
}

static int
read_float_line(struct pickle_reader *p, unsigned of)
{
	char text[64], *end;
	struct slice line;
	double real;
	int r = pickle_take_line(p, &line);

	if (r < 0)
		return r;
	if (line.n == 0 || line.n >= sizeof(text))
		return pickle_bad(p, "could not convert string to float");
	memcpy(text, line.p, line.n);
	text[line.n] = '\0';
	real = strtod(text, &end);
	if (end != text + line.n)
		return pickle_bad(p, "could not convert string to float");
	return pickle_push(p, value_float(p->a, real));
}

const struct pickle_opcode pickle_numbers[] = {
    {0x80, read_proto},
    {0x95, read_frame},
    {'.', read_stop},
    {'N', read_none},
    {0x88, read_truth, true},
    {0x89, read_truth, false},
    {'I', read_int_line},
    {'L', read_long_line},
    {'J', read_binint, 4},
    {'K', read_binint, 1},
    {'M', read_binint, 2},
    {0x8a, read_long, 1},
    {0x8b, read_long, 4},
    {'F', read_float_line},
    {'G', read_binfloat},
    {0, NULL},
};
