#include "scan/date_head.h"

#include "scan/date_state.h"
#include "util/mem.h"

#define MORE 2 /* bytes behind the date; mostly they tell that it ends there */

/* To settle a beginning takes as long as to find so many dates. */
#define COST 512
#define PATIENCE_MIN 16
#define PATIENCE_MAX 4096

/* So many lines are let go, once many in a row began as no other did. */
#define WAIT_MAX 32

/* ---- the beginning ---- */

void
date_head_forget(struct date_head *h)
{
	h->state = DATE_HEAD_NONE;
}

/* The line from its first mark on; empty if it has none. */
static struct slice
from_mark(struct slice line, char mark)
{
	const char *first = mark != '\0' && line.n > 0 ? memchr(line.p, mark, line.n) : line.p;

	return first != NULL ? slice_from(line, (size_t)(first - line.p)) : SLICE_EMPTY;
}

/* All of it must be the same, but for digits and the last byte. */
static void
make_opening(struct date_head *h)
{
	date_opening_set(&h->opening, slice_of(h->text, h->n));
	date_opening_allow(&h->opening, h->seconds.at, h->seconds.n, '0', '9');
	if (h->seconds.n > 0)
		date_opening_allow(&h->opening, h->seconds.at, 1, '0', '5');
	date_opening_allow(&h->opening, h->fraction.at, h->fraction.n, '0', '9');
}

static bool
all_digits(const char *p, size_t n)
{
	while (n > 0 && char_digit(p[n - 1]))
		n--;
	return n == 0;
}

/* The more the last beginning was of use, the sooner the next is settled. */
static void
learn(struct date_head *h)
{
	if (h->patience == 0)
		h->patience = PATIENCE_MIN;
	else if (h->state == DATE_HEAD_SETTLED && h->seen > h->patience + COST)
		h->patience = h->patience / 2 > PATIENCE_MIN ? h->patience / 2 : PATIENCE_MIN;
	else if (h->state != DATE_HEAD_SEEN && h->patience < PATIENCE_MAX)
		h->patience *= 2;
}

/* The group of a part of a date as digits within the head. False if it is no number there. */
static bool
part_digits(const struct date_detector *dd, struct slice head, char letter,
    struct date_head_digits *out)
{
	const struct datecode *c = dd->last->code;
	struct slice part = {NULL, 0};

	*out = (struct date_head_digits){0};
	for (size_t i = 0; i < c->part_count; i++)
		if (c->parts[i].letter == letter)
			part = date_group(dd, head, c->parts[i].number);
	if (part.p == NULL || part.p + part.n > head.p + head.n || !all_digits(part.p, part.n))
		return false;
	*out = (struct date_head_digits){(size_t)(part.p - head.p), part.n};
	return true;
}

/* Where the digits are that may differ from one such line to the next. */
static void
find_digits(struct date_detector *dd, struct slice head)
{
	struct date_head *h = &dd->head;

	h->seconds = h->fraction = (struct date_head_digits){0};
	if (dd->last->pat->kind != DATEPAT_CIVIL || !h->match.valid)
		return;
	if (!part_digits(dd, head, 'S', &h->seconds) || h->seconds.n != 2)
		h->seconds.n = 0;
	else
		(void)part_digits(dd, head, 'f', &h->fraction);
}

/* Where addresses come first, no two lines begin alike: not each is worth being remembered. */
static bool
worth_seeing(struct date_head *h)
{
	if (h->seen > 1) {
		h->alone = h->wait = 0;
		return true;
	}
	if (h->wait > 0) {
		h->wait--;
		return false;
	}
	h->alone += h->alone < WAIT_MAX;
	h->wait = h->alone;
	return true;
}

/* A line of another kind than before. */
static void
see(struct date_detector *dd, struct slice line, const struct date_match *match)
{
	struct date_head *h = &dd->head;

	learn(h);
	h->state = DATE_HEAD_NONE;
	h->mark = dd->last->pat->mark;
	h->seen = 0;
	h->n = pcre2_get_ovector_pointer(dd->match)[1] + MORE;
	if (h->n > line.n || h->n > sizeof(h->text) || line.p[h->n - 1] < ' ')
		return;
	memcpy(h->text, line.p, h->n);
	h->match = *match;
	find_digits(dd, slice_upto(line, h->n));
	make_opening(h);
	h->state = DATE_HEAD_SEEN;
	h->seen = 1;
}

/* ---- settling ---- */

/* What was found in a line, to be held against what is found in its likes. */
struct groups {
	PCRE2_SIZE v[2 * GROUPS_MAX];
	size_t n;
};

/* How many numbers of a match are of groups that are looked at. */
static size_t
numbers_of(const struct datecode *c)
{
	unsigned most = 1;

	for (size_t i = 0; i < c->part_count; i++)
		if (c->parts[i].number > most && c->parts[i].number < GROUPS_MAX)
			most = c->parts[i].number;
	return 2 * ((size_t)most + 1);
}

static void
keep_groups(const struct date_detector *dd, struct groups *g)
{
	g->n = numbers_of(dd->last->code);
	memcpy(g->v, pcre2_get_ovector_pointer(dd->match), g->n * sizeof(g->v[0]));
}

/*
 * Searches text as the line that begins so would be searched. True if the same groups are found,
 * whatever stands behind text.
 */
static bool
found_again(struct date_detector *dd, struct slice text, const struct groups *g)
{
	struct template *t = dd->last;
	size_t start = dd->spot.start, end = dd->spot.end;

	if (t->pat->anchored ? !datecode_settled(t->code, text, dd->match)
			    : !datecode_search(t->code, text, true, start, end, dd->match))
		return false;
	return memcmp(pcre2_get_ovector_pointer(dd->match), g->v, g->n * sizeof(g->v[0])) == 0;
}

static void
put_number(char *p, size_t n, unsigned value)
{
	for (; n > 0; n--, value /= 10)
		p[n - 1] = (char)('0' + value % 10);
}

/* The moment of the head with these seconds. */
static bool
moment_with(struct date_detector *dd, const struct groups *g, unsigned seconds,
    struct instant now, struct instant *when)
{
	struct date_head *h = &dd->head;
	char text[DATE_OPENING_BYTES];

	memcpy(text, h->text, h->n);
	put_number(text + h->seconds.at, h->seconds.n, seconds);
	return found_again(dd, slice_of(text, h->n), g) &&
	       date_compute(dd, dd->last, slice_of(text, h->n), now, when, &h->relative) == 0;
}

/* False if the seconds are not just added to the rest, as when that depends on what is past. */
static bool
reckon_minute(struct date_detector *dd, const struct groups *g, struct instant now)
{
	struct date_head *h = &dd->head;
	struct instant last;

	if (!moment_with(dd, g, 0, now, &h->minute) || !moment_with(dd, g, 59, now, &last))
		return false;
	h->now_s = instant_seconds(now);
	return instant_since(last, h->minute).us == 59 * US_PER_S;
}

/* True if the same groups are found with any of these digits there. */
static bool
any_digits(struct date_detector *dd, const struct groups *g, struct date_head_digits where)
{
	const struct date_head *h = &dd->head;
	char text[DATE_OPENING_BYTES];

	for (size_t i = 0; i < where.n; i++) {
		memcpy(text, h->text, h->n);
		for (char c = '0'; c <= '9'; c++) {
			text[where.at + i] = c;
			if (!found_again(dd, slice_of(text, h->n), g))
				return false;
		}
	}
	return true;
}

static bool
any_second(struct date_detector *dd, const struct groups *g)
{
	const struct date_head *h = &dd->head;
	char text[DATE_OPENING_BYTES];

	memcpy(text, h->text, h->n);
	for (unsigned s = 0; s < 60; s++) {
		put_number(text + h->seconds.at, h->seconds.n, s);
		if (!found_again(dd, slice_of(text, h->n), g))
			return false;
	}
	return true;
}

/* Lets the last byte be another that is shown to be of no effect. */
static void
prove_last(struct date_detector *dd, const struct groups *g)
{
	struct date_head *h = &dd->head;
	char text[DATE_OPENING_BYTES];

	memcpy(text, h->text, h->n);
	h->opening.last[0] = h->opening.last[1] = 0;
	for (char c = ' '; c < 127; c++) {
		text[h->n - 1] = c;
		if (found_again(dd, slice_of(text, h->n), g))
			h->opening.last[c / 64] |= UINT64_C(1) << c % 64;
	}
}

/* Lets the digits differ only if that is shown to be of no other effect. */
static void
prove_digits(struct date_detector *dd, const struct groups *g, struct instant now)
{
	struct date_head *h = &dd->head;

	if (h->seconds.n > 0 && any_second(dd, g) && reckon_minute(dd, g, now)) {
		/* A fraction counts for nothing in a moment. */
		if (!any_digits(dd, g, h->fraction))
			h->fraction.n = 0;
	} else {
		h->seconds.n = h->fraction.n = 0;
	}
	make_opening(h);
}

/* True if the match in dd->match is what every line with the same head is found to have. */
static bool
settled(struct date_detector *dd, struct slice head, const struct groups *g)
{
	size_t start, end;

	if (!dd->last->pat->anchored &&
	    (!date_spot_fits(&dd->spot, (struct text){head, true}, &start, &end) ||
		g->v[0] != start || g->v[1] != end))
		return false;
	return found_again(dd, head, g);
}

/*
 * A beginning that one detector has settled, and all that this depended on. Many jails read one log,
 * and the same lines come to each.
 */
struct date_settled {
	const struct datecode *code; /* NULL: nothing is here */
	struct spot spot;
	bool fixed; /* of the zone */
	int offset_s;
	struct groups groups;
	struct date_head asked, found;
};

/* How many a list remembers: in a block of a log there are seldom more. */
#define SETTLED_MAX 4

void
date_settled_free(struct date_settled *all)
{
	mem_free(all);
}

static bool
same_spot(const struct spot *a, const struct spot *b)
{
	return a->start == b->start && a->end == b->end && a->before == b->before &&
	       a->first == b->first && a->last == b->last && a->after == b->after;
}

static bool
same_match(const struct date_match *a, const struct date_match *b)
{
	return a->start == b->start && a->end == b->end && a->valid == b->valid &&
	       a->empty == b->empty && a->when.us == b->when.us && a->template == b->template;
}

static bool
same_digits(const struct date_head_digits *a, const struct date_head_digits *b)
{
	return a->at == b->at && a->n == b->n;
}

static bool
same_head(const struct date_head *a, const struct date_head *b)
{
	return a->mark == b->mark && a->n == b->n && memcmp(a->text, b->text, a->n) == 0 &&
	       same_digits(&a->seconds, &b->seconds) && same_digits(&a->fraction, &b->fraction) &&
	       same_match(&a->match, &b->match) && a->relative == b->relative &&
	       a->now_s == b->now_s;
}

static bool
is_settled_by(const struct date_detector *dd, const struct groups *g, const struct date_settled *s)
{
	return s->code == dd->last->code &&
	       (dd->last->pat->anchored || same_spot(&s->spot, &dd->spot)) &&
	       s->fixed == dd->zone.fixed && s->offset_s == dd->zone.offset_s &&
	       s->groups.n == g->n && memcmp(s->groups.v, g->v, g->n * sizeof(g->v[0])) == 0 &&
	       same_head(&s->asked, &dd->head);
}

/* Takes over what another detector has settled. False if none has. */
static bool
recall(struct date_detector *dd, const struct groups *g)
{
	const struct date_list *list = dd->list;
	struct date_head own = dd->head;

	for (size_t i = 0; list->settled != NULL && i < SETTLED_MAX; i++) {
		if (!is_settled_by(dd, g, &list->settled[i]))
			continue;
		dd->head = list->settled[i].found;
		dd->head.seen = own.seen;
		dd->head.patience = own.patience;
		dd->head.alone = own.alone;
		dd->head.wait = own.wait;
		return true;
	}
	return false;
}

static void
keep_settled(const struct date_detector *dd, const struct groups *g, const struct date_head *asked)
{
	struct date_list *list = dd->list;
	struct date_settled *s;

	if (list->settled == NULL)
		list->settled = mem_array(SETTLED_MAX, sizeof(*s));
	s = &list->settled[list->settled_next++ % SETTLED_MAX];
	s->code = dd->last->code;
	s->spot = dd->spot;
	s->fixed = dd->zone.fixed;
	s->offset_s = dd->zone.offset_s;
	s->groups.n = g->n;
	memcpy(s->groups.v, g->v, g->n * sizeof(g->v[0]));
	s->asked = *asked;
	s->found = dd->head;
}

static void
settle(struct date_detector *dd, struct slice line, struct instant now,
    const struct date_match *match)
{
	struct date_head *h = &dd->head;
	struct slice head = slice_upto(line, h->n);
	struct date_head asked;
	struct groups g;

	keep_groups(dd, &g);
	memcpy(h->text, head.p, head.n);
	h->match = *match;
	h->relative = dd->memo.relative;
	h->now_s = instant_seconds(now);
	if (recall(dd, &g))
		return;
	asked = *h;
	h->state = settled(dd, head, &g) ? DATE_HEAD_SETTLED : DATE_HEAD_OPEN;
	if (h->state == DATE_HEAD_SETTLED) {
		prove_digits(dd, &g, now);
		prove_last(dd, &g);
		keep_settled(dd, &g, &asked);
	}
}

/* A settled head whose moment was of another second than now. */
static void
renew(struct date_detector *dd, struct slice line, struct instant now,
    const struct date_match *match)
{
	struct date_head *h = &dd->head;
	struct groups g;

	keep_groups(dd, &g);
	h->match = *match;
	h->now_s = instant_seconds(now);
	if (h->seconds.n > 0 && !reckon_minute(dd, &g, now))
		h->state = DATE_HEAD_OPEN;
}

/* Lets places in dd->match count from there on; the whole then begins there. */
static void
count_from(struct date_detector *dd, size_t start)
{
	PCRE2_SIZE *ov = pcre2_get_ovector_pointer(dd->match);
	size_t n = numbers_of(dd->last->code);

	for (size_t i = 0; i < n; i++)
		if (ov[i] != PCRE2_UNSET)
			ov[i] -= ov[i] < start ? ov[i] : start;
}

void
date_keep_head(struct date_detector *dd, struct text line, struct instant now,
    const struct date_match *match)
{
	struct date_head *h = &dd->head;
	char mark = dd->last->pat->mark;
	struct slice s = from_mark(line.s, mark);
	struct date_match m = *match;

	if (!line.ascii) {
		h->state = DATE_HEAD_NONE;
		return;
	}
	if (mark != '\0') {
		count_from(dd, line.s.n - s.n);
		m.start -= line.s.n - s.n;
		m.end -= line.s.n - s.n;
	}
	if (h->state == DATE_HEAD_NONE || h->mark != mark || !date_opening_fits(&h->opening, s)) {
		if (worth_seeing(h))
			see(dd, s, &m);
	} else if (h->state == DATE_HEAD_SETTLED) {
		renew(dd, s, now, &m);
	} else if (++h->seen > h->patience && h->state == DATE_HEAD_SEEN) {
		settle(dd, s, now, &m);
	}
}

struct instant
date_head_moment(const struct date_head *h, const char *line)
{
	const char *seconds = line + h->seconds.at;

	if (h->seconds.n == 0)
		return h->match.when;
	return instant_add(h->minute, SPAN_S((seconds[0] - '0') * 10 + seconds[1] - '0'));
}

bool
date_by_head(
    struct date_detector *dd, struct slice line, struct instant now, struct date_match *out)
{
	struct date_head *h = &dd->head;
	struct slice s;

	if (!date_head_holds(h, now))
		return false;
	s = from_mark(line, h->mark);
	if (!date_opening_fits(&h->opening, s))
		return false;
	h->seen++;
	dd->last->hits++;
	dd->last->last_used = now;
	*out = h->match;
	out->start += line.n - s.n;
	out->end += line.n - s.n;
	out->when = date_head_moment(h, s.p);
	return true;
}
