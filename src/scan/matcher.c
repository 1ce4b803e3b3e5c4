#include "scan/matcher_state.h"
#include "util/mem.h"

#define HEAP_KIB 65536
#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)4 << 20)

/* No text is so long that it matters. */
#define NOWHERE UINT32_MAX

static void
make_stack(struct matcher *m)
{
	m->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
}

struct matcher *
matcher_new(void)
{
	struct matcher *m = MEM_NEW(struct matcher);

	m->context = pcre2_match_context_create(NULL);
	(void)pcre2_set_heap_limit(m->context, HEAP_KIB);
	make_stack(m);
	budget_attach(&m->budget, m->context);
	return m;
}

void
matcher_free(struct matcher *m)
{
	if (m == NULL)
		return;
	pcre2_match_data_free(m->data);
	pcre2_jit_stack_free(m->stack);
	pcre2_match_context_free(m->context);
	mem_free(m);
}

void
matcher_trim(struct matcher *m)
{
	pcre2_jit_stack_free(m->stack);
	make_stack(m);
	/* It keeps the heap that a search without JIT took. */
	pcre2_match_data_free(m->data);
	m->data = NULL;
	m->pairs = 0;
}

void
matcher_begin(struct matcher *m)
{
	budget_begin(&m->budget);
	m->careful = false;
}

void
matcher_fit(struct matcher *m, unsigned groups)
{
	uint32_t pairs = groups + 1;

	if (pairs <= m->pairs)
		return;
	pcre2_match_data_free(m->data);
	m->data = pcre2_match_data_create(pairs, NULL);
	m->pairs = pairs;
}

bool
matcher_group(const struct matcher *m, unsigned number, size_t *start, size_t *end)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data) + 2 * (size_t)number;

	if (at[0] == PCRE2_UNSET)
		return false;
	*start = at[0];
	*end = at[1];
	return true;
}

size_t
matcher_numbers(unsigned groups)
{
	return 2 * ((size_t)groups + 1);
}

void
matcher_save(const struct matcher *m, unsigned groups, uint32_t *numbers)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);

	for (size_t i = 0; i < matcher_numbers(groups); i++)
		numbers[i] = at[i] == PCRE2_UNSET ? NOWHERE : (uint32_t)at[i];
}

void
matcher_restore(struct matcher *m, unsigned groups, const uint32_t *numbers)
{
	PCRE2_SIZE *at;

	matcher_fit(m, groups);
	at = pcre2_get_ovector_pointer(m->data);
	for (size_t i = 0; i < matcher_numbers(groups); i++)
		at[i] = numbers[i] == NOWHERE ? PCRE2_UNSET : numbers[i];
}
