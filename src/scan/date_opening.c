#include "scan/date_opening.h"

#include "util/cpu.h"

void
date_opening_set(struct date_opening *f, struct slice text)
{
	/* No control characters, of which newline is one. */
	*f = (struct date_opening){.n = text.n, .last = {UINT64_MAX << 32, UINT64_MAX}};
	memcpy(f->low, text.p, text.n);
	memcpy(f->high, text.p, text.n);
	date_opening_allow(f, text.n - 1, 1, '\0', '\x7f');
}

void
date_opening_allow(struct date_opening *f, size_t at, size_t n, char low, char high)
{
	memset(f->low + at, low, n);
	memset(f->high + at, high, n);
}

bool
date_opening_same(const struct date_opening *a, const struct date_opening *b)
{
	return a->n == b->n && memcmp(a->low, b->low, sizeof(a->low)) == 0 &&
	       memcmp(a->high, b->high, sizeof(a->high)) == 0 &&
	       memcmp(a->last, b->last, sizeof(a->last)) == 0;
}

#define STEP 16 /* places looked at together */
typedef unsigned char places __attribute__((vector_size(STEP)));

static inline places
load(const void *p)
{
	places bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return bytes;
}

/* True if the STEP bytes of line from place at on are within. */
static inline bool
step_fits(const struct date_opening *f, const char *line, size_t at)
{
	places text = load(line + at);
	places out = (places)(text < load(f->low + at)) | (places)(text > load(f->high + at));
	uint64_t words[STEP / sizeof(uint64_t)];

	memcpy(words, &out, sizeof(words));
	return (words[0] | words[1]) == 0;
}

static inline bool
last_fits(const struct date_opening *f, char c)
{
	unsigned char byte = (unsigned char)c;

	return byte < 128 && (f->last[byte / 64] >> byte % 64 & 1) != 0;
}

/* Of a line that is long enough. A call in code for AVX2 would be one from it to code for SSE, and
 * dear. */
__attribute__((always_inline)) static inline bool
fits(const struct date_opening *f, const char *line)
{
	size_t at = 0;

	for (; at + STEP <= f->n; at += STEP)
		if (!step_fits(f, line, at))
			return false;
	/* The last STEP places lie partly over those before. */
	if (at < f->n && at > 0)
		return step_fits(f, line, f->n - STEP) && last_fits(f, line[f->n - 1]);
	for (; at < f->n; at++)
		if ((unsigned char)line[at] < f->low[at] || (unsigned char)line[at] > f->high[at])
			return false;
	return last_fits(f, line[f->n - 1]);
}

bool
date_opening_fits(const struct date_opening *f, struct slice line)
{
	return line.n >= f->n && fits(f, line.p);
}

/* Goes from *line, where one begins, to the first that begins otherwise. */
static void
walk_singly(const struct date_opening *f, const char **line, const char *end, size_t *count)
{
	const char *newline;

	while ((size_t)(end - *line) >= f->n && fits(f, *line) &&
	       (newline = memchr(*line, '\n', (size_t)(end - *line))) != NULL) {
		*line = newline + 1;
		++*count;
	}
}

#if defined(__x86_64__)

#include <immintrin.h>

#define CHUNK 64  /* bytes, a bit each */
#define CHUNKS 16 /* of a piece */
#define USES_AVX2 __attribute__((target("avx2,popcnt")))

/* Which of the bytes of a chunk are newlines. */
USES_AVX2 static inline uint64_t
newlines(const char *p)
{
	const __m256i wanted = _mm256_set1_epi8('\n');
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + CHUNK / 2));
	uint32_t in_low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
	uint32_t in_high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));

	return in_low | (uint64_t)in_high << 32;
}

/* Where lines begin in a piece, or right behind it. */
struct starts {
	size_t count;
	unsigned short at[CHUNKS * CHUNK + 2];
};

/* What is behind the first newline of a chunk; anything if it has none. */
static inline unsigned short
behind_first(uint64_t found, size_t chunk)
{
	const uint64_t last = UINT64_C(1) << 63;

	return (unsigned short)(chunk * CHUNK + (size_t)__builtin_ctzll(found | last) + 1);
}

USES_AVX2 static void
find_starts(struct starts *s, const char *p, size_t chunks)
{
	s->count = 0;
	for (size_t i = 0; i < chunks; i++) {
		uint64_t found = newlines(p + i * CHUNK), rest = found & (found - 1);
		size_t n = s->count;

		/*
		 * Few chunks have more than two. Whether there are none, one or two cannot be
		 * foreseen: to write two each time is quicker than to ask.
		 */
		s->at[n++] = behind_first(found, i);
		s->at[n++] = behind_first(rest, i);
		for (rest &= rest - 1; rest != 0; rest &= rest - 1)
			s->at[n++] = behind_first(rest, i);
		s->count += (size_t)__builtin_popcountll(found);
	}
}

/* The first of the lines that begins otherwise; s->count if none does. */
USES_AVX2 static inline size_t
first_other(
    const struct date_opening *f, const struct starts *s, const char *piece, const char *end)
{
	size_t i = 0, n = f->n;

	while (i < s->count && (size_t)(end - piece) - s->at[i] >= n && fits(f, piece + s->at[i]))
		i++;
	return i;
}

/* As walk_singly(), but may stop before its time, in the midst of the line that begins at *line. */
USES_AVX2 static bool
walk_together(const struct date_opening *f, const char **line, const char *end, size_t *count)
{
	const char *piece = *line;
	struct starts s;

	if ((size_t)(end - piece) < f->n || !fits(f, piece))
		return false;
	while (end - piece >= CHUNK) {
		size_t chunks = (size_t)(end - piece) / CHUNK, good;

		chunks = chunks < CHUNKS ? chunks : CHUNKS;
		find_starts(&s, piece, chunks);
		good = first_other(f, &s, piece, end);
		if (s.count > 0)
			*line = piece + s.at[good < s.count ? good : s.count - 1];
		*count += good < s.count ? good + 1 : s.count;
		if (good < s.count)
			return false;
		piece += chunks * CHUNK;
	}
	return true;
}

static void
walk(const struct date_opening *f, const char **line, const char *end, size_t *count)
{
	if (!cpu_has_avx2() || walk_together(f, line, end, count))
		walk_singly(f, line, end, count);
}

#else

static void
walk(const struct date_opening *f, const char **line, const char *end, size_t *count)
{
	walk_singly(f, line, end, count);
}

#endif

struct slice
date_opening_lines(const struct date_opening *f, struct slice lines, size_t *count)
{
	const char *line = lines.p;

	walk(f, &line, lines.p + lines.n, count);
	return slice_upto(lines, (size_t)(line - lines.p));
}
