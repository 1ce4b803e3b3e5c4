#include "scan/date_state.h"

bool
date_minute(const struct date_detector *dd, struct instant now, struct date_minute *out)
{
	const struct date_head *h = &dd->head;

	if (!date_head_holds(h, now) || !h->match.valid || h->mark != '\0')
		return false;
	*out = (struct date_minute){h->match.start, h->match.end, h->match.when, h->match.when, {0}};
	if (h->seconds.n > 0) {
		out->first = h->minute;
		out->last = instant_add(h->minute, SPAN_S(59));
		out->tens[0] = '0';
		out->tens[1] = '5';
	}
	return true;
}

bool
date_minute_within(struct date_minute *m, struct instant from, struct instant to)
{
	const int64_t ten = 10 * US_PER_S;
	struct instant first = m->first, last = m->last;

	while (m->tens[0] < m->tens[1] && instant_before(first, from)) {
		first.us += ten;
		m->tens[0]++;
	}
	while (m->tens[0] < m->tens[1] && instant_before(to, last)) {
		last.us -= ten;
		m->tens[1]--;
	}
	m->first = first;
	m->last = last;
	return !instant_before(first, from) && !instant_before(to, last);
}

/* Goes on from where it ends. Returns how many lines more they are. */
static size_t
extend_run(struct date_run *run, const char *end)
{
	size_t count = 0;
	struct slice more =
	    date_opening_lines(&run->opening, slice_of(run->to, (size_t)(end - run->to)), &count);

	run->to += more.n;
	return count;
}

/* Of lines within m. */
static struct date_opening
opening_of(const struct date_head *h, const struct date_minute *m)
{
	struct date_opening o = h->opening;

	if (m->tens[0] != '\0')
		date_opening_allow(&o, h->seconds.at, 1, m->tens[0], m->tens[1]);
	return o;
}

struct slice
date_run(const struct date_detector *dd, const struct date_minute *m, struct date_run *run,
    struct slice lines, size_t *count)
{
	const struct date_opening opening = opening_of(&dd->head, m);
	const char *end = lines.p + lines.n;
	bool same = date_opening_same(&run->opening, &opening) && run->from <= lines.p;
	size_t more = 0;
	const char *known;

	if (same && run->to < lines.p)
		(void)extend_run(run, lines.p);
	if (!same || run->to < lines.p)
		*run = (struct date_run){lines.p, lines.p, opening};
	known = run->to < end ? run->to : end;
	if (run->to < end)
		more = extend_run(run, end);
	if (count != NULL)
		*count = slice_count(slice_of(lines.p, (size_t)(known - lines.p)), '\n') + more;
	return slice_of(lines.p, (size_t)((run->to < end ? run->to : end) - lines.p));
}

void
date_pass(struct date_detector *dd, struct slice lines, size_t count, struct instant now,
    struct slice *last, struct instant *when)
{
	const char *newline = memrchr(lines.p, '\n', lines.n - 1);
	const char *start = newline != NULL ? newline + 1 : lines.p;

	*last = slice_of(start, (size_t)(lines.p + lines.n - start));
	*when = date_head_moment(&dd->head, start);
	dd->head.seen += (unsigned)count;
	dd->last->hits += count;
	dd->last->last_used = now;
}
