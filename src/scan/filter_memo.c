#include "scan/filter_memo.h"

#include "scan/filter.h"
#include "util/mem.h"

/* Beyond these, more is found out by each filter for itself. Powers of two. */
#define HITS_MAX 8192
#define ANSWERS_MAX 16384
#define PAIRS_MAX ((size_t)1 << 18)

#define ANSWERS_MIN 256
#define PIECE_BYTES ((size_t)64) /* a bit each */
#define PAIRS_MIN 1024

struct memo_answer {
	struct memo_key key;
	uint32_t round; /* in which it was kept */
	uint32_t pairs; /* the index of its first */
	uint64_t value;
};

/* PIECE_BYTES of the block. */
struct memo_piece {
	uint64_t newlines;
	size_t before; /* lines that end before it */
};

struct filter_memo *
filter_memo_new(void)
{
	struct filter_memo *m = MEM_NEW(struct filter_memo);

	m->round = 1; /* an answer that is all zero is of none */
	return m;
}

void
filter_memo_free(struct filter_memo *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->hits_made; i++) {
		mem_free(m->hits[i]->v);
		mem_free(m->hits[i]);
	}
	arena_done(&m->found);
	mem_free(m->hits);
	mem_free(m->pieces);
	mem_free(m->answers);
	mem_free(m->pairs);
	mem_free(m);
}

void
filter_memo_clear(struct filter_memo *m)
{
	m->known = m->counted = false;
	m->run = (struct date_run){0};
	m->several = m->readers > 1;
	m->readers = 0;
	for (size_t i = 0; i < m->hits_count; i++)
		m->hits[i]->count = 0;
	m->hits_count = 0;
	m->answer_count = m->pair_count = 0;
	arena_clear(&m->found);
	if (++m->round == 0) {
		memset(m->answers, 0, m->answer_cap * sizeof(*m->answers));
		m->round = 1;
	}
}

bool
filter_memo_first(const struct filter_memo *m)
{
	return m->several && m->readers == 1;
}

/* ---- hits ---- */

static struct memo_hits *
hits_of(struct filter_memo *m, uint64_t prefilter)
{
	struct memo_hits *h;

	for (size_t i = 0; i < m->hits_count; i++)
		if (m->hits[i]->prefilter == prefilter)
			return m->hits[i];
	if (m->hits_count == m->hits_made) {
		m->hits = mem_grow(m->hits, m->hits_made + 1, sizeof(m->hits[0]));
		m->hits[m->hits_made++] = MEM_NEW(struct memo_hits);
	}
	h = m->hits[m->hits_count++];
	h->prefilter = prefilter;
	return h;
}

static const char *
look(const struct prefilter *pf, const char *p, const char *end)
{
	size_t at = prefilter_next(pf, slice_of(p, (size_t)(end - p)));

	return at == SIZE_MAX ? end : p + at;
}

static void
add_hit(struct memo_hits *h, const char *from, const char *at)
{
	if (h->count == HITS_MAX)
		return;
	h->v = mem_room(h->v, h->count, &h->cap, sizeof(h->v[0]), 16);
	h->v[h->count++] = (struct memo_hit){from, at};
}

const char *
memo_look_ahead(struct filter_memo *m, struct memo_ahead *a, const struct prefilter *pf,
    const char *p, const char *end)
{
	struct memo_hits *h = a->hits;

	if (a->next >= p)
		return a->next;
	if (h == NULL)
		h = a->hits = hits_of(m, prefilter_shared(pf)->serial);
	while (a->index < h->count && h->v[a->index].at < p)
		a->index++;
	if (a->index == h->count) {
		a->next = look(pf, p, end);
		add_hit(h, p, a->next);
	} else {
		/* Nobody has looked from here on where it was only looked for from behind. */
		a->next =
		    h->v[a->index].from <= p ? h->v[a->index].at : look(pf, p, end);
	}
	return a->next;
}

/* ---- lines ---- */

/* Which of the bytes from p on are newlines, a bit each. */
#if defined(__SSE2__)

#include <emmintrin.h>

static uint64_t
newlines(const char *p)
{
	const __m128i wanted = _mm_set1_epi8('\n');
	uint64_t found = 0;

	for (size_t i = 0; i < PIECE_BYTES; i += sizeof(wanted)) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i));

		found |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << i;
	}
	return found;
}

#else

static uint64_t
newlines(const char *p)
{
	uint64_t found = 0;

	for (size_t i = 0; i < PIECE_BYTES; i++)
		found |= (uint64_t)(p[i] == '\n') << i;
	return found;
}

#endif

/* Of the last piece, which may be shorter. */
static uint64_t
newlines_of_rest(struct slice rest)
{
	char whole[PIECE_BYTES] = {0};

	memcpy(whole, rest.p, rest.n);
	return newlines(whole);
}

static void
count_pieces(struct filter_memo *m)
{
	size_t whole = m->block.n / PIECE_BYTES, lines = 0;

	if (whole + 1 > m->piece_cap) {
		m->piece_cap = whole + 1;
		m->pieces = mem_grow(m->pieces, m->piece_cap, sizeof(m->pieces[0]));
	}
	for (size_t i = 0; i < whole; i++) {
		m->pieces[i] = (struct memo_piece){newlines(m->block.p + i * PIECE_BYTES), lines};
		lines += (size_t)__builtin_popcountll(m->pieces[i].newlines);
	}
	m->pieces[whole] = (struct memo_piece){
	    newlines_of_rest(slice_from(m->block, whole * PIECE_BYTES)), lines};
	m->counted = true;
}

static size_t
lines_before(const struct filter_memo *m, size_t at)
{
	const struct memo_piece *p = &m->pieces[at / PIECE_BYTES];
	uint64_t before = (UINT64_C(1) << at % PIECE_BYTES) - 1;

	return p->before + (size_t)__builtin_popcountll(p->newlines & before);
}

size_t
memo_count_lines(struct filter_memo *m, struct slice piece)
{
	uintptr_t from = (uintptr_t)piece.p - (uintptr_t)m->block.p;

	if (from > m->block.n || piece.n > m->block.n - from)
		return slice_count(piece, '\n');
	if (!m->counted)
		count_pieces(m);
	return lines_before(m, from + piece.n) - lines_before(m, from);
}

/* ---- answers ---- */

static bool
same_key(const struct memo_key *a, const struct memo_key *b)
{
	return a->asked == b->asked && a->line == b->line && a->before == b->before &&
	    a->after == b->after && a->base == b->base && a->n == b->n;
}

static size_t
hash(const struct memo_key *k)
{
	uint64_t x = (uint64_t)(uintptr_t)k->line + k->asked * UINT64_C(0x9e3779b97f4a7c15);

	x += ((uint64_t)k->base << 32 | k->n) * UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 32;
	x += ((uint64_t)k->before << 32 | k->after) * UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 29;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(x >> 32);
}

/* The one of that key, or where it would go. */
static struct memo_answer *
place(const struct filter_memo *m, const struct memo_key *key)
{
	for (size_t i = hash(key);; i++) {
		struct memo_answer *a = &m->answers[i & (m->answer_cap - 1)];

		if (a->round != m->round || same_key(&a->key, key))
			return a;
	}
}

bool
memo_recall(const struct filter_memo *m, const struct memo_key *key, uint64_t *answer,
    const uint32_t **pairs)
{
	const struct memo_answer *a;

	if (m->answer_count == 0)
		return false;
	a = place(m, key);
	if (a->round != m->round)
		return false;
	*answer = a->value;
	*pairs = m->pairs + a->pairs;
	return true;
}

/* Half of them stay free. */
static void
grow(struct filter_memo *m)
{
	struct filter_memo old = *m;

	m->answer_cap = old.answer_cap > 0 ? 2 * old.answer_cap : ANSWERS_MIN;
	m->answers = mem_array(m->answer_cap, sizeof(*m->answers));
	for (size_t i = 0; i < old.answer_cap; i++)
		if (old.answers[i].round == m->round)
			*place(m, &old.answers[i].key) = old.answers[i];
	mem_free(old.answers);
}

static bool
make_room(struct filter_memo *m, size_t pairs)
{
	if (pairs > PAIRS_MAX - m->pair_count)
		return false;
	if (2 * (m->answer_count + 1) > m->answer_cap) {
		if (m->answer_cap == ANSWERS_MAX)
			return false;
		grow(m);
	}
	/* An answer without any is given a place among them, too. */
	if (m->pair_cap == 0 || m->pair_count + pairs > m->pair_cap) {
		do
			m->pair_cap = m->pair_cap > 0 ? 2 * m->pair_cap : PAIRS_MIN;
		while (m->pair_cap < m->pair_count + pairs);
		m->pairs = mem_grow(m->pairs, m->pair_cap, sizeof(m->pairs[0]));
	}
	return true;
}

uint32_t *
memo_keep(struct filter_memo *m, const struct memo_key *key, uint64_t answer, size_t pairs)
{
	struct memo_answer *a;

	if (!make_room(m, pairs))
		return NULL;
	a = place(m, key);
	*a = (struct memo_answer){
	    .key = *key,
	    .round = m->round,
	    .pairs = (uint32_t)m->pair_count,
	    .value = answer,
	};
	m->answer_count++;
	m->pair_count += pairs;
	return m->pairs + a->pairs;
}
