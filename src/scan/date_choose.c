#include "scan/date_state.h"

#include "util/escape.h"

/* A template that was idle for so long may be overtaken by any other. */
#define IDLE_MAX SPAN_S(300)
#define NO_CHAR (-1)

/* How many characters the first n bytes of line are. Distances count in them. */
static size_t
characters(struct text line, size_t n)
{
	return line.ascii ? n : utf8_count(slice_upto(line.s, n));
}

/* Where the character with that index begins; the end if line is shorter. */
static size_t
byte_offset(struct text line, size_t index)
{
	if (line.ascii)
		return index < line.s.n ? index : line.s.n;
	for (size_t i = 0; i < line.s.n; i++) {
		if (utf8_begins(line.s.p[i]) && index-- == 0)
			return i;
	}
	return line.s.n;
}

static int32_t
char_at(struct text line, size_t i)
{
	uint32_t code;

	if (i >= line.s.n)
		return NO_CHAR;
	if (!line.ascii && utf8_next(slice_from(line.s, i), &code) > 0)
		return (int32_t)code;
	return (unsigned char)line.s.p[i];
}

/* What is at the edges of the characters from start to end, of which line may have fewer. */
static struct spot
spot_at(struct text line, size_t start, size_t end)
{
	return (struct spot){
	    .start = start,
	    .end = end,
	    .before = start > 0 ? char_at(line, byte_offset(line, start - 1)) : NO_CHAR,
	    .first = char_at(line, byte_offset(line, start)),
	    .last = end > 0 ? char_at(line, byte_offset(line, end - 1)) : NO_CHAR,
	    .after = char_at(line, byte_offset(line, end)),
	};
}

/* Beyond ASCII nearly all that stands in a log is a letter. */
static bool
alnum(int32_t c)
{
	return c >= 0x80 || (c >= 0 && char_alnum((char)c));
}

static bool
edge_fits(int32_t outer, int32_t outer_was, int32_t inner, int32_t inner_was)
{
	return outer == outer_was || (inner == inner_was && !alnum(inner));
}

bool
date_spot_fits(const struct spot *was, struct text line, size_t *start, size_t *end)
{
	struct spot now = spot_at(line, was->start, was->end);

	if (!edge_fits(now.before, was->before, now.first, was->first) ||
	    !edge_fits(now.after, was->after, now.last, was->last))
		return false;
	*start = byte_offset(line, was->start);
	*end = byte_offset(line, was->end);
	return true;
}

double
date_weight(const struct template *t)
{
	return (double)t->hits * t->pat->weight / (double)(t->distance > 1 ? t->distance : 1);
}

/* One look at a line: what it is, and the match that is held back so far. */
struct search {
	struct text line;
	struct template *reserved; /* or NULL; its groups are in dd->reserve */
	size_t reserved_at;
	bool tried; /* the template of the last line was */
};

static size_t
match_start(const struct date_detector *dd)
{
	return pcre2_get_ovector_pointer(dd->match)[0];
}

static size_t
match_end(const struct date_detector *dd)
{
	return pcre2_get_ovector_pointer(dd->match)[1];
}

static void
hold_back(struct date_detector *dd, struct search *s, struct template *t)
{
	pcre2_match_data *match = dd->match;

	if (s->reserved != NULL && s->reserved_at <= match_start(dd))
		return;
	s->reserved = t;
	s->reserved_at = match_start(dd);
	dd->match = dd->reserve;
	dd->reserve = match;
}

/*
 * Tries the template of the last line first, if it can at the same place. True: take the match.
 * s->tried tells that it has seen the whole line, and need not be asked again.
 */
static bool
try_last(struct date_detector *dd, struct search *s)
{
	struct template *t = dd->last;
	size_t start = 0, end = s->line.s.n;

	if (!t->pat->anchored)
		(void)date_spot_fits(&dd->spot, s->line, &start, &end); /* else the whole line */
	s->tried = start == 0 && end == s->line.s.n;
	if (!datecode_search(t->code, s->line.s, s->line.ascii, start, end, dd->match))
		return false;
	if (t->pat->anchored || dd->count == 1)
		return true;
	if (characters(s->line, match_start(dd)) == dd->spot.start &&
	    characters(s->line, match_end(dd)) == dd->spot.end)
		return true;
	hold_back(dd, s, t);
	return false;
}

/*
 * True if the match of the template at index is to be taken without looking at the others: not if
 * it is farther right than before, for then it may be a date within the message.
 */
static bool
good_enough(const struct date_detector *dd, struct text line, size_t index)
{
	const struct template *t = dd->templates[index];
	size_t at = characters(line, match_start(dd));

	if (index + 1 == dd->count || t->pat->anchored)
		return true;
	if (at == 0 && t->hits > 0 && dd->templates[index + 1]->hits == 0)
		return true;
	return at <= t->distance && at <= (dd->last != NULL ? dd->spot.start : 1);
}

struct template *
date_choose(struct date_detector *dd, struct text line)
{
	struct search s = {.line = line};
	pcre2_match_data *match;

	if (dd->last != NULL && try_last(dd, &s))
		return dd->last;
	for (size_t i = 0; i < dd->count; i++) {
		struct template *t = dd->templates[i];

		if (t == dd->last && s.tried)
			continue;
		if (!datecode_search(t->code, s.line.s, s.line.ascii, 0, s.line.s.n, dd->match))
			continue;
		if (good_enough(dd, s.line, i))
			return t;
		hold_back(dd, &s, t);
	}
	match = dd->match;
	dd->match = dd->reserve;
	dd->reserve = match;
	return s.reserved;
}

static size_t
index_of(const struct date_detector *dd, const struct template *t)
{
	size_t i = 0;

	while (dd->templates[i] != t)
		i++;
	return i;
}

static bool
overtakes(const struct template *t, const struct template *other)
{
	return date_weight(t) > date_weight(other) ||
	       instant_since(t->last_used, other->last_used).us > IDLE_MAX.us;
}

/*
 * Moves the template at index towards the front: to the first place that was never used, or half
 * way, or by one, as far as it outweighs who is there. Returns its new index.
 */
static size_t
promote(struct date_detector *dd, size_t index)
{
	struct template *t = dd->templates[index];
	size_t to = 0;

	while (to < index && dd->templates[to]->hits > 0)
		to++;
	if (to == index)
		to = index / 2;
	if (!overtakes(t, dd->templates[to])) {
		to = index - 1;
		if (!overtakes(t, dd->templates[to]))
			return index;
	}
	memmove(
	    &dd->templates[to + 1], &dd->templates[to], (index - to) * sizeof(dd->templates[0]));
	dd->templates[to] = t;
	return to;
}

size_t
date_note_hit(
    struct date_detector *dd, struct template *t, struct text line, struct instant now)
{
	bool again = t == dd->last;
	size_t index = index_of(dd, t);

	t->hits++;
	t->last_used = now;
	dd->spot =
	    spot_at(line, characters(line, match_start(dd)), characters(line, match_end(dd)));
	t->distance = dd->spot.start;
	dd->last = t;
	return again || index == 0 ? index : promote(dd, index);
}
