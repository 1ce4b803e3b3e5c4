#include "scan/date_state.h"

bool
date_minute(const struct date_detector *dd, struct instant now, struct date_minute *out)
{
	const struct date_head *h = &dd->head;

	if (!date_head_holds(h, now) || !h->match.valid)
		return false;
	*out = (struct date_minute){h->match.start, h->match.end, h->match.when, h->match.when};
	if (h->seconds.n > 0) {
		out->first = h->minute;
		out->last = instant_add(h->minute, SPAN_S(59));
	}
	return true;
}

static bool
same_head(const struct date_run *run, const struct date_head *h)
{
	size_t n = run->words * sizeof(run->text[0]);

	return run->words == date_head_words(h) && memcmp(run->text, h->words, n) == 0 &&
	       memcmp(run->masks, h->masks, n) == 0 &&
	       memcmp(run->last, h->last, sizeof(h->last)) == 0;
}

static void
start_run(struct date_run *run, const struct date_head *h, const char *from)
{
	run->from = run->to = from;
	run->words = date_head_words(h);
	memcpy(run->text, h->words, sizeof(run->text));
	memcpy(run->masks, h->masks, sizeof(run->masks));
	memcpy(run->last, h->last, sizeof(run->last));
}

/* Goes on to the first line at or behind to, or to one that begins otherwise. */
static void
extend_run(struct date_run *run, const struct date_head *h, const char *to, const char *end)
{
	const char *newline;

	while (run->to < to && date_head_fits(h, slice_of(run->to, (size_t)(end - run->to))) &&
	       (newline = memchr(run->to, '\n', (size_t)(end - run->to))) != NULL)
		run->to = newline + 1;
}

struct slice
date_run(const struct date_detector *dd, struct date_run *run, struct slice lines)
{
	const struct date_head *h = &dd->head;
	const char *end = lines.p + lines.n;

	if (!same_head(run, h) || lines.p < run->from)
		start_run(run, h, lines.p);
	extend_run(run, h, lines.p, end);
	if (run->to < lines.p)
		start_run(run, h, lines.p);
	extend_run(run, h, end, end);
	return slice_of(lines.p, (size_t)((run->to < end ? run->to : end) - lines.p));
}

size_t
date_pass(struct date_detector *dd, struct slice lines, struct instant now, struct slice *last,
    struct instant *when)
{
	const char *newline = memrchr(lines.p, '\n', lines.n - 1);
	const char *start = newline != NULL ? newline + 1 : lines.p;
	size_t n = slice_count(lines, '\n');

	*last = slice_of(start, (size_t)(lines.p + lines.n - start));
	*when = date_head_moment(&dd->head, start);
	dd->head.seen += (unsigned)n;
	dd->last->hits += n;
	dd->last->last_used = now;
	return n;
}
