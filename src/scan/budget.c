#include "scan/budget.h"

/* Calls between two looks at the clock; and before the first, which most lines never reach. */
#define CALLS_PER_LOOK 64

void
budget_begin(struct budget *b)
{
	*b = (struct budget){0};
}

static int
on_call(pcre2_callout_block *block, void *data)
{
	struct budget *b = data;

	(void)block;
	if (!b->spent && ++b->calls % CALLS_PER_LOOK == 0) {
		struct span now = time_cpu();

		if (b->calls == CALLS_PER_LOOK)
			b->begun = now;
		b->spent = now.us - b->begun.us > BUDGET_LINE.us;
	}
	return b->spent ? PCRE2_ERROR_CALLOUT : 0;
}

void
budget_attach(struct budget *b, pcre2_match_context *context)
{
	(void)pcre2_set_callout(context, on_call, b);
}
