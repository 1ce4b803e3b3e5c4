#include "scan/prefilter.h"

#include "scan/automaton.h"
#include "scan/fingerprint.h"
#include "util/mem.h"

#define PAIR_BITS 2048

struct prefilter {
	struct shared shared;
	/* Whose literals are lent; their addresses are the key. */
	struct pattern_code **codes;
	size_t code_count;
	uint64_t always; /* regexes of which nothing is known */
	uint64_t all;
	bool more; /* there are regexes that have no bit */
	struct needle *needles;
	size_t count, cap;
	/* One of them, unless nothing helps. */
	struct fingerprints *fingerprints;
	struct automaton *automaton;
	/* By two bytes, or what shares a bit with them: whether a needle has the one before the other. */
	uint64_t pairs[PAIR_BITS / 64];
};

static unsigned
pair_bit(char a, char b)
{
	return ((unsigned char)a * 37u + (unsigned char)b) % PAIR_BITS;
}

static void
add_needle(struct prefilter *pf, struct slice text, uint64_t regexes)
{
	for (size_t i = 0; i < pf->count; i++) {
		if (slice_eq(pf->needles[i].text, text)) {
			pf->needles[i].regexes |= regexes;
			return;
		}
	}
	pf->needles = mem_room(pf->needles, pf->count, &pf->cap, sizeof(*pf->needles), 16);
	pf->needles[pf->count++] = (struct needle){text, regexes};
	for (size_t i = 0; i + 1 < text.n; i++) {
		unsigned bit = pair_bit(text.p[i], text.p[i + 1]);

		pf->pairs[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

static void
add_code(struct prefilter *pf, struct pattern_code *code, uint64_t bit)
{
	const struct literals *literals = pattern_literals(code);

	pf->all |= bit;
	if (literals->count == 0)
		pf->always |= bit;
	for (size_t i = 0; i < literals->count; i++)
		add_needle(pf, literals->v[i], bit);
}

static void
prefilter_done(struct shared *shared)
{
	struct prefilter *pf = LIST_ITEM(shared, struct prefilter, shared);

	fingerprints_free(pf->fingerprints);
	automaton_free(pf->automaton);
	mem_free(pf->needles);
	for (size_t i = 0; i < pf->code_count; i++)
		shared_drop(&pf->codes[i]->shared);
	mem_free(pf->codes);
	mem_free(pf);
}

static struct shared_set prefilters = {.free = prefilter_done};

/* Takes the codes over. */
static struct prefilter *
make(struct pattern_code **codes, size_t count, struct slice key)
{
	struct prefilter *pf = MEM_NEW(struct prefilter);

	pf->codes = codes;
	pf->code_count = count;
	for (size_t i = 0; i < count; i++)
		shared_share(&codes[i]->shared);
	pf->more = count > PREFILTER_REGEXES;
	for (size_t i = 0; i < count && i < PREFILTER_REGEXES; i++)
		add_code(pf, codes[i], UINT64_C(1) << i);
	pf->fingerprints = fingerprints_new(pf->needles, pf->count);
	if (pf->fingerprints == NULL)
		pf->automaton = automaton_new(pf->needles, pf->count);
	if (pf->fingerprints == NULL && pf->automaton == NULL)
		pf->always = pf->all;
	shared_enter(&prefilters, &pf->shared, key);
	return pf;
}

const struct prefilter *
prefilter_get(struct pattern *const *patterns, size_t count)
{
	/* One more tells that there are more. */
	size_t n = count < PREFILTER_REGEXES + 1 ? count : PREFILTER_REGEXES + 1;
	struct pattern_code **codes = mem_array(n, sizeof(codes[0]));
	struct slice key = slice_of((const char *)codes, n * sizeof(codes[0]));
	struct shared *known;

	for (size_t i = 0; i < n; i++)
		codes[i] = patterns[i]->code;
	known = shared_use(&prefilters, key);
	if (known == NULL)
		return make(codes, n, key);
	mem_free(codes);
	return LIST_ITEM(known, struct prefilter, shared);
}

void
prefilter_drop(const struct prefilter *pf)
{
	if (pf != NULL)
		shared_drop(&((struct prefilter *)(uintptr_t)pf)->shared);
}

const struct shared *
prefilter_shared(const struct prefilter *pf)
{
	return &pf->shared;
}

uint64_t
prefilter_scan(const struct prefilter *pf, struct slice text)
{
	uint64_t open = pf->all & ~pf->always;

	if (open == 0)
		return pf->always;
	if (pf->fingerprints != NULL)
		return pf->always | fingerprints_scan(pf->fingerprints, text, open);
	return pf->always | automaton_scan(pf->automaton, text, open);
}

size_t
prefilter_next(const struct prefilter *pf, struct slice text)
{
	if (pf->always != 0 || pf->more)
		return 0;
	if (pf->fingerprints != NULL)
		return fingerprints_next(pf->fingerprints, text);
	return automaton_next(pf->automaton, text);
}

bool
prefilter_joins(const struct prefilter *pf, struct slice a, struct slice b)
{
	unsigned bit;

	if (a.n == 0 || b.n == 0)
		return false;
	bit = pair_bit(a.p[a.n - 1], b.p[0]);
	return (pf->pairs[bit / 64] >> bit % 64 & 1) != 0;
}
