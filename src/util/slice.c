#include "util/slice.h"

#include <errno.h>

int
char_hex(char c)
{
	if (char_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (char_lower(a.p[i]) != char_lower(b.p[i]))
			return false;
	return true;
}

bool
slice_listed(struct slice s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (slice_eq(s, slice_cstr(*words)))
			return true;
	return false;
}

bool
slice_listed_nocase(struct slice s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (slice_eq_nocase(s, slice_cstr(*words)))
			return true;
	return false;
}

int
slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (r != 0)
		return r;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq(slice_upto(s, prefix.n), prefix);
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n && slice_eq(slice_from(s, s.n - suffix.n), suffix);
}

struct slice
slice_ltrim(struct slice s)
{
	while (s.n > 0 && char_space(s.p[0]))
		s = slice_from(s, 1);
	return s;
}

struct slice
slice_rtrim(struct slice s)
{
	while (s.n > 0 && char_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct slice
slice_trim(struct slice s)
{
	return slice_ltrim(slice_rtrim(s));
}

ptrdiff_t
slice_find_char(struct slice s, char c, size_t from)
{
	const char *hit;

	if (from >= s.n)
		return -1;
	hit = memchr(s.p + from, c, s.n - from);
	return hit != NULL ? hit - s.p : -1;
}

ptrdiff_t
slice_find(struct slice s, struct slice needle, size_t from)
{
	const char *hit;

	if (from > s.n)
		return -1;
	if (needle.n == 0)
		return (ptrdiff_t)from;
	hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return hit != NULL ? hit - s.p : -1;
}

/* Sixteen at a time, as most processors can; a lane counts to 255 at most. */
size_t
slice_count(struct slice s, char c)
{
	typedef unsigned char bytes16 __attribute__((vector_size(16)));
	const bytes16 wanted = (unsigned char)c - (bytes16){0};
	size_t n = 0, i = 0;

	while (i + sizeof(bytes16) <= s.n) {
		size_t end = s.n - i < 255 * sizeof(bytes16) ? s.n : i + 255 * sizeof(bytes16);
		bytes16 counts = {0}, piece;

		for (; i + sizeof(piece) <= end; i += sizeof(piece)) {
			memcpy(&piece, s.p + i, sizeof(piece));
			counts -= (bytes16)(piece == wanted);
		}
		for (size_t k = 0; k < sizeof(counts); k++)
			n += counts[k];
	}
	for (; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

bool
slice_is_glob(struct slice s)
{
	return slice_find_char(s, '*', 0) >= 0 || slice_find_char(s, '?', 0) >= 0 ||
	       slice_find_char(s, '[', 0) >= 0;
}

bool
slice_take(struct slice *rest, struct slice prefix)
{
	if (!slice_starts(*rest, prefix))
		return false;
	*rest = slice_from(*rest, prefix.n);
	return true;
}

bool
slice_next(struct slice *rest, char sep, struct slice *piece)
{
	ptrdiff_t at;

	if (rest->n == 0)
		return false;
	at = slice_find_char(*rest, sep, 0);
	if (at < 0) {
		*piece = *rest;
		*rest = slice_from(*rest, rest->n);
	} else {
		*piece = slice_upto(*rest, (size_t)at);
		*rest = slice_from(*rest, (size_t)at + 1);
	}
	return true;
}

bool
slice_next_word(struct slice *rest, struct slice *word)
{
	struct slice s = slice_ltrim(*rest);
	size_t n = 0;

	if (s.n == 0)
		return false;
	while (n < s.n && !char_space(s.p[n]))
		n++;
	*word = slice_upto(s, n);
	*rest = slice_from(s, n);
	return true;
}

int
slice_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++)
		if (!char_digit(s.p[i]))
			return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
	}
	if (v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int
slice_i64(struct slice s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	uint64_t u;
	int64_t v;
	int r;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = slice_from(s, 1);
	r = slice_u64(s, (uint64_t)INT64_MAX, &u);
	if (r < 0)
		return r;
	v = negative ? -(int64_t)u : (int64_t)u;
	if (v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}
