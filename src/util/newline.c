#include "util/newline.h"

/* Which byte of a character tells. */
static size_t
telling(struct newline nl)
{
	return nl.big ? newline_bytes(nl) - 1 : 0;
}

static bool
is(struct newline nl, const char *p, char c)
{
	for (size_t i = 0; i < newline_bytes(nl); i++)
		if (p[i] != (i == telling(nl) ? c : '\0'))
			return false;
	return true;
}

size_t
newline_odd(struct newline nl, uint64_t offset)
{
	return newline_wide(nl) ? (size_t)((nl.unit - offset % nl.unit) % nl.unit) : 0;
}

bool
newline_find(
    struct newline nl, struct slice bytes, uint64_t offset, size_t *start, size_t *end)
{
	size_t before = telling(nl), n = newline_bytes(nl);
	ptrdiff_t hit = -1;

	while ((hit = slice_find_char(bytes, '\n', (size_t)(hit + 1))) >= 0) {
		size_t at = (size_t)hit - before;

		if ((size_t)hit < before || newline_odd(nl, offset + at) != 0)
			continue;
		if (bytes.n - at < n)
			return false;
		if (is(nl, bytes.p + at, '\n')) {
			*start = at;
			*end = at + n;
			return true;
		}
	}
	return false;
}

struct slice
newline_trim(struct newline nl, struct slice line)
{
	size_t n = newline_bytes(nl);

	while (line.n >= n && is(nl, line.p + line.n - n, '\r'))
		line.n -= n;
	return line;
}

void
newline_write(struct newline nl, char out[4])
{
	memset(out, '\0', 4);
	out[telling(nl)] = '\n';
}
