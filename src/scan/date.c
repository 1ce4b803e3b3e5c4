#include "scan/date.h"

#include "scan/datecode.h"
#include "scan/datepat.h"
#include "scan/datevalue.h"
#include "scan/zone.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

#define TEMPLATES_MAX 1000
/* Groups that are looked at; the letters of parts, and some of the pattern's own. */
#define GROUPS_MAX 64
/* A template that was idle for so long may be overtaken by any other. */
#define IDLE_MAX SPAN_S(300)
#define NO_CHAR (-1)

struct template
{
	struct datepat pat;
	struct datecode code;
	uint64_t hits;
	struct instant last_used;
	size_t distance; /* where the last match began; SIZE_MAX before the first */
};

/* Where a template matched, in characters, and which were around and at the edges. */
struct spot {
	size_t start, end;
	int32_t before, first, last, after; /* NO_CHAR outside of the line */
};

struct date_detector {
	struct arena arena;	     /* texts of the templates */
	struct slice pattern;	     /* as it was set */
	struct template **templates; /* the order changes; see promote() */
	size_t count, cap;

	struct template *last; /* that matched, or NULL */
	struct spot spot;      /* of that match */

	pcre2_match_data *match;   /* of the template that was tried last */
	pcre2_match_data *reserve; /* of one that matched, while others are tried */

	struct datevalue_zone zone;
	struct {
		const struct template *template; /* NULL: nothing is remembered */
		struct buf text;
		int64_t now_s;
		bool relative, valid;
		struct instant when;
	} memo; /* the date of the last line, as the next often has the same */
};

static struct template *
find_template(const struct date_detector *dd, struct slice name)
{
	for (size_t i = 0; i < dd->count; i++) {
		if (slice_eq(dd->templates[i]->pat.name, name))
			return dd->templates[i];
	}
	return NULL;
}

static int
refuse_twice(struct slice name, struct diag *d)
{
	struct buf text;

	buf_init(&text, 1000);
	escape_format(&text, name);
	diag_fail(d, -EINVAL, (struct place){0}, "There is already a template with name %s",
	    buf_cstr(&text));
	buf_done(&text);
	return -EINVAL;
}

static int
add_template(struct date_detector *dd, const struct datepat *pat, struct diag *d)
{
	struct template *t;
	int r;

	if (dd->count >= TEMPLATES_MAX)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "datepattern has more than %d patterns", TEMPLATES_MAX);
	t = MEM_NEW(struct template);
	t->pat = *pat;
	t->distance = SIZE_MAX;
	r = datecode_init(&t->code, &t->pat, d);
	if (r < 0) {
		mem_free(t);
		return r;
	}
	if (dd->count == dd->cap) {
		dd->cap = dd->cap > 0 ? dd->cap * 2 : 32;
		dd->templates = mem_grow(dd->templates, dd->cap, sizeof(dd->templates[0]));
	}
	dd->templates[dd->count++] = t;
	return 0;
}

static int
add_one(struct date_detector *dd, struct slice pattern, int year, struct diag *d)
{
	struct datepat pat;
	int r;

	r = datepat_make(&dd->arena, pattern, year, &pat, d);
	if (r == 0 && find_template(dd, pat.name) != NULL)
		r = refuse_twice(pat.name, d);
	return r < 0 ? r : add_template(dd, &pat, d);
}

/*
 * Adds what is not there already. A template that is one of the list in the same words gets the
 * list's weight. Unless add is set, this is all.
 */
static int
add_list(struct date_detector *dd, struct slice pattern, int year, bool add, struct diag *d)
{
	enum datepat_list list = datepat_classify(pattern);

	for (size_t i = 0;; i++) {
		struct template *known;
		struct datepat pat;
		int r;

		r = datepat_list_get(&dd->arena, list, pattern, i, year, &pat, d);
		if (r == -ENOENT)
			return 0;
		known = r == 0 ? find_template(dd, pat.name) : NULL;
		if (known != NULL && slice_eq_nocase(known->pat.given, pat.given))
			known->pat.weight = pat.weight;
		else if (r == 0 && known == NULL && add)
			r = add_template(dd, &pat, d);
		if (r < 0)
			return r;
	}
}

/* Takes the next pattern off the lines of patterns. */
static bool
next_pattern(struct slice *patterns, struct slice *pattern)
{
	while (slice_next(patterns, '\n', pattern)) {
		*pattern = slice_trim(*pattern);
		if (pattern->n > 0)
			return true;
	}
	return false;
}

static bool
only_defaults(struct slice patterns)
{
	struct slice pattern;

	while (next_pattern(&patterns, &pattern)) {
		if (datepat_classify(pattern) != DATEPAT_DEFAULT)
			return false;
	}
	return true;
}

/*
 * Source: observed. {DEFAULT} beside other patterns adds nothing, so that a line has no date if
 * these find none.
 */
static int
add_patterns(struct date_detector *dd, struct slice patterns, struct diag *d)
{
	struct slice rest = patterns, pattern;
	struct civil now;
	bool defaults;
	int r = 0;

	civil_local(time_now(), &now); /* for the decades of %ExY only */
	if (slice_trim(patterns).n == 0)
		rest = SLICE("{DEFAULT}");
	defaults = only_defaults(rest);
	while (r == 0 && next_pattern(&rest, &pattern)) {
		enum datepat_list list = datepat_classify(pattern);

		pattern = arena_copy(&dd->arena, pattern);
		if (list == DATEPAT_ONE)
			r = add_one(dd, pattern, now.year, d);
		else
			r = add_list(dd, pattern, now.year, list != DATEPAT_DEFAULT || defaults, d);
	}
	return r;
}

int
date_detector_new(struct date_detector **out, struct slice pattern, struct place at, struct diag *d)
{
	struct date_detector *dd = MEM_NEW(struct date_detector);
	int r;

	arena_init(&dd->arena);
	buf_init(&dd->memo.text, 4096);
	dd->match = pcre2_match_data_create(GROUPS_MAX, NULL);
	dd->reserve = pcre2_match_data_create(GROUPS_MAX, NULL);
	dd->pattern = arena_copy(&dd->arena, pattern);
	r = add_patterns(dd, dd->pattern, d);
	if (r < 0) {
		if (d != NULL)
			d->at = at;
		date_detector_free(dd);
		return r;
	}
	*out = dd;
	return 0;
}

void
date_detector_free(struct date_detector *dd)
{
	if (dd == NULL)
		return;
	for (size_t i = 0; i < dd->count; i++) {
		datecode_done(&dd->templates[i]->code);
		mem_free(dd->templates[i]);
	}
	mem_free(dd->templates);
	pcre2_match_data_free(dd->match);
	pcre2_match_data_free(dd->reserve);
	buf_done(&dd->memo.text);
	arena_done(&dd->arena);
	mem_free(dd);
}

int
date_detector_set_zone(struct date_detector *dd, struct slice zone, struct diag *d)
{
	int offset_s = 0, r = 0;

	if (zone.n > 0)
		r = zone_parse(zone, &offset_s);
	if (r < 0) {
		struct buf text;

		buf_init(&text, 1000);
		escape_format(&text, zone);
		diag_fail(d, -EINVAL, (struct place){0}, "Unknown or unsupported time zone: '%s'",
		    buf_cstr(&text));
		buf_done(&text);
		return -EINVAL;
	}
	dd->zone = (struct datevalue_zone){.fixed = zone.n > 0, .offset_s = offset_s};
	dd->memo.template = NULL;
	return 0;
}

/* A line, which nearly always is ASCII. */
struct text {
	struct slice s;
	bool ascii;
};

/* How many characters the first n bytes of line are. Distances count in them. */
static size_t
characters(struct text line, size_t n)
{
	size_t count = 0;

	if (line.ascii)
		return n;
	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)line.s.p[i] & 0xc0) != 0x80;
	return count;
}

/* Where the character with that index begins; the end if line is shorter. */
static size_t
byte_offset(struct text line, size_t index)
{
	if (line.ascii)
		return index < line.s.n ? index : line.s.n;
	for (size_t i = 0; i < line.s.n; i++) {
		if (((unsigned char)line.s.p[i] & 0xc0) != 0x80 && index-- == 0)
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

/*
 * True if line looks at the edges as the last one did, so that the date is at the same place, which
 * is then told in bytes.
 */
static bool
spot_fits(const struct spot *was, struct text line, size_t *start, size_t *end)
{
	struct spot now = spot_at(line, was->start, was->end);

	if (!edge_fits(now.before, was->before, now.first, was->first) ||
	    !edge_fits(now.after, was->after, now.last, was->last))
		return false;
	*start = byte_offset(line, was->start);
	*end = byte_offset(line, was->end);
	return true;
}

static double
weight_of(const struct template *t)
{
	return (double)t->hits * t->pat.weight / (double)(t->distance > 1 ? t->distance : 1);
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

	if (!t->pat.anchored)
		(void)spot_fits(&dd->spot, s->line, &start, &end); /* else the whole line */
	s->tried = start == 0 && end == s->line.s.n;
	if (!datecode_search(&t->code, s->line.s, s->line.ascii, start, end, dd->match))
		return false;
	if (t->pat.anchored || dd->count == 1)
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

	if (index + 1 == dd->count || t->pat.anchored)
		return true;
	if (at == 0 && t->hits > 0 && dd->templates[index + 1]->hits == 0)
		return true;
	return at <= t->distance && at <= (dd->last != NULL ? dd->spot.start : 1);
}

/* The template to take, its groups in dd->match; NULL if none matches. */
static struct template *
choose(struct date_detector *dd, struct search *s)
{
	pcre2_match_data *match;

	if (dd->last != NULL && try_last(dd, s))
		return dd->last;
	for (size_t i = 0; i < dd->count; i++) {
		struct template *t = dd->templates[i];

		if (t == dd->last && s->tried)
			continue;
		if (!datecode_search(&t->code, s->line.s, s->line.ascii, 0, s->line.s.n, dd->match))
			continue;
		if (good_enough(dd, s->line, i))
			return t;
		hold_back(dd, s, t);
	}
	match = dd->match;
	dd->match = dd->reserve;
	dd->reserve = match;
	return s->reserved;
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
	return weight_of(t) > weight_of(other) ||
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

/* Notes that t has matched, and returns its index. */
static size_t
note_hit(struct date_detector *dd, struct template *t, struct text line, struct instant now)
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

static struct slice
group(const struct date_detector *dd, struct slice line, unsigned number)
{
	const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(dd->match);

	if (number >= GROUPS_MAX || ov[2 * number] == PCRE2_UNSET)
		return (struct slice){NULL, 0};
	return slice_of(line.p + ov[2 * number], ov[2 * number + 1] - ov[2 * number]);
}

static int
compute(struct date_detector *dd, const struct template *t, struct slice line, struct instant now,
    struct instant *when, bool *relative)
{
	struct datevalue_parts parts = {0};

	*relative = false;
	switch (t->pat.kind) {
	case DATEPAT_EPOCH:
		return datevalue_epoch(group(dd, line, t->pat.stamp_group), when);
	case DATEPAT_LONG_EPOCH:
		return datevalue_long_epoch(group(dd, line, t->pat.stamp_group), when);
	case DATEPAT_TAI64N:
		return datevalue_tai64n(group(dd, line, 1), when);
	case DATEPAT_CIVIL:
		break;
	}
	for (size_t i = 0; i < t->code.part_count; i++)
		parts.v[DATEVALUE_PART(t->code.parts[i].letter)] =
		    group(dd, line, t->code.parts[i].number);
	return datevalue_civil(&parts, &dd->zone, now, when, relative);
}

/*
 * The moment of what matched. All that was matched is what it depends on, and on now if a part of
 * it is missing.
 */
static bool
value(struct date_detector *dd, const struct template *t, struct slice line, struct instant now,
    struct instant *when)
{
	struct slice whole = group(dd, line, 0);

	if (dd->memo.template != t || !slice_eq(buf_slice(&dd->memo.text), whole) ||
	    (dd->memo.relative && dd->memo.now_s != instant_seconds(now))) {
		buf_clear(&dd->memo.text);
		buf_add(&dd->memo.text, whole);
		dd->memo.valid = compute(dd, t, line, now, &dd->memo.when, &dd->memo.relative) == 0;
		dd->memo.now_s = instant_seconds(now);
		dd->memo.template = buf_refused(&dd->memo.text) ? NULL : t;
	}
	if (dd->memo.valid)
		*when = dd->memo.when;
	return dd->memo.valid;
}

bool
date_find(struct date_detector *dd, struct slice line, bool ascii, struct instant now,
    struct date_match *out)
{
	struct search s = {.line = {line, ascii}};
	struct template *t = choose(dd, &s);
	const PCRE2_SIZE *ov;

	if (t == NULL)
		return false;
	*out = (struct date_match){.template = (unsigned)note_hit(dd, t, s.line, now)};
	ov = pcre2_get_ovector_pointer(dd->match);
	out->start = ov[2];
	out->end = ov[3];
	out->empty = ov[2] == ov[3];
	out->valid = !out->empty && value(dd, t, line, now, &out->when);
	return true;
}

size_t
date_template_count(const struct date_detector *dd)
{
	return dd->count;
}

void
date_template_info(const struct date_detector *dd, size_t index, struct date_template_info *out)
{
	const struct template *t = dd->templates[index];

	*out = (struct date_template_info){
	    .name = t->pat.name,
	    .pattern = t->pat.pattern,
	    .regex = t->pat.regex,
	    .hits = t->hits,
	    .weight = t->pat.weight,
	    .score = weight_of(t),
	};
}

void
date_detector_describe(const struct date_detector *dd, struct slice *pattern, struct slice *name)
{
	bool few = dd->count <= 2; /* more are called the default ones, as in fail2ban */

	*pattern = dd->count == 1 ? dd->templates[0]->pat.pattern : few ? dd->pattern : SLICE_EMPTY;
	*name = few ? dd->templates[0]->pat.name : SLICE("Default Detectors");
}
