#include "scan/budget.h"

/* Calls between two looks at the clock; and before the first, which most lines never reach. */
#define CALLS_PER_LOOK 64

/* So long the cheaper clock is enough. */
#define LONG SPAN_MS(1)

void
budget_begin(struct budget *b)
{
	*b = (struct budget){0};
}

static void
look(struct budget *b)
{
	struct mono now = time_mono();

	if (b->calls == CALLS_PER_LOOK)
		b->begun = now;
	/* What the thread has computed is never more than what has gone by. */
	if (mono_since(now, b->begun).us < LONG.us)
		return;
	if (b->begun_cpu.us == 0)
		b->begun_cpu = time_cpu();
	b->spent = time_cpu().us - b->begun_cpu.us > BUDGET_LINE.us - LONG.us;
}

static int
on_call(pcre2_callout_block *block, void *data)
{
	struct budget *b = data;

	if (!b->spent && ++b->calls % CALLS_PER_LOOK == 0)
		look(b);
	return b->spent ? PCRE2_ERROR_CALLOUT : 0;
}

void
budget_attach(struct budget *b, pcre2_match_context *context)
{
	(void)pcre2_set_callout(context, on_call, b);
}
