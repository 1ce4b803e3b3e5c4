#include "scan/prefilter.h"

#include "util/mem.h"

/* So many literals are searched one by one. */
#define FEW 3
#define STATES_MAX 4096
#define CLASSES_MAX 128

struct prefilter {
	uint64_t always; /* regexes of which nothing is known */
	uint64_t all;
	struct {
		struct slice text;
		uint64_t regexes;
	} few[FEW];
	size_t few_count;
	/* The automaton; none where few is enough. */
	uint8_t class[256]; /* of each byte; 0 is for those in no literal */
	size_t class_count, state_count;
	uint16_t *next;	 /* by state * class_count + class */
	uint64_t *found; /* by state: regexes that have a literal which ends there */
};

/* The literals of the patterns that have some, one after the other. */
struct walk {
	struct pattern *const *patterns;
	size_t count, pattern, literal;
};

static bool
walk_next(struct walk *w, struct slice *text, uint64_t *regex)
{
	while (w->pattern < w->count && w->literal == w->patterns[w->pattern]->literals.count) {
		w->pattern++;
		w->literal = 0;
	}
	if (w->pattern >= w->count)
		return false;
	*text = w->patterns[w->pattern]->literals.v[w->literal++];
	*regex = UINT64_C(1) << w->pattern;
	return true;
}

/* False if there are more than a few different literals. */
static bool
take_few(struct prefilter *pf, struct walk w)
{
	struct slice text;
	uint64_t regex;
	size_t i;

	while (walk_next(&w, &text, &regex)) {
		for (i = 0; i < pf->few_count && !slice_eq(pf->few[i].text, text); i++)
			;
		if (i == FEW)
			return false;
		pf->few[i].text = text;
		pf->few[i].regexes |= regex;
		pf->few_count = i == pf->few_count ? i + 1 : pf->few_count;
	}
	return true;
}

/* How many states the trie has at most; gives each byte of a literal a class. */
static size_t
measure(struct prefilter *pf, struct walk w)
{
	struct slice text;
	size_t states = 1;
	uint64_t regex;

	pf->class_count = 1;
	while (walk_next(&w, &text, &regex)) {
		states += text.n;
		for (size_t i = 0; i < text.n; i++) {
			uint8_t *class = &pf->class[(unsigned char)text.p[i]];

			if (*class == 0)
				*class = (uint8_t)pf->class_count++;
		}
	}
	return states;
}

static uint16_t *
next_of(const struct prefilter *pf, size_t state, size_t class)
{
	return &pf->next[state * pf->class_count + class];
}

/* The trie of all literals; state 0 is its root, and also stands for "none". */
static void
plant(struct prefilter *pf, struct walk w)
{
	struct slice text;
	uint64_t regex;

	pf->state_count = 1;
	while (walk_next(&w, &text, &regex)) {
		size_t state = 0;

		for (size_t i = 0; i < text.n; i++) {
			uint16_t *next = next_of(pf, state, pf->class[(unsigned char)text.p[i]]);

			if (*next == 0)
				*next = (uint16_t)pf->state_count++;
			state = *next;
		}
		pf->found[state] |= regex;
	}
}

/* Where the trie has no way on, the longest end of what was read that is a way from the root. */
static void
connect(struct prefilter *pf)
{
	uint16_t *queue = mem_array(pf->state_count, sizeof(*queue));
	uint16_t *back = mem_array(pf->state_count, sizeof(*back));
	size_t head = 0, tail = 1; /* the root is first */

	for (; head < tail; head++) {
		size_t state = queue[head];

		for (size_t class = 0; class < pf->class_count; class ++) {
			uint16_t *next = next_of(pf, state, class);
			uint16_t other = state == 0 ? 0 : *next_of(pf, back[state], class);

			if (*next == 0) {
				*next = other;
				continue;
			}
			back[*next] = other;
			pf->found[*next] |= pf->found[other];
			queue[tail++] = *next;
		}
	}
	mem_free(queue);
	mem_free(back);
}

struct prefilter *
prefilter_new(struct pattern *const *patterns, size_t count)
{
	struct prefilter *pf = MEM_NEW(struct prefilter);
	struct walk w = {
	    .patterns = patterns, .count = count < PREFILTER_REGEXES ? count : PREFILTER_REGEXES};
	size_t states;

	for (size_t i = 0; i < w.count; i++) {
		pf->all |= UINT64_C(1) << i;
		if (patterns[i]->literals.count == 0)
			pf->always |= UINT64_C(1) << i;
	}
	if (take_few(pf, w))
		return pf;
	pf->few_count = 0;
	states = measure(pf, w);
	if (states > STATES_MAX || pf->class_count > CLASSES_MAX) {
		pf->always = pf->all;
		return pf;
	}
	pf->next = mem_array(states * pf->class_count, sizeof(*pf->next));
	pf->found = mem_array(states, sizeof(*pf->found));
	plant(pf, w);
	connect(pf);
	return pf;
}

void
prefilter_free(struct prefilter *pf)
{
	if (pf == NULL)
		return;
	mem_free(pf->next);
	mem_free(pf->found);
	mem_free(pf);
}

static uint64_t
run(const struct prefilter *pf, struct slice text)
{
	uint64_t found = pf->always;
	size_t state = 0;

	for (size_t i = 0; i < text.n; i++) {
		state = *next_of(pf, state, pf->class[(unsigned char)text.p[i]]);
		found |= pf->found[state];
	}
	return found;
}

uint64_t
prefilter_scan(const struct prefilter *pf, struct slice text)
{
	uint64_t found = pf->always;

	if (found == pf->all)
		return found;
	if (pf->next != NULL)
		return run(pf, text);
	for (size_t i = 0; i < pf->few_count; i++)
		if (slice_find(text, pf->few[i].text, 0) >= 0)
			found |= pf->few[i].regexes;
	return found;
}
