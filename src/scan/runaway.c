#include "scan/runaway.h"

#include "scan/shape.h"
#include "util/escape.h"

#include <errno.h>

#define LENGTHS 31	/* runs of one character are looked at up to this length */
#define TRIALS_MAX 400	/* in one expression */
#define SHARED_MAX 32	/* parts in a row that are looked at for a run they share */
#define SAMPLE_MAX 200	/* bytes of text before the part that runs away */
#define PICKS 4		/* alternatives of what repeats that are tried */
#define SHOWN_COPIES 12 /* of what is repeated, in the short form */

/* Two parts that repeat cost the square of a line's length, which is bearable; three its cube. */
#define DEGREE_MIN 3

/* How a part takes runs of one character. */
struct runs {
	uint32_t lengths; /* bit k: it takes k of them; the last bit stands for more too */
	bool twice;	  /* it takes one of the lengths in more than one way */
};

struct hunt {
	struct pattern *pattern;
	struct matcher *matcher;
	struct buf *line; /* of the trial, then the short form of what was found */
	struct buf prefix, end;
	char characters[128]; /* one of each kind that the sets tell apart; terminated */
	size_t trials;
	bool found;
};

/* ---- runs ---- */

static struct runs
runs_row(struct runs a, struct runs b)
{
	struct runs out = {0, (a.twice && b.lengths != 0) || (b.twice && a.lengths != 0)};

	for (unsigned i = 0; i <= LENGTHS; i++)
		for (unsigned k = 0; (a.lengths >> i & 1) != 0 && k <= LENGTHS; k++) {
			unsigned sum = i + k < LENGTHS ? i + k : LENGTHS;

			if ((b.lengths >> k & 1) == 0)
				continue;
			/* At the end lengths are not told apart. */
			out.twice |= (out.lengths >> sum & 1) != 0 && sum < LENGTHS;
			out.lengths |= 1u << sum;
		}
	return out;
}

/* Whether one repetition of the part can be taken for another number of them. */
static bool
runs_ambiguous(struct runs r)
{
	uint32_t some = r.lengths & ~1u;

	return some != 0 && (r.twice || (some & (some - 1)) != 0);
}

static struct runs
runs_repeat(struct runs part, unsigned min, unsigned max)
{
	struct runs out = {0, max > 1 && runs_ambiguous(part)}, power = {1, false};

	for (unsigned i = 0; i <= LENGTHS && i <= max; i++) {
		if (i >= min || i == LENGTHS)
			out.lengths |= power.lengths;
		power = runs_row(power, part);
	}
	return out;
}

static struct runs
runs_of(const struct shape *s, unsigned char c)
{
	struct runs out = {1, false};

	switch (s->kind) {
	case SHAPE_NOTHING:
		return out;
	case SHAPE_SET:
		out.lengths = shape_takes(s, c) ? 2 : 0;
		return out;
	case SHAPE_ROW:
		for (const struct shape *part = s->first; part != NULL; part = part->next)
			out = runs_row(out, runs_of(part, c));
		return out;
	case SHAPE_CHOICE:
		out.lengths = 0;
		for (const struct shape *part = s->first; part != NULL; part = part->next) {
			struct runs one = runs_of(part, c);

			out.twice |= one.twice || (out.lengths & one.lengths & ~1u) != 0;
			out.lengths |= one.lengths;
		}
		return out;
	case SHAPE_REPEAT:
		return runs_repeat(runs_of(s->first, c), s->min, s->max);
	}
	return out;
}

/* How many parts that repeat without end can share a run of c. */
static unsigned
degree_of(const struct shape *s, unsigned char c)
{
	unsigned most = 0, run = 0, one;

	switch (s->kind) {
	case SHAPE_ROW:
		for (const struct shape *part = s->first; part != NULL; part = part->next) {
			run = runs_of(part, c).lengths != 0 ? run + degree_of(part, c) : 0;
			most = run > most ? run : most;
		}
		return most;
	case SHAPE_CHOICE:
		for (const struct shape *part = s->first; part != NULL; part = part->next) {
			one = degree_of(part, c);
			most = one > most ? one : most;
		}
		return most;
	case SHAPE_REPEAT:
		if ((runs_of(s->first, c).lengths & ~1u) == 0)
			return 0;
		if (s->max >= SHAPE_ENDLESS)
			return 1;
		return degree_of(s->first, c) * (s->max < DEGREE_MIN ? s->max : DEGREE_MIN);
	default:
		return 0;
	}
}

/* ---- trials ---- */

static const struct shape *
choose(const struct shape *choice, unsigned pick)
{
	const struct shape *part = choice->first;

	for (; pick > 0 && part->next != NULL; pick--)
		part = part->next;
	return part;
}

/*
 * A text that the part takes, short, and made of letters where it can be. pick says which of
 * several alternatives.
 */
static void
add_sample(struct buf *out, const struct shape *s, unsigned pick)
{
	static const char liked[] = "a0. :/";
	unsigned c = 0;

	if (out->n > SAMPLE_MAX)
		return;
	switch (s->kind) {
	case SHAPE_SET:
		for (size_t i = 0; i < sizeof(liked) - 1 && c == 0; i++)
			if (shape_takes(s, (unsigned char)liked[i]))
				c = (unsigned char)liked[i];
		for (unsigned i = ' '; i < 0x7f && c == 0; i++)
			if (shape_takes(s, (unsigned char)i))
				c = i;
		buf_add_char(out, (char)c);
		return;
	case SHAPE_ROW:
		for (const struct shape *part = s->first; part != NULL; part = part->next)
			add_sample(out, part, pick);
		return;
	case SHAPE_CHOICE:
		add_sample(out, choose(s, pick), pick);
		return;
	case SHAPE_REPEAT:
		for (unsigned i = 0; i < s->min && out->n <= SAMPLE_MAX; i++)
			add_sample(out, s->first, pick);
		return;
	case SHAPE_NOTHING:
		return;
	}
}

static bool
try_line(struct hunt *h, struct slice pump, const char *end)
{
	struct slice line;

	buf_clear(h->line);
	buf_add(h->line, buf_slice(&h->prefix));
	while (h->line->n + pump.n < RUNAWAY_LINE_BYTES)
		buf_add(h->line, pump);
	buf_add_cstr(h->line, end);
	h->trials++;
	matcher_begin(h->matcher);
	line = buf_slice(h->line);
	if (utf8_ascii(line) < line.n || pattern_search(h->pattern, h->matcher, line, true) != -E2BIG)
		return false;
	buf_clear(h->line);
	buf_add(h->line, buf_slice(&h->prefix));
	for (size_t i = 0; i < SHOWN_COPIES; i++)
		buf_add(h->line, pump);
	return true;
}

/*
 * Behind the run stands something that hardly a part takes; and then each character that the
 * expression asks for, though not in order, since the library gives up at once where one that must
 * be there is missing.
 */
static void
try_pump(struct hunt *h, struct slice pump)
{
	const char *ends[] = {buf_cstr(&h->end), "\x01", ""};

	for (size_t i = 0; i < 3 && !h->found && h->trials < TRIALS_MAX; i++)
		h->found = pump.n > 0 && try_line(h, pump, ends[i]);
}

static void
try_character(struct hunt *h, unsigned char c)
{
	char text = (char)c;

	try_pump(h, slice_of(&text, 1));
}

static void
mark_kinds(const struct shape *s, uint64_t *kinds)
{
	if (s->kind == SHAPE_SET)
		for (unsigned c = 0; c < 128; c++)
			kinds[c] = kinds[c] * 0x100000001b3u ^ shape_takes(s, (unsigned char)c);
	for (const struct shape *part = s->first; part != NULL; part = part->next)
		mark_kinds(part, kinds);
}

/* Characters that all sets take or all sets leave alike need not be looked at one by one. */
static void
choose_characters(struct hunt *h, const struct shape *s)
{
	static const char order[] = " a0";
	uint64_t kinds[128] = {0};
	size_t n = 0;

	mark_kinds(s, kinds);
	for (unsigned i = 0; i < 128; i++) {
		unsigned c = i < 3 ? (unsigned char)order[i] : i;
		bool known = c < ' ' || c == 0x7f;

		for (size_t k = 0; k < n; k++)
			known |= kinds[(unsigned char)h->characters[k]] == kinds[c];
		if (!known)
			h->characters[n++] = (char)c;
	}
	h->characters[n] = '\0';
}

static void
hunt_repeat(struct hunt *h, const struct shape *s)
{
	bool inner = false;
	struct buf pump;

	if (s->max < SHAPE_ENDLESS)
		return;
	for (size_t i = 0; h->characters[i] != '\0' && !h->found; i++) {
		struct runs part = runs_of(s->first, (unsigned char)h->characters[i]);

		inner |= degree_of(s->first, (unsigned char)h->characters[i]) > 0;
		if (runs_ambiguous(part))
			try_character(h, (unsigned char)h->characters[i]);
	}
	if (!inner || h->found)
		return;
	/* What repeats in it may end with a text that it takes itself. */
	buf_init(&pump, RUNAWAY_LINE_BYTES);
	for (unsigned pick = 0; pick < PICKS && !h->found; pick++) {
		buf_clear(&pump);
		add_sample(&pump, s->first, pick);
		try_pump(h, buf_slice(&pump));
	}
	buf_done(&pump);
}

/* Runs that several parts share, beginning with this one. */
static void
hunt_row(struct hunt *h, const struct shape *first)
{
	for (size_t i = 0; h->characters[i] != '\0' && !h->found; i++) {
		unsigned char c = (unsigned char)h->characters[i];
		unsigned degree = 0, count = 0;

		if (degree_of(first, c) == 0)
			continue;
		for (const struct shape *part = first;
		     part != NULL && degree < DEGREE_MIN && count < SHARED_MAX;
		     part = part->next, count++) {
			if (runs_of(part, c).lengths == 0)
				break;
			degree += degree_of(part, c);
		}
		if (degree >= DEGREE_MIN)
			try_character(h, c);
	}
}

static void
hunt_in(struct hunt *h, const struct shape *s)
{
	size_t before = h->prefix.n;

	if (s->kind == SHAPE_REPEAT)
		hunt_repeat(h, s);
	for (const struct shape *part = s->first; part != NULL && !h->found; part = part->next) {
		if (s->kind == SHAPE_ROW)
			hunt_row(h, part);
		hunt_in(h, part);
		if (s->kind == SHAPE_ROW)
			add_sample(&h->prefix, part, 0);
	}
	buf_cut(&h->prefix, before);
}

bool
runaway_find(struct pattern *p, struct matcher *m, struct buf *line)
{
	struct hunt h = {.pattern = p, .matcher = m, .line = line};
	struct shape *s;
	struct arena a;

	arena_init(&a);
	s = shape_read(&a, p->code->text);
	buf_init(&h.prefix, 2 * RUNAWAY_LINE_BYTES);
	buf_init(&h.end, 2 * RUNAWAY_LINE_BYTES);
	buf_add_char(&h.end, '\x01');
	if (s != NULL) {
		add_sample(&h.prefix, s, 0);
		for (size_t i = h.prefix.n; i > 0; i--)
			buf_add_char(&h.end, h.prefix.p[i - 1]);
		buf_clear(&h.prefix);
		choose_characters(&h, s);
		hunt_in(&h, s);
	}
	buf_done(&h.prefix);
	buf_done(&h.end);
	arena_done(&a);
	return h.found;
}
