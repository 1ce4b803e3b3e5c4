#include "compat/pyre_meter.h"

/* A loop of so many characters, or of so many groups, is worth a call. */
#define CHARACTERS_MIN 32
#define GROUPS_MIN 8

/* So much else may stand before a loop that counts as tried once. */
#define CHOICES_MAX 8

void
pyre_meter(struct pyre_parser *p, size_t start)
{
	const struct slice call = SLICE("(?C)");

	if (!p->meter.on)
		return;
	buf_add(p->out, call);
	if (buf_refused(p->out))
		return;
	memmove(p->out->p + start + call.n, p->out->p + start, p->out->n - call.n - start);
	memcpy(p->out->p + start, call.p, call.n);
}

static bool
anchored(const struct pyre_parser *p)
{
	struct slice text = slice_from(buf_slice(p->out), p->meter.start);

	return slice_starts(text, SLICE("^")) || slice_starts(text, SLICE("\\A"));
}

static bool
one_character(struct pyre_width width)
{
	return width.min == 1 && width.max == 1;
}

/*
 * Where a regex begins with a loop of one kind of character, the call is made behind it: PCRE2's
 * JIT then still sees that a loop that was in vain need not be tried again from its second
 * character on. A loop of any character is tried once a line anyway.
 */
static void
meter_first(struct pyre_parser *p)
{
	p->meter.start_called = true;
	if (p->out->p[p->meter.start] != '.')
		pyre_meter(p, p->out->n);
}

static void
meter_loop(struct pyre_parser *p, size_t start, struct pyre_width width)
{
	struct pyre_meter *m = &p->meter;

	if (one_character(width) && p->depth == 0 && start == m->start)
		meter_first(p);
	else if (one_character(width) && m->first_loop == SIZE_MAX && m->choices <= CHOICES_MAX &&
		 anchored(p))
		m->first_loop = start;
	else
		pyre_meter(p, start);
}

/* A loop within what is repeated that was thought to be tried once is tried again. */
static void
meter_inner(struct pyre_parser *p, size_t start)
{
	if (p->meter.first_loop == SIZE_MAX || p->meter.first_loop <= start)
		return;
	pyre_meter(p, p->meter.first_loop);
	p->meter.first_loop = 0; /* it was the first, all the same */
}

void
pyre_meter_repeat(
    struct pyre_parser *p, size_t start, struct pyre_width width, const struct pyre_repeat *r)
{
	if (r->max > 1)
		meter_inner(p, start);
	if (r->max >= (one_character(width) ? CHARACTERS_MIN : GROUPS_MIN))
		meter_loop(p, start, width);
	else if (r->max > r->min)
		p->meter.choices++;
}

void
pyre_meter_begin(struct pyre_parser *p)
{
	p->meter =
	    (struct pyre_meter){.on = p->meter.on, .start = p->out->n, .first_loop = SIZE_MAX};
}

void
pyre_meter_silent(struct pyre_parser *p, size_t start)
{
	if (p->meter.start == start)
		p->meter.start = p->out->n;
}

void
pyre_meter_end(struct pyre_parser *p)
{
	if (p->error == 0 && !p->meter.start_called && !anchored(p))
		pyre_meter(p, p->meter.start);
}
