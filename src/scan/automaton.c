#include "scan/automaton.h"

#include "util/mem.h"

#define STATES_MAX 4096
#define CLASSES_MAX 128

struct automaton {
	uint8_t class[256]; /* of each byte; 0 is for those in no needle */
	size_t class_count, state_count;
	uint16_t *next;	 /* by state * class_count + class */
	uint64_t *found; /* by state: regexes of the needles that end there */
};

/* How many states the trie has at most; gives each byte of a needle a class. */
static size_t
measure(struct automaton *a, const struct needle *needles, size_t count)
{
	size_t states = 1;

	a->class_count = 1;
	for (size_t k = 0; k < count; k++) {
		states += needles[k].text.n;
		for (size_t i = 0; i < needles[k].text.n; i++) {
			uint8_t *class = &a->class[(unsigned char)needles[k].text.p[i]];

			if (*class == 0)
				*class = (uint8_t)a->class_count++;
		}
	}
	return states;
}

static uint16_t *
next_of(const struct automaton *a, size_t state, char byte)
{
	return &a->next[state * a->class_count + a->class[(unsigned char)byte]];
}

/* The trie of all needles; state 0 is its root, and also stands for "none". */
static void
plant(struct automaton *a, const struct needle *needle)
{
	size_t state = 0;

	for (size_t i = 0; i < needle->text.n; i++) {
		uint16_t *next = next_of(a, state, needle->text.p[i]);

		if (*next == 0)
			*next = (uint16_t)a->state_count++;
		state = *next;
	}
	a->found[state] |= needle->regexes;
}

/* Where the trie has no way on, the longest end of what was read that is a way from the root. */
static void
connect(struct automaton *a)
{
	uint16_t *queue = mem_array(a->state_count, sizeof(*queue));
	uint16_t *back = mem_array(a->state_count, sizeof(*back));
	size_t head = 0, tail = 1; /* the root is first */

	for (; head < tail; head++) {
		size_t state = queue[head];

		for (size_t class = 0; class < a->class_count; class ++) {
			uint16_t *next = &a->next[state * a->class_count + class];
			uint16_t other =
			    state == 0 ? 0 : a->next[back[state] * a->class_count + class];

			if (*next == 0) {
				*next = other;
				continue;
			}
			back[*next] = other;
			a->found[*next] |= a->found[other];
			queue[tail++] = *next;
		}
	}
	mem_free(queue);
	mem_free(back);
}

struct automaton *
automaton_new(const struct needle *needles, size_t count)
{
	struct automaton *a = MEM_NEW(struct automaton);
	size_t states = measure(a, needles, count);

	if (states > STATES_MAX || a->class_count > CLASSES_MAX) {
		mem_free(a);
		return NULL;
	}
	a->next = mem_array(states * a->class_count, sizeof(*a->next));
	a->found = mem_array(states, sizeof(*a->found));
	a->state_count = 1;
	for (size_t k = 0; k < count; k++)
		plant(a, &needles[k]);
	connect(a);
	return a;
}

void
automaton_free(struct automaton *a)
{
	if (a == NULL)
		return;
	mem_free(a->next);
	mem_free(a->found);
	mem_free(a);
}

uint64_t
automaton_scan(const struct automaton *a, struct slice text, uint64_t enough)
{
	uint64_t found = 0;
	size_t state = 0;

	for (size_t i = 0; i < text.n && (found & enough) != enough; i++) {
		state = *next_of(a, state, text.p[i]);
		found |= a->found[state];
	}
	return found;
}

size_t
automaton_next(const struct automaton *a, struct slice text)
{
	size_t state = 0;

	for (size_t i = 0; i < text.n; i++) {
		state = *next_of(a, state, text.p[i]);
		if (a->found[state] != 0)
			return i;
	}
	return NEEDLE_NONE;
}
