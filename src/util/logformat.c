#include "util/logformat.h"

#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Room for a field that is not the message: a name, a date or a number with its precision. */
#define FIELD_MAX 512

#define MILLION INT64_C(1000000)

#define PRECISION_NONE SIZE_MAX

/* A field is a word, made or constant, or a number; a number's digits behind the point are those of s. */
struct field {
	const char *name;
	void (*word)(struct buf *out, const struct logformat_record *r);
	const char *constant; /* a word that is always the same */
	int64_t (*millionths)(const struct logformat_record *r);
	size_t digits;
};

struct part {
	const struct field *field; /* NULL: text only */
	struct slice text;	   /* of the format */
	char conversion;
	bool left, zero, plus, blank;
	size_t width, precision;
};

struct logformat {
	char *text; /* what the parts' texts are of */
	struct part *parts;
	size_t count, cap;
};

static void
add_asctime(struct buf *out, const struct logformat_record *r)
{
	time_format(out, r->when);
	buf_printf(out, ",%03u", (unsigned)(r->when.us / US_PER_MS % 1000));
}

static void
add_name(struct buf *out, const struct logformat_record *r)
{
	buf_add(out, r->name);
}

static void
add_level_name(struct buf *out, const struct logformat_record *r)
{
	buf_add(out, r->level_name);
}

/* The last part of the name, which in fail2ban is that of the file too. */
static void
add_module(struct buf *out, const struct logformat_record *r)
{
	struct slice rest = r->name, last = r->name;

	while (slice_next(&rest, '.', &last))
		continue;
	buf_add(out, last);
}

static void
add_message(struct buf *out, const struct logformat_record *r)
{
	buf_add(out, r->message);
}

static int64_t
get_created(const struct logformat_record *r)
{
	return r->when.us;
}

static int64_t
get_msecs(const struct logformat_record *r)
{
	return r->when.us / US_PER_MS % 1000 * MILLION;
}

/* Milliseconds. */
static int64_t
get_relative(const struct logformat_record *r)
{
	return instant_since(r->when, r->since).us * 1000;
}

static int64_t
get_level(const struct logformat_record *r)
{
	return r->level * MILLION;
}

static int64_t
get_process(const struct logformat_record *r)
{
	return getpid() * MILLION;
}

static int64_t
get_line(const struct logformat_record *r)
{
	return 0;
}

static const struct field fields[] = {
    {"asctime", .word = add_asctime},
    {"name", .word = add_name},
    {"levelname", .word = add_level_name},
    {"levelno", .millionths = get_level},
    {"process", .millionths = get_process},
    {"processName", .constant = "MainProcess"},
    {"thread", .millionths = get_process},
    {"threadName", .constant = "MainThread"},
    {"created", .millionths = get_created, .digits = 6},
    {"msecs", .millionths = get_msecs, .digits = 1},
    {"relativeCreated", .millionths = get_relative, .digits = 3},
    {"module", .word = add_module},
    {"funcName", .constant = "(unknown function)"},
    {"lineno", .millionths = get_line},
    {"filename", .constant = "(unknown file)"},
    {"pathname", .constant = "(unknown file)"},
    {"message", .word = add_message},
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static const struct field *
field_find(struct slice name)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (slice_eq(name, slice_cstr(fields[i].name)))
			return &fields[i];
	return NULL;
}

/* What is wrong, and where it begins. */
static int
refuse(struct slice at, const char *what, struct diag *d)
{
	char shown[161];

	return diag_fail(d, -EINVAL, (struct place){0}, "logtarget: format: '%s': %s",
	    escape_text(slice_upto(at, 40), shown, sizeof(shown)), what);
}

static void
take_flags(struct slice *rest, struct part *p)
{
	for (;; *rest = slice_from(*rest, 1)) {
		if (slice_starts(*rest, SLICE("-")))
			p->left = true;
		else if (slice_starts(*rest, SLICE("0")))
			p->zero = true;
		else if (slice_starts(*rest, SLICE("+")))
			p->plus = true;
		else if (slice_starts(*rest, SLICE(" ")))
			p->blank = true;
		else
			return;
	}
}

/* A width or a precision; 0 if there is no digit. False if it is too great. */
static bool
take_number(struct slice *rest, size_t *out)
{
	size_t n = 0;
	uint64_t number = 0;

	while (n < rest->n && char_digit(rest->p[n]))
		n++;
	if (n > 0 && slice_u64(slice_upto(*rest, n), LOGFORMAT_WIDTH_MAX, &number) < 0)
		return false;
	*rest = slice_from(*rest, n);
	*out = (size_t)number;
	return true;
}

static bool
take_conversion(struct slice *rest, struct part *p)
{
	const char *known = p->field->millionths == NULL ? "s" : "sdiuf";

	if (rest->n == 0 || slice_find_char(slice_cstr(known), rest->p[0], 0) < 0)
		return false;
	p->conversion = rest->p[0];
	*rest = slice_from(*rest, 1);
	/* Signs and zeros are for numbers, which a text is not. */
	if (p->conversion == 's')
		p->zero = p->plus = p->blank = false;
	return true;
}

/* A field, from its percent sign on. */
static int
take_field(struct slice *rest, struct part *p, struct diag *d)
{
	struct slice start = *rest;
	ptrdiff_t close = slice_find_char(start, ')', 0);

	p->precision = PRECISION_NONE;
	if (!slice_take(rest, SLICE("%(")) || close < 0)
		return refuse(start, "a % begins %(NAME)s, or is written %%", d);
	p->field = field_find(slice_upto(*rest, (size_t)close - 2));
	if (p->field == NULL)
		return refuse(start,
		    "no such field; known are asctime, name, levelname, levelno, process, "
		    "processName, thread, threadName, created, msecs, relativeCreated, module, "
		    "funcName, lineno, filename, pathname, message",
		    d);
	*rest = slice_from(start, (size_t)close + 1);
	take_flags(rest, p);
	if (!take_number(rest, &p->width) ||
	    (slice_take(rest, SLICE(".")) && !take_number(rest, &p->precision)))
		return refuse(start, "a width or a precision is at most 200", d);
	if (!take_conversion(rest, p))
		return refuse(start,
		    p->field->millionths == NULL ? "a text is written with s"
						 : "a number is written with s, d, i, u or f",
		    d);
	return 0;
}

static int
take_part(struct slice *rest, struct part *p, struct diag *d)
{
	ptrdiff_t percent = slice_find_char(*rest, '%', 0);

	if (slice_take(rest, SLICE("%%"))) {
		p->text = SLICE("%");
		return 0;
	}
	if (percent == 0)
		return take_field(rest, p, d);
	p->text = percent < 0 ? *rest : slice_upto(*rest, (size_t)percent);
	*rest = slice_from(*rest, p->text.n);
	return 0;
}

static int
take_parts(struct logformat *f, struct slice rest, struct diag *d)
{
	struct slice all = rest;
	bool any = false;
	int r = 0;

	while (r == 0 && rest.n > 0) {
		struct part p = {0};

		r = take_part(&rest, &p, d);
		f->parts = mem_room(f->parts, f->count, &f->cap, sizeof(*f->parts), 16);
		f->parts[f->count++] = p;
		any |= p.field != NULL;
	}
	if (r == 0 && !any)
		r = refuse(all, "there is no field in it, such as %(message)s", d);
	return r;
}

int
logformat_parse(struct logformat **out, struct slice text, struct diag *d)
{
	struct logformat *f = MEM_NEW(struct logformat);
	int r;

	if (text.n > LOGFORMAT_TEXT_MAX) {
		r = refuse(text, "longer than 1024 bytes", d);
		goto out;
	}
	f->text = mem_copy(text.p, text.n);
	r = take_parts(f, slice_of(f->text, text.n), d);
	if (r < 0)
		goto out;
	*out = f;
	f = NULL;
out:
	logformat_free(f);
	return r;
}

void
logformat_free(struct logformat *f)
{
	if (f == NULL)
		return;
	mem_free(f->text);
	mem_free(f->parts);
	mem_free(f);
}

static void
add_times(struct buf *out, char c, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, c);
}

static struct slice
first_characters(struct slice s, size_t n)
{
	size_t i = 0;

	for (; i < s.n; i++)
		if (utf8_begins(s.p[i]) && n-- == 0)
			break;
	return slice_upto(s, i);
}

static void
add_padded(struct buf *out, const struct part *p, struct slice s)
{
	size_t n = p->width > 0 ? utf8_count(s) : 0;
	size_t missing = n < p->width ? p->width - n : 0;

	if (!p->left)
		add_times(out, ' ', missing);
	buf_add(out, s);
	if (p->left)
		add_times(out, ' ', missing);
}

/* Digits behind the point, of which there are six. */
static void
add_fraction(struct buf *out, uint64_t millionths, size_t digits)
{
	uint64_t unit = MILLION / 10;

	if (digits > 0)
		buf_add_char(out, '.');
	for (; digits > 0; digits--, unit /= 10)
		buf_add_char(out, unit > 0 ? (char)('0' + millionths / unit % 10) : '0');
}

static uint64_t
round_to(uint64_t millionths, size_t digits)
{
	uint64_t unit = MILLION;

	for (; digits > 0 && unit > 1; digits--)
		unit /= 10;
	return (millionths + unit / 2) / unit * unit;
}

/* As text, with so many digits before the point at least, and so many behind it. */
static void
add_number(struct buf *out, const struct part *p, int64_t value, size_t least, size_t digits)
{
	const char *sign = value < 0 ? "-" : p->plus ? "+" : p->blank ? " " : "";
	uint64_t size = round_to(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, digits);
	char text[FIELD_MAX];
	struct buf number;
	size_t n;

	buf_fixed(&number, text, sizeof(text));
	buf_printf(&number, "%0*llu", (int)least, (unsigned long long)(size / MILLION));
	add_fraction(&number, size % MILLION, digits);
	n = number.n + strlen(sign);
	buf_add_cstr(out, sign);
	add_times(out, '0', p->zero && !p->left && n < p->width ? p->width - n : 0);
	buf_add(out, buf_slice(&number));
}

/* A field that is not the message, but for its blanks. */
static void
add_value(struct buf *out, const struct part *p, const struct logformat_record *r)
{
	const struct field *f = p->field;
	bool precise = p->precision != PRECISION_NONE;

	if (f->word != NULL)
		f->word(out, r);
	else if (f->constant != NULL)
		buf_add_cstr(out, f->constant);
	else if (p->conversion == 's')
		add_number(out, p, f->millionths(r), 1, f->digits);
	else if (p->conversion == 'f')
		add_number(out, p, f->millionths(r), 1, precise ? p->precision : 6);
	else
		add_number(
		    out, p, f->millionths(r) / MILLION * MILLION, precise ? p->precision : 1, 0);
}

static void
add_field(struct buf *out, const struct part *p, const struct logformat_record *r)
{
	char text[FIELD_MAX];
	struct slice value = r->message;
	struct buf b;

	if (p->field->word != add_message) {
		buf_fixed(&b, text, sizeof(text));
		add_value(&b, p, r);
		value = buf_slice(&b);
	}
	/* Of a text, the precision is the most that is shown of it. */
	if (p->conversion == 's' && p->precision != PRECISION_NONE)
		value = first_characters(value, p->precision);
	add_padded(out, p, value);
}

void
logformat_add(const struct logformat *f, const struct logformat_record *r, struct buf *out)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->parts[i].field != NULL)
			add_field(out, &f->parts[i], r);
		else
			buf_add(out, f->parts[i].text);
}
