#include "action/letter.h"

#include "util/escape.h"

#define LINE_BYTES_MAX 900 /* RFC 5322 allows 998 */
/* Of an address, for which RFC 5321 allows 254, and of a name, which quotes may double: both are on a line. */
#define ADDRESS_BYTES_MAX (LINE_BYTES_MAX / 2)
#define NAME_BYTES_MAX (LINE_BYTES_MAX / 4)
#define WORD_BYTES 42	   /* become an encoded word of 75 characters */
#define BASE64_LINE 57	   /* become a line of 76 */

static void
add_base64(struct buf *out, struct slice s)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		size_t n = s.n - i < 3 ? s.n - i : 3;
		unsigned long v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)s.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_add_char(out, k <= n ? digits[v >> (18 - 6 * k) & 63] : '=');
	}
}

/* Printable ASCII, and nothing that begins an encoded word. */
static bool
plain_header(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' ||
		    (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] == '?'))
			return false;
	return s.n <= LINE_BYTES_MAX;
}

/* Valid UTF-8 without control characters. */
static void
add_clean(struct buf *out, struct slice s)
{
	uint32_t code;

	for (size_t i = 0; i < s.n;) {
		size_t n = utf8_next(slice_from(s, i), &code);

		if (n == 0 || code < ' ' || code == 0x7f)
			buf_add_char(out, n == 0 ? '?' : ' ');
		else
			buf_add(out, slice_of(s.p + i, n));
		i += n > 0 ? n : 1;
	}
}

/* Bytes of s that an encoded word takes: whole characters. */
static size_t
word_bytes(struct slice s)
{
	size_t n = s.n < WORD_BYTES ? s.n : WORD_BYTES;

	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
add_encoded(struct buf *out, struct slice text)
{
	struct buf clean;
	struct slice rest;

	buf_init(&clean, 2 * text.n + 1);
	add_clean(&clean, text);
	rest = buf_slice(&clean);
	for (size_t n; rest.n > 0; rest = slice_from(rest, n)) {
		n = word_bytes(rest);
		buf_add_cstr(out, rest.p == clean.p ? "=?utf-8?b?" : "\r\n =?utf-8?b?");
		add_base64(out, slice_upto(rest, n));
		buf_add_cstr(out, "?=");
	}
	buf_done(&clean);
}

static void
add_header_text(struct buf *out, struct slice text)
{
	if (plain_header(text))
		buf_add(out, text);
	else
		add_encoded(out, text);
}

/* A name before an address: there commas, dots, brackets and the like part words (RFC 5322, 3.2.3). */
static void
add_name(struct buf *out, struct slice name)
{
	static const char specials[] = {
	    '(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ',', '.', '"'};
	bool special = false;

	for (size_t i = 0; i < name.n; i++)
		special = special || memchr(specials, name.p[i], sizeof(specials)) != NULL;
	if (name.n > NAME_BYTES_MAX) {
		add_encoded(out, name);
	} else if (!special || !plain_header(name)) {
		add_header_text(out, name);
	} else {
		buf_add_char(out, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, name.p[i]);
		}
		buf_add_char(out, '"');
	}
}

/* An address has no room for more than ASCII here. */
static void
add_address(struct buf *out, struct slice address)
{
	for (size_t i = 0; i < address.n && i < ADDRESS_BYTES_MAX; i++)
		buf_add_char(out, address.p[i] > ' ' && address.p[i] <= '~' ? address.p[i] : '?');
}

/* The address of "NAME <ADDRESS>" or "<ADDRESS>", or one that stands alone. */
static struct slice
address_of(struct slice one)
{
	ptrdiff_t open = slice_find_char(one, '<', 0);

	return open >= 0 && slice_ends(one, SLICE(">")) ?
	    slice_of(one.p + open + 1, one.n - (size_t)open - 2) :
	    one;
}

/* "NAME <ADDRESS>", where that is short enough for a line, or an address alone. */
static void
add_mailbox(struct buf *out, struct slice one)
{
	ptrdiff_t open = slice_find_char(one, '<', 0);
	struct slice name;

	if (open <= 0 || !slice_ends(one, SLICE(">")) || one.n > LINE_BYTES_MAX / 2) {
		add_address(out, one);
		return;
	}
	name = slice_trim(slice_upto(one, (size_t)open));
	if (name.n > 1 && slice_starts(name, SLICE("\"")) && slice_ends(name, SLICE("\"")))
		name = slice_of(name.p + 1, name.n - 2);
	add_name(out, name);
	buf_add_cstr(out, " <");
	add_address(out, address_of(one));
	buf_add_char(out, '>');
}

static void
add_addresses(struct buf *out, struct slice list)
{
	struct slice one;
	bool first = true;

	while (slice_next(&list, ',', &one)) {
		one = slice_trim(one);
		if (one.n == 0)
			continue;
		buf_add_cstr(out, first ? "" : ",\r\n ");
		add_mailbox(out, one);
		first = false;
	}
}

static void
add_date(struct buf *out, struct instant when)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c;

	civil_utc(when, &c);
	buf_printf(out, "%s, %02d %s %d %02d:%02d:%02d -0000", days[c.weekday], c.day,
	    months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

static bool
plain_body(struct slice body)
{
	struct slice line;

	while (slice_next(&body, '\n', &line)) {
		if (line.n > LINE_BYTES_MAX)
			return false;
		for (size_t i = 0; i < line.n; i++)
			if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] > '~')
				return false;
	}
	return true;
}

static void
add_plain_body(struct buf *out, struct slice body)
{
	struct slice line;

	while (body.n > 0 && slice_next(&body, '\n', &line)) {
		buf_add(out, line);
		buf_add_cstr(out, "\r\n");
	}
}

static void
add_coded_body(struct buf *out, struct slice body)
{
	for (; body.n > 0; body = slice_from(body, body.n < BASE64_LINE ? body.n : BASE64_LINE)) {
		add_base64(out, slice_upto(body, BASE64_LINE));
		buf_add_cstr(out, "\r\n");
	}
}

void
letter_format(struct buf *out, const struct letter *l)
{
	bool plain = plain_body(l->body);

	buf_add_cstr(
	    out, "Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: ");
	buf_add_cstr(out, plain ? "7bit" : "base64");
	buf_add_cstr(out, "\r\nMIME-Version: 1.0\r\nSubject: ");
	add_header_text(out, l->subject);
	buf_add_cstr(out, "\r\nFrom: ");
	add_name(out, l->from_name);
	buf_add_cstr(out, " <");
	add_address(out, l->from);
	buf_add_cstr(out, ">\r\nTo: ");
	add_addresses(out, l->to);
	buf_add_cstr(out, "\r\nDate: ");
	add_date(out, l->when);
	buf_add_cstr(out, "\r\n\r\n");
	(plain ? add_plain_body : add_coded_body)(out, l->body);
}

void
letter_recipients(struct buf *out, struct slice to)
{
	struct slice one;

	while (slice_next(&to, ',', &one)) {
		if (out->n > 0)
			buf_add_char(out, ',');
		buf_add(out, address_of(slice_trim(one)));
	}
}
