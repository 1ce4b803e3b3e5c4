#include "config/text.h"

#include "util/escape.h"

#include <errno.h>

static bool
code_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
	       c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

size_t
text_space(struct slice s)
{
	uint32_t code = 0;
	size_t n;

	if (s.n > 0 && (unsigned char)s.p[0] < 0x80)
		return code_space((unsigned char)s.p[0]) ? 1 : 0;
	n = utf8_next(s, &code);
	return n > 0 && code_space(code) ? n : 0;
}

struct slice
text_ltrim(struct slice s)
{
	size_t n;

	while ((n = text_space(s)) > 0)
		s = slice_from(s, n);
	return s;
}

/* Bytes of the white space character at the end of s; all of them have 1 to 3 bytes. */
static size_t
text_space_end(struct slice s)
{
	if (s.n > 0 && (unsigned char)s.p[s.n - 1] < 0x80)
		return text_space(slice_from(s, s.n - 1));
	for (size_t n = 1; n <= 3 && n <= s.n; n++)
		if (text_space(slice_from(s, s.n - n)) == n)
			return n;
	return 0;
}

struct slice
text_rtrim(struct slice s)
{
	size_t n;

	while ((n = text_space_end(s)) > 0)
		s.n -= n;
	return s;
}

struct slice
text_trim(struct slice s)
{
	return text_ltrim(text_rtrim(s));
}

bool
text_next_word(struct slice *rest, struct slice *word)
{
	struct slice s = text_ltrim(*rest);
	size_t n = 0;

	if (s.n == 0)
		return false;
	while (n < s.n && text_space(slice_from(s, n)) == 0)
		n++;
	*word = slice_upto(s, n);
	*rest = slice_from(s, n);
	return true;
}

bool
text_word_char(char c)
{
	return char_word(c) || (unsigned char)c >= 0x80;
}

bool
text_is_word(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!text_word_char(s.p[i]))
			return false;
	return s.n > 0;
}

int
text_int(struct slice s, int64_t *out)
{
	bool negative = false, digit_before = false;
	int64_t value = 0;

	s = text_trim(s);
	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
		negative = s.p[0] == '-';
		s = slice_from(s, 1);
	}
	for (; s.n > 0; s = slice_from(s, 1)) {
		int digit = s.p[0] - '0';

		if (s.p[0] == '_' && digit_before && s.n > 1) {
			digit_before = false;
			continue;
		}
		/* Towards the sign: there is one more number below zero than above. */
		if (!char_digit(s.p[0]) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, negative ? -digit : digit, &value))
			return -EINVAL;
		digit_before = true;
	}
	if (!digit_before)
		return -EINVAL;
	*out = value;
	return 0;
}

/* Copies what stands between quotes; rest starts behind the opening one. */
static int
text_shell_quoted(struct slice *rest, char quote, char *out, size_t *n)
{
	while (rest->n > 0) {
		char c = rest->p[0];

		*rest = slice_from(*rest, 1);
		if (c == quote)
			return 0;
		/* Between double quotes a backslash escapes only what it must. */
		if (quote == '"' && c == '\\' && rest->n > 0 &&
		    (rest->p[0] == '"' || rest->p[0] == '\\')) {
			c = rest->p[0];
			*rest = slice_from(*rest, 1);
		}
		out[(*n)++] = c;
	}
	return -EINVAL;
}

/* What separates words: fewer characters than are white space elsewhere. */
static bool
shell_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int
text_shell_word(struct slice *rest, char *out, size_t *n)
{
	struct slice s = *rest;

	*n = 0;
	while (s.n > 0 && shell_space(s.p[0]))
		s = slice_from(s, 1);
	if (s.n == 0)
		return 0;
	while (s.n > 0 && !shell_space(s.p[0])) {
		char c = s.p[0];

		s = slice_from(s, 1);
		if (c == '"' || c == '\'') {
			if (text_shell_quoted(&s, c, out, n) < 0)
				return -EINVAL;
			continue;
		}
		if (c == '\\') {
			if (s.n == 0)
				return -EINVAL;
			c = s.p[0];
			s = slice_from(s, 1);
		}
		out[(*n)++] = c;
	}
	*rest = s;
	return 1;
}
