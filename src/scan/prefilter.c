#include "scan/prefilter.h"

#include "scan/automaton.h"
#include "scan/fingerprint.h"
#include "util/mem.h"

#define PAIR_BITS 2048

struct prefilter {
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
	if (pf->count == pf->cap) {
		pf->cap = pf->cap > 0 ? 2 * pf->cap : 16;
		pf->needles = mem_grow(pf->needles, pf->cap, sizeof(*pf->needles));
	}
	pf->needles[pf->count++] = (struct needle){text, regexes};
	for (size_t i = 0; i + 1 < text.n; i++) {
		unsigned bit = pair_bit(text.p[i], text.p[i + 1]);

		pf->pairs[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

static void
add_pattern(struct prefilter *pf, const struct pattern *p, uint64_t bit)
{
	pf->all |= bit;
	if (p->literals.count == 0)
		pf->always |= bit;
	for (size_t i = 0; i < p->literals.count; i++)
		add_needle(pf, p->literals.v[i], bit);
}

struct prefilter *
prefilter_new(struct pattern *const *patterns, size_t count)
{
	struct prefilter *pf = MEM_NEW(struct prefilter);

	pf->more = count > PREFILTER_REGEXES;
	for (size_t i = 0; i < count && i < PREFILTER_REGEXES; i++)
		add_pattern(pf, patterns[i], UINT64_C(1) << i);
	pf->fingerprints = fingerprints_new(pf->needles, pf->count);
	if (pf->fingerprints == NULL)
		pf->automaton = automaton_new(pf->needles, pf->count);
	if (pf->fingerprints == NULL && pf->automaton == NULL)
		pf->always = pf->all;
	return pf;
}

void
prefilter_free(struct prefilter *pf)
{
	if (pf == NULL)
		return;
	fingerprints_free(pf->fingerprints);
	automaton_free(pf->automaton);
	mem_free(pf->needles);
	mem_free(pf);
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
