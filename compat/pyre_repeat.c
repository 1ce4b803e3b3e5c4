#include "compat/pyre_repeat.h"

#include "compat/pyre_group.h"

/* The largest number that PCRE2 takes in a quantifier. */
#define REPEAT_MAX 65535

static uint64_t
read_count(struct pyre_parser *p, uint64_t missing)
{
	uint64_t n = 0;

	if (!pyre_digit(pyre_peek(p)))
		return missing;
	while (pyre_digit(pyre_peek(p)))
		n = pyre_add_capped(pyre_mul_capped(n, 10), (uint64_t)(pyre_next(p) - '0'));
	return n;
}

/* Behind "{". */
static struct pyre_repeat
read_braces(struct pyre_parser *p)
{
	struct pyre_repeat r = {.literal = true};
	size_t here = p->at;

	if (pyre_peek(p) == '}')
		return r;
	r.min = read_count(p, PYRE_WIDTH_MAX + 1);
	if (pyre_match(p, ','))
		r.max = read_count(p, PYRE_WIDTH_MAX + 1);
	else
		r.max = r.min;
	if (!pyre_match(p, '}')) {
		p->at = here;
		return r;
	}
	r.literal = false;
	if (r.min == PYRE_WIDTH_MAX || r.max == PYRE_WIDTH_MAX)
		pyre_fail(p, SIZE_MAX, SLICE("the repetition number is too large"));
	if (r.min > PYRE_WIDTH_MAX)
		r.min = 0;
	if (r.max < r.min)
		PYRE_FAIL(p, here, "min repeat greater than max repeat");
	else if (r.min > REPEAT_MAX)
		pyre_fail(p, SIZE_MAX, SLICE("the repetition number is too large"));
	return r;
}

struct pyre_repeat
pyre_read_repeat(struct pyre_parser *p, int32_t c)
{
	switch (c) {
	case '?':
		return (struct pyre_repeat){0, 1, false};
	case '*':
		return (struct pyre_repeat){0, PYRE_WIDTH_MAX + 1, false};
	case '+':
		return (struct pyre_repeat){1, PYRE_WIDTH_MAX + 1, false};
	default:
		return read_braces(p);
	}
}

void
pyre_add_repeat(struct pyre_parser *p, int32_t c, const struct pyre_repeat *r)
{
	if (c != '{')
		buf_add_char(p->out, (char)c);
	else if (r->max > REPEAT_MAX)
		buf_printf(p->out, "{%u,}", (unsigned)r->min);
	else
		buf_printf(p->out, "{%u,%u}", (unsigned)r->min, (unsigned)r->max);
	if (pyre_match(p, '?'))
		buf_add_char(p->out, '?');
	else if (pyre_match(p, '+'))
		buf_add_char(p->out, '+');
}
