#include "scan/encoding.h"

#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>

#define REPLACEMENT 0xfffd
#define NAME_MAX_BYTES 40

/* A line is bounded by its source; this bounds what it may grow to. */
#define TEXT_MAX ((size_t)256 << 20)

enum kind {
	KIND_UTF8,
	KIND_TABLE, /* one byte, one character, the lower half ASCII's */
	KIND_ICONV,
};

struct encoding {
	enum kind kind;
	uint32_t table[128]; /* of the upper half */
	iconv_t cd;
	struct newline newline; /* a mistake takes its unit with it */
	struct buf text;
};

/* Python's names where iconv has another, after '_' became '-' and letters small. */
static const struct {
	const char *python, *iconv;
} NAMES[] = {
    {"utf8", "utf-8"},
    {"u8", "utf-8"},
    {"utf", "utf-8"},
    {"utf-8-sig", "utf-8"},
    {"cp65001", "utf-8"},
    {"646", "ascii"},
    {"latin", "iso-8859-1"},
    {"latin-1", "iso-8859-1"},
    {"8859", "iso-8859-1"},
    {"iso8859", "iso-8859-1"},
    {"l1", "iso-8859-1"},
    {"mac-roman", "macintosh"},
    {"utf16", "utf-16"},
    {"u16", "utf-16"},
    {"utf32", "utf-32"},
    {"u32", "utf-32"},
    {"utf-16-le", "utf-16le"},
    {"utf-16-be", "utf-16be"},
    {"utf-32-le", "utf-32le"},
    {"utf-32-be", "utf-32be"},
    {"ansi-x3.4-1968", "ascii"},
    {"us-ascii", "ascii"},
    /* iconv's own has a yen sign where Python has a backslash. */
    {"shift-jis", "cp932"},
    {"shiftjis", "cp932"},
    {"sjis", "cp932"},
    {"s-jis", "cp932"},
};

static void
normal_name(struct slice name, char out[NAME_MAX_BYTES + 1])
{
	size_t n = name.n < NAME_MAX_BYTES ? name.n : NAME_MAX_BYTES;

	for (size_t i = 0; i < n; i++)
		out[i] = name.p[i] == '_' || name.p[i] == ' ' ? '-' : char_lower(name.p[i]);
	out[n] = '\0';
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		if (slice_eq(slice_cstr(NAMES[i].python), slice_cstr(out)))
			(void)snprintf(out, NAME_MAX_BYTES + 1, "%s", NAMES[i].iconv);
	}
}

/* The environment's locale of characters, by setlocale(3). */
static const char *
environment_locale(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return "C";
}

static void
locale_name(char *out, size_t size)
{
	locale_t l;

	/* Known without loading it, which takes a fifteenth of what f2b-regex does for a line. */
	if (strcmp(environment_locale(), "C.UTF-8") == 0) {
		(void)snprintf(out, size, "UTF-8");
		return;
	}
	/* That of the environment: the process itself stays in the locale C. */
	l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (l != (locale_t)0) {
		(void)snprintf(out, size, "%s", nl_langinfo_l(CODESET, l));
		freelocale(l);
	}
	if (out[0] == '\0' || strcmp(out, "ANSI_X3.4-1968") == 0)
		(void)snprintf(out, size, "utf-8"); /* so written: Python's own choice, not the locale's name */
}

struct slice
encoding_locale(void)
{
	static char name[NAME_MAX_BYTES + 1];

	if (name[0] == '\0')
		locale_name(name, sizeof(name));
	return slice_cstr(name);
}

/* The character of one byte, or REPLACEMENT. */
static uint32_t
table_entry(iconv_t cd, char byte)
{
	char utf8[8], *in = &byte, *to = utf8;
	size_t in_left = 1, left = sizeof(utf8);
	uint32_t code;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in, &in_left, &to, &left) == (size_t)-1 ||
	    utf8_next(slice_of(utf8, sizeof(utf8) - left), &code) == 0)
		return REPLACEMENT;
	return code;
}

/* True if cd makes one character of every byte, and ASCII of the lower half. */
static bool
one_byte_encoding(iconv_t cd)
{
	static const char high[] = "\xc0\xe0\xe1";
	char utf8[32], *in = (char *)(uintptr_t)high, *to = utf8;
	size_t in_left = 3, left = sizeof(utf8);

	for (int i = 0; i < 128; i++) {
		if (table_entry(cd, (char)i) != (uint32_t)i)
			return false;
	}
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	return iconv(cd, &in, &in_left, &to, &left) != (size_t)-1 &&
	       utf8_count(slice_of(utf8, sizeof(utf8) - left)) == 3;
}

/* Without a mark at its beginning, a line is in the machine's order. */
static struct newline
newline_of(struct slice name)
{
	unsigned unit = slice_starts(name, SLICE("utf-16")) ? 2 : slice_starts(name, SLICE("utf-32")) ? 4 : 1;
	bool machine_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	return (struct newline){unit, slice_ends(name, SLICE("be")) ||
					  (machine_big && !slice_ends(name, SLICE("le")))};
}

static void
encoding_set(struct encoding *e, iconv_t cd, struct slice name)
{
	if (!one_byte_encoding(cd)) {
		e->kind = KIND_ICONV;
		e->cd = cd;
		e->newline = newline_of(name);
		return;
	}
	e->kind = KIND_TABLE;
	for (int i = 0; i < 128; i++)
		e->table[i] = table_entry(cd, (char)(i + 128));
	(void)iconv_close(cd);
}

static struct encoding *
encoding_alloc(enum kind kind)
{
	struct encoding *e = MEM_NEW(struct encoding);

	e->kind = kind;
	buf_init(&e->text, TEXT_MAX);
	return e;
}

void
encoding_trim(struct encoding *e, size_t bytes)
{
	buf_trim(&e->text, bytes);
}

struct encoding *
encoding_utf8(void)
{
	return encoding_alloc(KIND_UTF8);
}

int
encoding_new(struct encoding **out, struct slice name, struct diag *d)
{
	char text[NAME_MAX_BYTES + 1];
	struct encoding *e;
	char shown[401];
	iconv_t cd;

	normal_name(slice_eq_nocase(name, SLICE("auto")) ? encoding_locale() : name, text);
	if (slice_eq(slice_cstr(text), SLICE("utf-8"))) {
		*out = encoding_utf8();
		return 0;
	}
	if (slice_eq(slice_cstr(text), SLICE("ascii"))) {
		e = encoding_alloc(KIND_TABLE);
		for (int i = 0; i < 128; i++)
			e->table[i] = REPLACEMENT;
		*out = e;
		return 0;
	}
	/* A slash would be iconv's own notation, as in "//IGNORE". */
	cd = text[0] != '\0' && slice_find_char(slice_cstr(text), '/', 0) < 0
		 ? iconv_open("UTF-8", text)
		 : (iconv_t)-1;
	if (cd == (iconv_t)-1)
		return diag_fail(d, -EINVAL, (struct place){0}, "unknown encoding: %s",
		    escape_text(slice_upto(name, 100), shown, sizeof(shown)));
	e = encoding_alloc(KIND_ICONV);
	encoding_set(e, cd, slice_cstr(text));
	*out = e;
	return 0;
}

void
encoding_free(struct encoding *e)
{
	if (e == NULL)
		return;
	if (e->kind == KIND_ICONV)
		(void)iconv_close(e->cd);
	buf_done(&e->text);
	mem_free(e);
}

static bool
within(unsigned char c, unsigned from, unsigned to)
{
	return c >= from && c <= to;
}

/*
 * How many bytes at the start of s, which are no valid sequence, one U+FFFD stands for: the longest
 * start of a sequence that could still have become valid, or one byte (Unicode, "maximal subpart").
 */
static size_t
broken_length(struct slice s)
{
	unsigned char lead = (unsigned char)s.p[0], second = s.n > 1 ? (unsigned char)s.p[1] : 0;
	size_t want, n = 2;

	if (within(lead, 0xe0, 0xef))
		want = 3;
	else if (within(lead, 0xf0, 0xf4))
		want = 4;
	else
		return 1;
	if (!within(second,
		lead == 0xe0   ? 0xa0
		: lead == 0xf0 ? 0x90
			       : 0x80,
		lead == 0xed   ? 0x9f
		: lead == 0xf4 ? 0x8f
			       : 0xbf))
		return 1;
	while (n < want - 1 && n < s.n && within((unsigned char)s.p[n], 0x80, 0xbf))
		n++;
	return n;
}

/* Length of the valid UTF-8 at the start of s. */
static size_t
utf8_prefix(struct slice s)
{
	size_t i = 0, n;
	uint32_t code;

	for (;;) {
		i += utf8_ascii(slice_from(s, i));
		if (i == s.n)
			return i;
		n = utf8_next(slice_from(s, i), &code);
		if (n == 0)
			return i;
		i += n;
	}
}

bool
encoding_keeps_ascii(const struct encoding *e)
{
	return e->kind != KIND_ICONV;
}

struct newline
encoding_newline(const struct encoding *e)
{
	return e->newline;
}

static void
decode_utf8(struct encoding *e, struct slice line, struct decoded *out)
{
	size_t good = utf8_prefix(line);

	if (good == line.n)
		return;
	out->broken = true;
	while (line.n > 0) {
		buf_add(&e->text, slice_upto(line, good));
		line = slice_from(line, good);
		if (line.n > 0) {
			utf8_add(&e->text, REPLACEMENT);
			line = slice_from(line, broken_length(line));
		}
		good = utf8_prefix(line);
	}
	out->text = buf_slice(&e->text);
}

static void
decode_table(struct encoding *e, struct slice line, struct decoded *out)
{
	while (line.n > 0) {
		size_t n = utf8_ascii(line);
		uint32_t code;

		buf_add(&e->text, slice_upto(line, n));
		line = slice_from(line, n);
		if (line.n == 0)
			break;
		code = e->table[(unsigned char)line.p[0] & 0x7f];
		out->broken |= code == REPLACEMENT;
		utf8_add(&e->text, code);
		line = slice_from(line, 1);
	}
	out->text = buf_slice(&e->text);
}

/*
 * What iconv() has made, which is only whole characters. On s390x, half a pair of UTF-16 becomes three
 * bytes that are no UTF-8; who matches regexes relies on having nothing else.
 */
static void
add_utf8(struct encoding *e, struct slice s, struct decoded *out)
{
	size_t good;

	for (; (good = utf8_prefix(s)) < s.n; s = slice_from(s, good + 3)) {
		buf_add(&e->text, slice_upto(s, good));
		utf8_add(&e->text, REPLACEMENT);
		out->broken = true;
	}
	buf_add(&e->text, s);
}

static void
decode_iconv(struct encoding *e, struct slice line, struct decoded *out)
{
	char *in = (char *)(uintptr_t)line.p;
	size_t in_left = line.n;

	(void)iconv(e->cd, NULL, NULL, NULL, NULL);
	while (in_left > 0) {
		char utf8[512], *to = utf8;
		size_t left = sizeof(utf8), skip;
		size_t r = iconv(e->cd, &in, &in_left, &to, &left);
		int error = r == (size_t)-1 ? errno : 0;

		add_utf8(e, slice_of(utf8, sizeof(utf8) - left), out);
		if (error == 0 || error == E2BIG)
			continue;
		utf8_add(&e->text, REPLACEMENT);
		out->broken = true;
		/* A character cut off at the end is one mistake; else go on behind the unit. */
		skip = error == EINVAL || in_left < e->newline.unit ? in_left : e->newline.unit;
		in += skip;
		in_left -= skip;
	}
	out->text = buf_slice(&e->text);
	out->ascii = utf8_ascii(out->text) == out->text.n;
}

void
encoding_decode(struct encoding *e, struct slice line, struct decoded *out)
{
	*out = (struct decoded){.text = line};
	buf_clear(&e->text);
	if (e->kind == KIND_ICONV) {
		decode_iconv(e, line, out);
		return;
	}
	out->ascii = utf8_ascii(line) == line.n;
	if (out->ascii)
		return;
	if (e->kind == KIND_UTF8)
		decode_utf8(e, line, out);
	else
		decode_table(e, line, out);
}
