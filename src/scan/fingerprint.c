#include "scan/fingerprint.h"

#include "util/cpu.h"
#include "util/mem.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BYTES 3	  /* of a fingerprint */
#define GROUPS 8  /* a bit each */
#define STEP 32	  /* places looked at together */
#define NEEDLES_MAX 96
#define KNOWN_BITS 4096
#define USES_AVX2 __attribute__((target("avx2")))

/* A needle, and where in it its fingerprint begins. */
struct mark {
	struct needle needle;
	size_t at;
	uint32_t bytes; /* of the fingerprint */
	uint8_t group;
};

struct fingerprints {
	/* By byte of the fingerprint and half of its value: the groups that have it. */
	uint8_t low[BYTES][16], high[BYTES][16];
	struct mark *marks; /* in order of group */
	size_t first[GROUPS + 1]; /* of each group in marks */
	/* By a hash of bytes: whether they may be a fingerprint, as a group passes many more. */
	uint64_t known[KNOWN_BITS / 64];
};

static uint32_t
bytes_at(const char *p)
{
	const unsigned char *c = (const unsigned char *)p;

	return c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16;
}

static unsigned
known_bit(uint32_t bytes)
{
	return bytes * 2654435761u >> 20; /* of a product, the upper bits depend on all bits */
}

static size_t
rarest_place(struct slice text)
{
	unsigned least = 0;
	size_t best = 0;

	for (size_t i = 0; i + BYTES <= text.n; i++) {
		unsigned n = needle_commonness(text.p[i]) * needle_commonness(text.p[i + 1]) *
			     needle_commonness(text.p[i + 2]);

		if (i == 0 || n < least) {
			least = n;
			best = i;
		}
	}
	return best;
}

#define NO_HALF 16

/* How many of the 16 entries name the group, counting that of half as one of them. */
static unsigned
entries(const uint8_t table[16], unsigned group, unsigned half)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 16; i++)
		n += i == half || (table[i] >> group & 1) != 0;
	return n;
}

/* How many fingerprints pass for one of the group, with m in it if that is not NULL. */
static uint64_t
breadth(const struct fingerprints *f, unsigned group, const struct mark *m)
{
	uint64_t n = 1;

	for (size_t i = 0; i < BYTES; i++) {
		unsigned low = m != NULL ? m->bytes >> 8 * i & 15 : NO_HALF;
		unsigned high = m != NULL ? m->bytes >> (8 * i + 4) & 15 : NO_HALF;

		n *= (uint64_t)entries(f->low[i], group, low) *
		     entries(f->high[i], group, high);
	}
	return n;
}

/* The group that m makes the least difference to. */
static uint8_t
choose_group(const struct fingerprints *f, const struct mark *m)
{
	uint64_t least = UINT64_MAX;
	uint8_t best = 0;

	for (uint8_t g = 0; g < GROUPS; g++) {
		uint64_t more = breadth(f, g, m) - breadth(f, g, NULL);

		if (more < least) {
			least = more;
			best = g;
		}
	}
	return best;
}

static void
enter_mark(struct fingerprints *f, const struct mark *m)
{
	for (size_t i = 0; i < BYTES; i++) {
		uint8_t c = (uint8_t)m->needle.text.p[m->at + i];

		f->low[i][c & 15] |= (uint8_t)(1u << m->group);
		f->high[i][c >> 4] |= (uint8_t)(1u << m->group);
	}
	f->known[known_bit(m->bytes) / 64] |= UINT64_C(1) << known_bit(m->bytes) % 64;
}

struct fingerprints *
fingerprints_new(const struct needle *needles, size_t count)
{
	struct fingerprints *f;
	struct mark marks[NEEDLES_MAX];
	size_t n = 0;

	if (count > NEEDLES_MAX || !cpu_has_avx2())
		return NULL;
	f = MEM_NEW(struct fingerprints);
	f->marks = mem_array(count, sizeof(*f->marks));
	for (size_t i = 0; i < count; i++) {
		marks[i] = (struct mark){.needle = needles[i], .at = rarest_place(needles[i].text)};
		marks[i].bytes = bytes_at(needles[i].text.p + marks[i].at);
		marks[i].group = choose_group(f, &marks[i]);
		enter_mark(f, &marks[i]);
	}
	for (uint8_t g = 0; g < GROUPS; g++) {
		f->first[g] = n;
		for (size_t i = 0; i < count; i++)
			if (marks[i].group == g)
				f->marks[n++] = marks[i];
	}
	f->first[GROUPS] = n;
	return f;
}

void
fingerprints_free(struct fingerprints *f)
{
	if (f == NULL)
		return;
	mem_free(f->marks);
	mem_free(f);
}

/* The regexes of the needles of these groups that have their fingerprint at that place. */
static uint64_t
compare(const struct fingerprints *f, struct slice text, size_t at, unsigned groups)
{
	uint64_t found = 0;
	uint32_t bytes;

	if (at + BYTES > text.n)
		return 0;
	bytes = bytes_at(text.p + at);
	if ((f->known[known_bit(bytes) / 64] >> known_bit(bytes) % 64 & 1) == 0)
		return 0;
	for (; groups != 0; groups &= groups - 1) {
		unsigned g = (unsigned)__builtin_ctz(groups);

		for (size_t i = f->first[g]; i < f->first[g + 1]; i++) {
			const struct mark *m = &f->marks[i];
			struct slice want = m->needle.text;

			if (m->bytes == bytes && at >= m->at && at - m->at + want.n <= text.n &&
			    memcmp(text.p + at - m->at, want.p, want.n) == 0)
				found |= m->needle.regexes;
		}
	}
	return found;
}

/* One walk over a text. */
struct walk {
	const struct fingerprints *f;
	struct slice text;
	uint64_t enough, found;
	size_t at; /* of the needle that was found last */
};

/* Looks closer at the places behind base that masks names groups for. True: it is enough. */
static bool
look(struct walk *w, size_t base, const uint8_t masks[STEP], uint32_t places)
{
	for (; places != 0; places &= places - 1) {
		unsigned i = (unsigned)__builtin_ctz(places);
		uint64_t found = compare(w->f, w->text, base + i, masks[i]);

		if (found == 0)
			continue;
		w->at = base + i;
		w->found |= found;
		if ((w->found & w->enough) == w->enough)
			return true;
	}
	return false;
}

struct tables {
	__m256i low[BYTES], high[BYTES];
};

USES_AVX2 static inline __m256i
groups_at(const struct tables *t, const char *p, size_t i)
{
	const __m256i halves = _mm256_set1_epi8(15);
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), halves);

	return _mm256_and_si256(_mm256_shuffle_epi8(t->low[i], _mm256_and_si256(bytes, halves)),
	    _mm256_shuffle_epi8(t->high[i], high));
}

/* The STEP places from p on; p has BYTES - 1 more bytes behind them. */
USES_AVX2 static inline bool
step(struct walk *w, const struct tables *t, const char *p, size_t base)
{
	__m256i groups = _mm256_and_si256(
	    _mm256_and_si256(groups_at(t, p, 0), groups_at(t, p, 1)), groups_at(t, p, 2));
	__m256i none = _mm256_cmpeq_epi8(groups, _mm256_setzero_si256());
	uint32_t places = ~(uint32_t)_mm256_movemask_epi8(none);
	uint8_t masks[STEP];

	if (places == 0)
		return false;
	_mm256_storeu_si256((__m256i *)(void *)masks, groups);
	return look(w, base, masks, places);
}

USES_AVX2 static bool
walk(struct walk *w)
{
	char tail[2 * STEP] = {0};
	struct tables t;
	size_t at = 0;

	for (size_t i = 0; i < BYTES; i++) {
		t.low[i] = _mm256_broadcastsi128_si256(
		    _mm_loadu_si128((const __m128i *)(const void *)w->f->low[i]));
		t.high[i] = _mm256_broadcastsi128_si256(
		    _mm_loadu_si128((const __m128i *)(const void *)w->f->high[i]));
	}
	for (; at + STEP + BYTES - 1 <= w->text.n; at += STEP)
		if (step(w, &t, w->text.p + at, at))
			return true;
	/* At most STEP + 1 bytes are left, of which the last two begin no fingerprint. */
	memcpy(tail, w->text.p + at, w->text.n - at);
	return step(w, &t, tail, at);
}

uint64_t
fingerprints_scan(const struct fingerprints *f, struct slice text, uint64_t enough)
{
	struct walk w = {.f = f, .text = text, .enough = enough};

	(void)walk(&w);
	return w.found;
}

size_t
fingerprints_next(const struct fingerprints *f, struct slice text)
{
	/* Any is enough. */
	struct walk w = {.f = f, .text = text, .enough = 0};

	return walk(&w) ? w.at : NEEDLE_NONE;
}

#else

struct fingerprints *
fingerprints_new(const struct needle *needles, size_t count)
{
	return NULL;
}

void
fingerprints_free(struct fingerprints *f)
{
}

uint64_t
fingerprints_scan(const struct fingerprints *f, struct slice text, uint64_t enough)
{
	return 0;
}

size_t
fingerprints_next(const struct fingerprints *f, struct slice text)
{
	return NEEDLE_NONE;
}

#endif
