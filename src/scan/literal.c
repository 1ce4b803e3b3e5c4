#include "scan/literal.h"

#include "scan/shape.h"

/* The literal that is being read, byte by byte, and the best two of those before it. */
struct run {
	struct arena *arena;
	char bytes[LITERAL_MAX_BYTES];
	size_t n;
	struct literals best, also;
};

/*
 * True if all of the regex is what its shape says. That knows nothing of case, nor that what repeats
 * a comment repeats what stands before it, and of names and octal numbers of characters. Sees such
 * in a set, too, where they are none.
 */
static bool
shape_says_all(struct slice regex)
{
	ptrdiff_t at = -1;

	if (slice_find(regex, SLICE("\\N"), 0) >= 0 || slice_find(regex, SLICE("\\0"), 0) >= 0)
		return false;
	while ((at = slice_find(regex, SLICE("(?"), (size_t)(at + 1))) >= 0) {
		struct slice rest = slice_from(regex, (size_t)at + 2);

		if (slice_starts(rest, SLICE("#")))
			return false;
		for (; rest.n > 0 && slice_find_char(SLICE("aiLmsux-"), rest.p[0], 0) >= 0;
		     rest = slice_from(rest, 1))
			if (rest.p[0] == 'i' || rest.p[0] == 'L')
				return false;
	}
	return true;
}

/* A blank makes a literal less rare than another byte. */
static size_t
worth(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == ' ' ? 1 : 2;
	return n;
}

/* The least of them counts, for a line with that one has to be looked at. */
static size_t
worth_of_all(const struct literals *l)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < l->count; i++) {
		size_t n = worth(l->v[i]);

		least = n < least ? n : least;
	}
	return l->count > 0 ? least : 0;
}

static bool
better(const struct literals *a, const struct literals *b)
{
	size_t worth_a = worth_of_all(a), worth_b = worth_of_all(b);

	return worth_a > worth_b || (worth_a == worth_b && a->count < b->count);
}

static void
consider(struct run *run, const struct literals *l)
{
	if (better(l, &run->best)) {
		run->also = run->best;
		run->best = *l;
	} else if (better(l, &run->also)) {
		run->also = *l;
	}
}

static void
end_run(struct run *run)
{
	struct literals l = {.count = 1};

	if (run->n >= LITERAL_MIN_BYTES) {
		l.v = ARENA_NEW(run->arena, struct slice);
		l.v[0] = arena_copy(run->arena, slice_of(run->bytes, run->n));
		consider(run, &l);
	}
	run->n = 0;
}

/*
 * The only byte of the set, or 0; none beyond ASCII, where a character has several, and no newline,
 * where lines are cut.
 */
static char
only_byte(const struct shape *s)
{
	unsigned found = 0;

	for (unsigned c = 0; c < 256; c++) {
		if (!shape_takes(s, (unsigned char)c))
			continue;
		if (found != 0 || c == 0 || c == '\n' || c >= 0x80)
			return '\0';
		found = c;
	}
	return (char)found;
}

static void find(struct arena *a, const struct shape *s, struct literals *out);

/* Any of the branches may be what matches, so that each must have something to look for. */
static void
find_in_choice(struct arena *a, const struct shape *s, struct literals *out)
{
	struct literals one;
	size_t cap = 0;

	*out = (struct literals){0};
	for (const struct shape *part = s->first; part != NULL; part = part->next) {
		find(a, part, &one);
		if (one.count == 0 || out->count + one.count > LITERALS_MAX) {
			out->count = 0;
			return;
		}
		if (out->count + one.count > cap) {
			struct slice *grown;

			cap = 2 * (out->count + one.count);
			grown = arena_array(a, cap, sizeof(*grown));
			if (out->count > 0)
				memcpy(grown, out->v, out->count * sizeof(*grown));
			out->v = grown;
		}
		memcpy(out->v + out->count, one.v, one.count * sizeof(*one.v));
		out->count += one.count;
	}
}

static void
take_part(struct run *run, const struct shape *s)
{
	struct literals inside = {.count = 0};
	char c = s->kind == SHAPE_SET ? only_byte(s) : '\0';

	if (c != '\0') {
		if (run->n == sizeof(run->bytes))
			end_run(run);
		run->bytes[run->n++] = c;
	} else if (s->kind == SHAPE_ROW) {
		for (const struct shape *part = s->first; part != NULL; part = part->next)
			take_part(run, part);
	} else if (s->kind == SHAPE_REPEAT && s->min > 0) {
		/* The first of its turns goes on from what stands before it. */
		take_part(run, s->first);
		end_run(run);
	} else {
		end_run(run);
		if (s->kind == SHAPE_CHOICE)
			find_in_choice(run->arena, s, &inside);
		consider(run, &inside);
	}
}

static void
find(struct arena *a, const struct shape *s, struct literals *out)
{
	struct run run = {.arena = a};

	take_part(&run, s);
	end_run(&run);
	*out = run.best;
}

static struct literals
copy(struct arena *a, const struct literals *l)
{
	struct literals out = {arena_array(a, l->count, sizeof(struct slice)), l->count};

	for (size_t i = 0; i < l->count; i++)
		out.v[i] = arena_copy(a, l->v[i]);
	return out;
}

void
literals_of(struct arena *a, struct slice regex, struct literals *best, struct literals *also)
{
	struct arena scratch = {0};
	const struct shape *s = shape_says_all(regex) ? shape_read(&scratch, regex) : NULL;
	struct run run = {.arena = &scratch};

	if (s != NULL) {
		take_part(&run, s);
		end_run(&run);
	}
	*best = copy(a, &run.best);
	*also = copy(a, &run.also);
	arena_done(&scratch);
}
