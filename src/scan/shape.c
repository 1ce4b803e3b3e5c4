#include "scan/shape.h"

#define DEPTH_MAX 200
#define PARTS_MAX 5000 /* the largest of fail2ban's have some hundreds */

struct reader {
	struct arena *arena;
	struct slice rest;
	unsigned depth;
	size_t parts;
	bool failed;
};

static struct shape *
make(struct reader *r, enum shape_kind kind)
{
	struct shape *s = ARENA_NEW(r->arena, struct shape);

	s->kind = kind;
	r->failed |= ++r->parts > PARTS_MAX;
	return s;
}

static void
add_part(struct shape *to, struct shape *part)
{
	if (to->last != NULL)
		to->last->next = part;
	else
		to->first = part;
	to->last = part;
}

static bool
take(struct reader *r, char c)
{
	if (r->rest.n == 0 || r->rest.p[0] != c)
		return false;
	r->rest = slice_from(r->rest, 1);
	return true;
}

static char
take_any(struct reader *r)
{
	char c = r->rest.n > 0 ? r->rest.p[0] : '\0';

	r->failed |= r->rest.n == 0;
	r->rest = slice_from(r->rest, 1);
	return c;
}

/* ---- sets ---- */

static void
set_add(unsigned char *set, unsigned c)
{
	set[c / 8] = (unsigned char)(set[c / 8] | 1u << (c % 8));
}

static void
set_add_range(unsigned char *set, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to && c < 256; c++)
		set_add(set, c);
}

static void
set_flip(unsigned char *set)
{
	for (size_t i = 0; i < 32; i++)
		set[i] = (unsigned char)~set[i];
}

/* \d, \w, \s and their opposites; false for another letter. */
static bool
set_add_class(unsigned char *set, char letter)
{
	unsigned char own[32] = {0};

	switch (char_lower(letter)) {
	case 'd':
		set_add_range(own, '0', '9');
		break;
	case 'w':
		set_add_range(own, '0', '9');
		set_add_range(own, 'a', 'z');
		set_add_range(own, 'A', 'Z');
		set_add(own, '_');
		break;
	case 's':
		set_add_range(own, '\t', '\r');
		set_add(own, ' ');
		break;
	default:
		return false;
	}
	if (letter != char_lower(letter))
		set_flip(own);
	for (size_t i = 0; i < 32; i++)
		set[i] |= own[i];
	return true;
}

/* The byte that an escape stands for, whose letter was taken. */
static unsigned
escaped_byte(struct reader *r, char letter)
{
	static const char named[] = "n\nr\rt\tf\fv\va\a";
	const char *at = letter != '\0' ? strchr(named, letter) : NULL;
	unsigned code = 0;

	if (letter == 'x' || letter == 'u' || letter == 'U') {
		size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;

		for (size_t i = 0; i < digits && r->rest.n > 0 && char_hex(r->rest.p[0]) >= 0; i++)
			code = code << 4 | (unsigned)char_hex(take_any(r));
		return code < 256 ? code : 0xc3; /* the first byte of some character */
	}
	if (at != NULL && (at - named) % 2 == 0)
		return (unsigned char)at[1];
	return (unsigned char)letter;
}

/* The byte that up to three octal digits stand for, of which the first was taken. */
static unsigned
octal_byte(struct reader *r, char digit)
{
	unsigned code = (unsigned)(digit - '0');

	for (size_t i = 1; i < 3 && r->rest.n > 0 && r->rest.p[0] >= '0' && r->rest.p[0] <= '7'; i++)
		code = code << 3 | (unsigned)(take_any(r) - '0');
	return code;
}

/* One byte of a class in brackets, or *whole for a \d in it. */
static unsigned
class_byte(struct reader *r, unsigned char *set, bool *whole)
{
	char c = take_any(r), letter;

	*whole = false;
	if (c != '\\')
		return (unsigned char)c;
	letter = take_any(r);
	*whole = set_add_class(set, letter);
	if (char_digit(letter))
		return octal_byte(r, letter);
	return letter == 'b' ? 8 : escaped_byte(r, letter);
}

static struct shape *
read_class(struct reader *r)
{
	struct shape *s = make(r, SHAPE_SET);
	bool negated = take(r, '^'), first = true, whole;

	while (!r->failed && (first || r->rest.n == 0 || r->rest.p[0] != ']')) {
		unsigned from = class_byte(r, s->set, &whole), to = from;

		first = false;
		if (whole)
			continue;
		if (r->rest.n > 1 && r->rest.p[0] == '-' && r->rest.p[1] != ']') {
			r->rest = slice_from(r->rest, 1);
			to = class_byte(r, s->set, &whole);
		}
		set_add_range(s->set, from, to);
	}
	(void)take(r, ']'); /* it is there, or the reader has failed */
	/* Beyond ASCII are characters that no byte tells from those left out. */
	if (negated) {
		set_flip(s->set);
		set_add_range(s->set, 0x80, 0xff);
	}
	return s;
}

static struct shape *
read_escape(struct reader *r)
{
	char letter = take_any(r);
	struct shape *s;

	if (letter == 'A' || letter == 'Z' || letter == 'z' || letter == 'b' || letter == 'B')
		return make(r, SHAPE_NOTHING);
	if (letter >= '1' && letter <= '9') {
		while (r->rest.n > 0 && char_digit(r->rest.p[0]))
			(void)take_any(r);
		return make(r, SHAPE_NOTHING);
	}
	s = make(r, SHAPE_SET);
	if (!set_add_class(s->set, letter))
		set_add(s->set, letter == '0' ? 0 : escaped_byte(r, letter));
	return s;
}

/* ---- groups ---- */

static struct shape *read_choice(struct reader *r);

static void
skip_past(struct reader *r, char c)
{
	while (r->rest.n > 0 && !take(r, c))
		r->rest = slice_from(r->rest, 1);
}

enum group_kind {
	GROUP_PLAIN,
	GROUP_EMPTY,	 /* has no inside: a comment, a reference, flags */
	GROUP_AROUND,	 /* its inside takes no text */
	GROUP_CONDITION, /* its inside is one of two branches, of which the second may be missing */
};

/* What stands between "(?" and the inside of a group. */
static enum group_kind
read_group_head(struct reader *r)
{
	if (slice_take(&r->rest, SLICE("P<"))) {
		skip_past(r, '>');
		return GROUP_PLAIN;
	}
	if (slice_take(&r->rest, SLICE("P=")) || take(r, '#')) {
		skip_past(r, ')');
		return GROUP_EMPTY;
	}
	if (slice_take(&r->rest, SLICE("<=")) || slice_take(&r->rest, SLICE("<!")) || take(r, '=') ||
	    take(r, '!'))
		return GROUP_AROUND;
	if (take(r, '(')) {
		skip_past(r, ')');
		return GROUP_CONDITION;
	}
	if (take(r, '>') || take(r, ':'))
		return GROUP_PLAIN;
	/* Flags, for all that follows or for this group. */
	while (r->rest.n > 0 && r->rest.p[0] != ':' && r->rest.p[0] != ')')
		r->failed |= take_any(r) == 'x';
	return take(r, ')') || !take(r, ':') ? GROUP_EMPTY : GROUP_PLAIN;
}

/* s, or nothing. */
static struct shape *
maybe(struct reader *r, struct shape *s)
{
	struct shape *choice = make(r, SHAPE_CHOICE);

	add_part(choice, s);
	add_part(choice, make(r, SHAPE_NOTHING));
	return choice;
}

static struct shape *
read_group(struct reader *r)
{
	enum group_kind kind = take(r, '?') ? read_group_head(r) : GROUP_PLAIN;
	struct shape *inside;

	if (kind == GROUP_EMPTY)
		return make(r, SHAPE_NOTHING);
	if (++r->depth > DEPTH_MAX)
		r->failed = true;
	inside = r->failed ? make(r, SHAPE_NOTHING) : read_choice(r);
	r->depth--;
	(void)take(r, ')'); /* it is there, or the reader has failed */
	if (kind == GROUP_CONDITION && inside->kind != SHAPE_CHOICE)
		return maybe(r, inside);
	return kind == GROUP_AROUND ? make(r, SHAPE_NOTHING) : inside;
}

static struct shape *
read_one(struct reader *r)
{
	char c = take_any(r);
	struct shape *s;

	if (c == '(')
		return read_group(r);
	if (c == '[')
		return read_class(r);
	if (c == '\\')
		return read_escape(r);
	if (c == '^' || c == '$')
		return make(r, SHAPE_NOTHING);
	s = make(r, SHAPE_SET);
	if (c == '.') {
		set_add(s->set, '\n');
		set_flip(s->set);
	} else {
		set_add(s->set, (unsigned char)c);
	}
	return s;
}

/* ---- repetitions ---- */

static unsigned
take_number(struct reader *r, unsigned otherwise)
{
	unsigned n = 0;

	if (r->rest.n == 0 || !char_digit(r->rest.p[0]))
		return otherwise;
	while (r->rest.n > 0 && char_digit(r->rest.p[0])) {
		n = n * 10 + (unsigned)(take_any(r) - '0');
		if (n > SHAPE_ENDLESS)
			n = SHAPE_ENDLESS;
	}
	return n;
}

/* "{m}", "{m,}", "{,n}" or "{m,n}"; false, with nothing taken, for a brace that is a character. */
static bool
take_braces(struct reader *r, unsigned *min, unsigned *max)
{
	struct slice before = r->rest;
	bool digits;

	if (!take(r, '{'))
		return false;
	digits = r->rest.n > 0 && char_digit(r->rest.p[0]);
	*min = take_number(r, 0);
	*max = *min;
	if (take(r, ',')) {
		digits |= r->rest.n > 0 && char_digit(r->rest.p[0]);
		*max = take_number(r, SHAPE_ENDLESS);
	}
	if (digits && take(r, '}'))
		return true;
	r->rest = before;
	return false;
}

static bool
take_quantifier(struct reader *r, unsigned *min, unsigned *max)
{
	*min = 0;
	*max = SHAPE_ENDLESS;
	if (take(r, '*'))
		return true;
	if (take(r, '+')) {
		*min = 1;
		return true;
	}
	if (take(r, '?')) {
		*max = 1;
		return true;
	}
	return take_braces(r, min, max);
}

static struct shape *
read_row(struct reader *r)
{
	struct shape *row = make(r, SHAPE_ROW);

	while (!r->failed && r->rest.n > 0 && r->rest.p[0] != '|' && r->rest.p[0] != ')') {
		struct shape *part = read_one(r);
		unsigned min, max;

		while (take_quantifier(r, &min, &max)) {
			struct shape *repeat = make(r, SHAPE_REPEAT);

			repeat->min = min;
			repeat->max = max;
			add_part(repeat, part);
			part = repeat;
			/* Lazy or possessive. */
			if (!take(r, '?'))
				(void)take(r, '+');
		}
		add_part(row, part);
	}
	return row;
}

static struct shape *
read_choice(struct reader *r)
{
	struct shape *row = read_row(r), *choice;

	if (r->rest.n == 0 || r->rest.p[0] != '|')
		return row;
	choice = make(r, SHAPE_CHOICE);
	add_part(choice, row);
	while (!r->failed && take(r, '|'))
		add_part(choice, read_row(r));
	return choice;
}

struct shape *
shape_read(struct arena *a, struct slice regex)
{
	struct reader r = {.arena = a, .rest = regex};
	struct shape *s = read_choice(&r);

	return r.failed || r.rest.n > 0 ? NULL : s;
}
