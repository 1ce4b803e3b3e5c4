#include "compat/pyre.h"

#include "util/escape.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>

/* Groups within groups; far beyond what people write, and below PCRE2's own limit of 250. */
#define MAX_DEPTH 200

/* Python's "no limit", and where its widths stop counting. */
#define WIDTH_MAX UINT64_C(4294967295)

/* The largest number that PCRE2 takes in a quantifier. */
#define REPEAT_MAX 65535

#define CODE_MAX 0x10ffff

/* How many characters a piece of a pattern matches: what a lookbehind is judged by. */
struct width {
	uint64_t min, max;
};

enum scope_flag {
	FLAG_I = 1,
	FLAG_M = 2,
	FLAG_S = 4,
	FLAG_X = 8,
	FLAG_A = 16,
	FLAG_U = 32,
	FLAG_L = 64,
};
#define FLAGS_TYPE (FLAG_A | FLAG_U | FLAG_L)

/* A group as (?(7)…) names it, which may stand before the group: looked at when all are known. */
struct forward_ref {
	struct forward_ref *next;
	uint64_t number;
	size_t at;
};

struct parser {
	struct arena *arena;
	struct slice in;
	size_t at;
	struct buf *out;
	struct diag *d;
	size_t *error_at;
	int error; /* of the first mistake; nothing more is read then */
	bool ascii_subject;
	unsigned flags; /* enum scope_flag, of the scope being read */
	unsigned depth;
	struct pyre_groups *groups;
	size_t names_cap;
	struct width *widths; /* by group number */
	bool *closed;
	size_t widths_cap;
	unsigned lookbehind_groups; /* groups before the outermost lookbehind, 0 outside */
	struct forward_ref *refs, **refs_end;
	bool uneven_lookbehind; /* told last, as Python does: it finds out when it compiles */
};

/* ---- mistakes ---- */

static size_t
characters(struct slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* Adds " at position 4", for a pattern of several lines also " (line 2, column 1)". */
static void
add_position(struct buf *text, struct slice in, size_t at)
{
	struct slice before = slice_upto(in, at), line = before;
	size_t lines = 1;
	ptrdiff_t nl;

	buf_printf(text, " at position %zu", characters(before));
	if (slice_find_char(in, '\n', 0) < 0)
		return;
	while ((nl = slice_find_char(line, '\n', 0)) >= 0) {
		line = slice_from(line, (size_t)nl + 1);
		lines++;
	}
	buf_printf(text, " (line %zu, column %zu)", lines, characters(line) + 1);
}

/* message is escaped text; at is in bytes, SIZE_MAX for a mistake without a place. */
static void
fail(struct parser *p, size_t at, struct slice message)
{
	struct buf text;

	if (p->error != 0)
		return;
	buf_init(&text, 1800);
	buf_add(&text, message);
	if (at != SIZE_MAX)
		add_position(&text, p->in, at);
	p->error = diag_fail(p->d, -EINVAL, (struct place){0}, "%s", buf_cstr(&text));
	*p->error_at = at != SIZE_MAX ? at : 0;
	buf_done(&text);
}

#define FAIL(p, at, literal) fail(p, at, SLICE(literal))

/* format takes one "%s", which is a piece of the pattern. */
__attribute__((format(printf, 4, 0))) static void
fail_piece(struct parser *p, size_t at, struct slice piece, const char *format)
{
	struct buf shown;

	if (p->error != 0)
		return;
	buf_init(&shown, 1000);
	escape_format(&shown, slice_upto(piece, 250));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fail(p, at, arena_printf(p->arena, format, buf_cstr(&shown)));
#pragma GCC diagnostic pop
	buf_done(&shown);
}

/* ---- reading ---- */

/* The next character, or -1 at the end and after a mistake. */
static int32_t
peek(const struct parser *p)
{
	uint32_t code;

	if (p->error != 0 || p->at >= p->in.n)
		return -1;
	if ((unsigned char)p->in.p[p->at] < 0x80)
		return p->in.p[p->at];
	return utf8_next(slice_from(p->in, p->at), &code) > 0 ? (int32_t)code : 0xfffd;
}

static void
check_lone_backslash(struct parser *p)
{
	if (p->in.n - p->at == 1 && p->in.p[p->at] == '\\')
		FAIL(p, p->at, "bad escape (end of pattern)");
}

static int32_t
next(struct parser *p)
{
	int32_t c = peek(p);
	uint32_t code;
	size_t n;

	if (c < 0)
		return c;
	n = utf8_next(slice_from(p->in, p->at), &code);
	p->at += n > 0 ? n : 1;
	return c;
}

/*
 * As Python's reader does, looks one character ahead: a backslash that ends the pattern is found
 * when what stands before it is read.
 */
static int32_t
take(struct parser *p)
{
	int32_t c = next(p);

	if (c == '\\')
		(void)next(p);
	if (p->error == 0)
		check_lone_backslash(p);
	return c;
}

static bool
match(struct parser *p, char c)
{
	if (peek(p) != c)
		return false;
	(void)take(p);
	return true;
}

static struct slice
piece_from(const struct parser *p, size_t start)
{
	return slice_of(p->in.p + start, p->at - start);
}

static bool
is_digit(int32_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_octal(int32_t c)
{
	return c >= '0' && c <= '7';
}

static bool
is_letter(int32_t c)
{
	return c >= 0 && c < 128 && char_alpha((char)c);
}

/* Reads up to the terminator and takes that too. what is "group name" or the like. */
static struct slice
read_until(struct parser *p, char terminator, const char *what)
{
	size_t start = p->at;
	struct slice name;

	for (;;) {
		size_t here = p->at;
		int32_t c = take(p);

		if (p->error != 0)
			return SLICE_EMPTY;
		if (c < 0 && here == start) {
			fail(p, p->at, arena_printf(p->arena, "missing %s", what));
			return SLICE_EMPTY;
		}
		if (c < 0) {
			fail(p, start,
			    arena_printf(p->arena, "missing %c, unterminated name", terminator));
			return SLICE_EMPTY;
		}
		if (c == terminator) {
			name = slice_of(p->in.p + start, here - start);
			break;
		}
	}
	if (name.n == 0)
		fail(p, start, arena_printf(p->arena, "missing %s", what));
	return name;
}

/* ---- groups ---- */

/* A letter or underscore, then letters, digits, underscores; beyond ASCII anything passes. */
static bool
identifier(struct slice name)
{
	if (name.n == 0 || char_digit(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < 0x80 && !char_word(name.p[i]))
			return false;
	}
	return true;
}

static const struct pyre_group *
find_name(const struct parser *p, struct slice name)
{
	for (size_t i = 0; i < p->groups->count; i++) {
		if (slice_eq(p->groups->v[i].name, name))
			return &p->groups->v[i];
	}
	return NULL;
}

/* An array in the arena twice as large, with what the old one held. */
static void *
grow_array(struct arena *a, const void *old, size_t *cap, size_t size)
{
	size_t more = *cap > 0 ? *cap * 2 : 16;
	void *v = arena_array(a, more, size);

	if (*cap > 0)
		memcpy(v, old, *cap * size);
	*cap = more;
	return v;
}

static void
add_name(struct parser *p, struct slice name, unsigned number)
{
	struct pyre_groups *g = p->groups;

	if (g->count == p->names_cap)
		g->v = grow_array(p->arena, g->v, &p->names_cap, sizeof(*g->v));
	g->v[g->count++] = (struct pyre_group){name, number};
}

/* Opens the next group. name may be empty; at is where it starts. */
static unsigned
open_group(struct parser *p, struct slice name, size_t at)
{
	unsigned number = p->groups->groups + 1;
	const struct pyre_group *old = name.n > 0 ? find_name(p, name) : NULL;

	if (old != NULL) {
		fail_piece(p, at, name,
		    arena_printf(p->arena,
			"redefinition of group name '%%s' as group %u; was group %u", number,
			old->number)
			.p);
		return number;
	}
	if (number >= p->widths_cap) {
		size_t cap = p->widths_cap;

		p->closed = grow_array(p->arena, p->closed, &cap, sizeof(*p->closed));
		p->widths = grow_array(p->arena, p->widths, &p->widths_cap, sizeof(*p->widths));
	}
	p->groups->groups = number;
	if (name.n > 0)
		add_name(p, name, number);
	return number;
}

static bool
check_reference(struct parser *p, uint64_t number, size_t at)
{
	if (number > p->groups->groups || !p->closed[number]) {
		FAIL(p, at, "cannot refer to an open group");
		return false;
	}
	if (p->lookbehind_groups > 0 && number >= p->lookbehind_groups) {
		FAIL(p, p->at, "cannot refer to group defined in the same lookbehind subpattern");
		return false;
	}
	return true;
}

/* ---- widths ---- */

static uint64_t
add_capped(uint64_t a, uint64_t b)
{
	return a + b < WIDTH_MAX ? a + b : WIDTH_MAX;
}

static uint64_t
mul_capped(uint64_t a, uint64_t b)
{
	return a == 0 || b <= WIDTH_MAX / a ? a * b : WIDTH_MAX;
}

static struct width
width_add(struct width a, struct width b)
{
	return (struct width){add_capped(a.min, b.min), add_capped(a.max, b.max)};
}

static struct width
width_either(struct width a, struct width b)
{
	return (struct width){a.min < b.min ? a.min : b.min, a.max > b.max ? a.max : b.max};
}

static const struct width NO_WIDTH = {0, 0};

/* ---- writing characters ---- */

/* Case is ours to care for where Python knows only ASCII's and PCRE2 would know all. */
static bool
own_case(const struct parser *p)
{
	return (p->flags & FLAG_I) && (p->flags & FLAG_A) && !p->ascii_subject;
}

static bool
full_case(const struct parser *p)
{
	return (p->flags & FLAG_I) && !(p->flags & FLAG_A);
}

static unsigned
passed_flags(const struct parser *p, unsigned flags)
{
	unsigned passed = flags & (FLAG_I | FLAG_M | FLAG_S);

	return !p->ascii_subject && (flags & FLAG_A) ? passed & ~(unsigned)FLAG_I : passed;
}

static void
add_code(struct parser *p, uint32_t code)
{
	if (code >= 0x80)
		buf_printf(p->out, "\\x{%x}", code);
	else if (char_word((char)code) || code == ' ')
		buf_add_char(p->out, (char)code);
	else if (code < ' ' || code == 0x7f)
		buf_printf(p->out, "\\x%02x", code);
	else
		buf_printf(p->out, "\\%c", (char)code);
}

/* In Python i, I, dotted capital I and dotless small i are one letter when case is ignored. */
static bool
turkish_i(uint32_t code)
{
	return code == 'i' || code == 'I' || code == 0x130 || code == 0x131;
}

/* The ASCII letter that a character beyond ASCII equals when case is ignored, or 0. */
static char
ascii_twin(uint32_t code)
{
	switch (code) {
	case 0x130:
	case 0x131:
		return 'i';
	case 0x17f:
		return 's';
	case 0x212a:
		return 'k';
	default:
		return '\0';
	}
}

static bool
surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

/* One character that no subject has; it still counts as one in a lookbehind. */
static void
add_never(struct parser *p)
{
	buf_add_cstr(p->out, p->ascii_subject ? "[^\\x00-\\xff]" : "[^\\x{0}-\\x{10ffff}]");
}

static void
add_literal(struct parser *p, uint32_t code)
{
	if (p->ascii_subject && code >= 0x80 && full_case(p) && ascii_twin(code) != '\0')
		add_code(p, (unsigned char)ascii_twin(code));
	else if ((p->ascii_subject && code >= 0x80) || surrogate(code))
		add_never(p);
	else if (!p->ascii_subject && full_case(p) && turkish_i(code))
		buf_add_cstr(p->out, "[iI\\x{130}\\x{131}]");
	else if (own_case(p) && code < 0x80 && char_alpha((char)code))
		buf_printf(p->out, "[%c%c]", char_lower((char)code), char_to_upper((char)code));
	else
		add_code(p, code);
}

/* ---- classes: \d \s \w ---- */

struct range {
	uint32_t from, to;
};

static const struct range SPACES[] = {
    {0x09, 0x0d},
    {0x1c, 0x20},
    {0x85, 0x85},
    {0xa0, 0xa0},
    {0x1680, 0x1680},
    {0x2000, 0x200a},
    {0x2028, 0x2029},
    {0x202f, 0x202f},
    {0x205f, 0x205f},
    {0x3000, 0x3000},
};
static const struct range SPACES_ASCII[] = {{0x09, 0x0d}, {0x20, 0x20}};
static const struct range WORD_ASCII[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const struct range DIGITS_ASCII[] = {{'0', '9'}};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a category is in this scope: ranges, or a Unicode property that ranges can't tell. */
struct category {
	const struct range *ranges;
	size_t count;
	const char *items; /* for within [ ], where ranges is NULL */
};

static struct category
category(const struct parser *p, char letter)
{
	bool ascii = (p->flags & FLAG_A) || p->ascii_subject;

	switch (letter) {
	case 's':
		if (p->flags & FLAG_A)
			return (struct category){SPACES_ASCII, COUNT(SPACES_ASCII), NULL};
		return (struct category){SPACES, p->ascii_subject ? 2 : COUNT(SPACES), NULL};
	case 'd':
		if (ascii)
			return (struct category){DIGITS_ASCII, COUNT(DIGITS_ASCII), NULL};
		return (struct category){NULL, 0, "\\p{Nd}"};
	default:
		if (ascii)
			return (struct category){WORD_ASCII, COUNT(WORD_ASCII), NULL};
		return (struct category){NULL, 0, "\\p{L}\\p{N}_"};
	}
}

static void
add_range(struct parser *p, uint32_t from, uint32_t to)
{
	add_code(p, from);
	if (to > from) {
		buf_add_char(p->out, '-');
		add_code(p, to);
	}
}

static void
add_category_items(struct parser *p, char letter)
{
	struct category c = category(p, letter);

	for (size_t i = 0; i < c.count; i++)
		add_range(p, c.ranges[i].from, c.ranges[i].to);
	if (c.ranges == NULL)
		buf_add_cstr(p->out, c.items);
}

/* What is left between the ranges; only for categories that have ranges. */
static void
add_category_gaps(struct parser *p, const struct category *c)
{
	uint32_t from = 0, last = p->ascii_subject ? 0xff : CODE_MAX;

	for (size_t i = 0; i < c->count; i++) {
		if (c->ranges[i].from > from)
			add_range(p, from, c->ranges[i].from - 1);
		from = c->ranges[i].to + 1;
	}
	add_range(p, from, last);
}

/* \d and the like outside of [ ]. */
static void
add_category(struct parser *p, char letter)
{
	buf_add_cstr(p->out, char_upper(letter) ? "[^" : "[");
	add_category_items(p, char_lower(letter));
	buf_add_char(p->out, ']');
}

/*
 * \b by what Python calls a word. Where only ASCII is seen PCRE2 means the same; elsewhere its
 * idea of a word grew with its version, so the boundary is spelt out.
 */
static void
add_boundary(struct parser *p, bool not )
{
	const char *w = p->flags & FLAG_A ? "[0-9A-Z_a-z]" : "[\\p{L}\\p{N}_]";

	if (p->ascii_subject)
		buf_add_cstr(p->out, not ? "\\B" : "\\b");
	else if (not )
		buf_printf(p->out, "(?:(?<=%s)(?=%s)|(?<!%s)(?!%s))", w, w, w, w);
	else
		buf_printf(p->out, "(?:(?<=%s)(?!%s)|(?<!%s)(?=%s))", w, w, w, w);
}

/* ---- escapes ---- */

static const struct {
	const char *name;
	char c;
} ASCII_NAMES[] = {
    {"SPACE", ' '},
    {"EXCLAMATION MARK", '!'},
    {"QUOTATION MARK", '"'},
    {"NUMBER SIGN", '#'},
    {"DOLLAR SIGN", '$'},
    {"PERCENT SIGN", '%'},
    {"AMPERSAND", '&'},
    {"APOSTROPHE", '\''},
    {"LEFT PARENTHESIS", '('},
    {"RIGHT PARENTHESIS", ')'},
    {"ASTERISK", '*'},
    {"PLUS SIGN", '+'},
    {"COMMA", ','},
    {"HYPHEN-MINUS", '-'},
    {"FULL STOP", '.'},
    {"SOLIDUS", '/'},
    {"DIGIT ZERO", '0'},
    {"DIGIT ONE", '1'},
    {"DIGIT TWO", '2'},
    {"DIGIT THREE", '3'},
    {"DIGIT FOUR", '4'},
    {"DIGIT FIVE", '5'},
    {"DIGIT SIX", '6'},
    {"DIGIT SEVEN", '7'},
    {"DIGIT EIGHT", '8'},
    {"DIGIT NINE", '9'},
    {"COLON", ':'},
    {"SEMICOLON", ';'},
    {"LESS-THAN SIGN", '<'},
    {"EQUALS SIGN", '='},
    {"GREATER-THAN SIGN", '>'},
    {"QUESTION MARK", '?'},
    {"COMMERCIAL AT", '@'},
    {"LEFT SQUARE BRACKET", '['},
    {"REVERSE SOLIDUS", '\\'},
    {"RIGHT SQUARE BRACKET", ']'},
    {"CIRCUMFLEX ACCENT", '^'},
    {"LOW LINE", '_'},
    {"GRAVE ACCENT", '`'},
    {"LEFT CURLY BRACKET", '{'},
    {"VERTICAL LINE", '|'},
    {"RIGHT CURLY BRACKET", '}'},
    {"TILDE", '~'},
};

/* The character of a Unicode name, for ASCII only; -1 if it is not known. */
static int32_t
named_character(struct slice name)
{
	const struct slice small = SLICE("LATIN SMALL LETTER "),
			   capital = SLICE("LATIN CAPITAL LETTER ");

	for (size_t i = 0; i < COUNT(ASCII_NAMES); i++) {
		if (slice_eq_nocase(name, slice_cstr(ASCII_NAMES[i].name)))
			return ASCII_NAMES[i].c;
	}
	if (name.n == small.n + 1 && slice_eq_nocase(slice_upto(name, small.n), small) &&
	    char_alpha(name.p[small.n]))
		return char_lower(name.p[small.n]);
	if (name.n == capital.n + 1 && slice_eq_nocase(slice_upto(name, capital.n), capital) &&
	    char_alpha(name.p[capital.n]))
		return char_to_upper(name.p[capital.n]);
	return -1;
}

static int32_t
read_named_character(struct parser *p, size_t start)
{
	struct slice name;
	int32_t c;

	if (!match(p, '{')) {
		FAIL(p, p->at, "missing {");
		return -1;
	}
	name = read_until(p, '}', "character name");
	c = named_character(name);
	if (c < 0)
		fail_piece(p, start, name, "undefined character name '%s'");
	return c;
}

/* \xhh, \uhhhh, \Uhhhhhhhh behind the letter: exactly so many digits. */
static int32_t
read_hex(struct parser *p, size_t start, unsigned digits)
{
	uint64_t code = 0;
	unsigned n;

	for (n = 0; n < digits && p->at < p->in.n && char_hex(p->in.p[p->at]) >= 0; n++)
		code = code * 16 + (unsigned)char_hex(p->in.p[p->at++]);
	if (n < digits)
		fail_piece(p, start, piece_from(p, start), "incomplete escape %s");
	else if (code > CODE_MAX)
		fail_piece(p, start, piece_from(p, start), "bad escape %s");
	return p->error == 0 ? (int32_t)code : -1;
}

/* Up to max more octal digits, behind those that gave code. */
static int32_t
read_octal(struct parser *p, size_t start, int32_t code, unsigned max)
{
	for (; max > 0 && is_octal(peek(p)); max--)
		code = code * 8 + (next(p) - '0');
	if (code > 0377)
		fail_piece(p, start, piece_from(p, start),
		    "octal escape value %s outside of range 0-0o377");
	return code;
}

/* \a \f \n and so on: the characters that a letter stands for; 0 if it is none of these. */
static char
control_escape(int32_t c)
{
	static const char from[] = "afnrtv", to[] = "\a\f\n\r\t\v";

	for (size_t i = 0; i + 1 < sizeof(from); i++) {
		if (c == from[i])
			return to[i];
	}
	return '\0';
}

/*
 * The character that an escape stands for whose letter c was read, in and outside of [ ] alike;
 * -1 with a mistake noted.
 */
static int32_t
read_character_escape(struct parser *p, size_t start, int32_t c)
{
	if (control_escape(c) != '\0')
		return control_escape(c);
	switch (c) {
	case 'x':
		return read_hex(p, start, 2);
	case 'u':
		return read_hex(p, start, 4);
	case 'U':
		return read_hex(p, start, 8);
	case 'N':
		return read_named_character(p, start);
	default:
		break;
	}
	if (is_letter(c) || is_digit(c)) {
		fail_piece(p, start, piece_from(p, start), "bad escape %s");
		return -1;
	}
	return c;
}

static bool
is_category(int32_t c)
{
	return c == 'd' || c == 'D' || c == 's' || c == 'S' || c == 'w' || c == 'W';
}

/* ---- [ ] ---- */

struct set {
	size_t start; /* in the output, behind "[" or "[^" */
	bool negated;
	bool not_word; /* \W where no ranges can tell it */
	bool has_i;    /* one of the four letters i */
	bool any;      /* there is at least one item in the output */
};

/* Adds a range with what equals it by case, where PCRE2 would not see to that itself. */
static void
set_add(struct parser *p, struct set *s, uint32_t from, uint32_t to)
{
	static const uint32_t special[] = {'i', 'I', 0x130, 0x131, 0x17f, 0x212a};

	for (size_t i = 0; full_case(p) && i < COUNT(special); i++) {
		if (special[i] < from || special[i] > to)
			continue;
		s->has_i |= i < 4;
		if (p->ascii_subject && ascii_twin(special[i]) != '\0') {
			add_code(p, (unsigned char)ascii_twin(special[i]));
			s->any = true;
		}
	}
	for (char c = 'a'; own_case(p) && c <= 'z'; c++) {
		uint32_t small = (unsigned char)c, capital = small - 0x20;

		if (small >= from && small <= to)
			add_code(p, capital);
		if (capital >= from && capital <= to)
			add_code(p, small);
	}
	if (p->ascii_subject && to > 0x7f)
		to = 0x7f;
	if (surrogate(from))
		from = 0xe000;
	if (surrogate(to))
		to = 0xd7ff;
	if (from > to)
		return;
	add_range(p, from, to);
	s->any = true;
}

static void
set_add_category(struct parser *p, struct set *s, char letter)
{
	struct category c = category(p, char_lower(letter));

	if (!char_upper(letter))
		add_category_items(p, letter);
	else if (c.ranges != NULL)
		add_category_gaps(p, &c);
	else if (letter == 'D')
		buf_add_cstr(p->out, "\\P{Nd}");
	else
		s->not_word = true;
	s->any |= !s->not_word || letter != 'W';
}

/* One character or category of a set. Returns its code, or -1 for a category. */
static int32_t
read_set_member(struct parser *p, char *letter)
{
	size_t start = p->at;
	int32_t c = next(p);

	*letter = '\0';
	if (c == '\\') {
		c = next(p);
		if (is_category(c)) {
			*letter = (char)c;
			c = -1;
		} else if (c == 'b') {
			c = '\b';
		} else if (is_octal(c)) {
			c = read_octal(p, start, c - '0', 2);
		} else {
			c = read_character_escape(p, start, c);
		}
	}
	if (p->error == 0)
		check_lone_backslash(p);
	return c;
}

/* The first characters of a member of a set, as Python's reader takes it: "a", or "\\x" of "\\x41".
 */
static struct slice
member_token(const struct parser *p, size_t at)
{
	uint32_t code;
	size_t n = p->in.p[at] == '\\' ? 1 : 0;
	size_t more = utf8_next(slice_from(p->in, at + n), &code);

	return slice_upto(slice_from(p->in, at), n + (more > 0 ? more : 1));
}

/* Python quotes both ends in its short form, and counts back by their length. */
static void
fail_range(struct parser *p, size_t from, size_t to)
{
	struct slice a = member_token(p, from), b = member_token(p, to);
	size_t at = p->at, back = characters(a) + 1 + characters(b);

	for (; back > 0 && at > 0; back--) {
		do {
			at--;
		} while (at > 0 && ((unsigned char)p->in.p[at] & 0xc0) == 0x80);
	}
	fail_piece(p, at, arena_printf(p->arena, "%.*s-%.*s", SLICE_ARG(a), SLICE_ARG(b)),
	    "bad character range %s");
}

/* "a-z", of which "a" was read from start on. True if there was a range. */
static bool
read_set_range(struct parser *p, struct set *s, size_t start, int32_t from, size_t open, bool *end)
{
	size_t second;
	char letter;
	int32_t to;

	if (!match(p, '-'))
		return false;
	if (peek(p) == ']') {
		(void)take(p);
		*end = true;
		return false;
	}
	if (peek(p) < 0) {
		FAIL(p, open, "unterminated character set");
		return true;
	}
	second = p->at;
	to = read_set_member(p, &letter);
	if (p->error == 0 && (from < 0 || to < 0 || to < from))
		fail_range(p, start, second);
	if (p->error == 0)
		set_add(p, s, (uint32_t)from, (uint32_t)to);
	return true;
}

static void
read_set_items(struct parser *p, struct set *s, size_t open)
{
	bool first = true, end = false;

	while (!end) {
		size_t start = p->at;
		char letter;
		int32_t c;

		if (peek(p) < 0) {
			FAIL(p, open, "unterminated character set");
			return;
		}
		if (!first && match(p, ']'))
			return;
		first = false;
		c = read_set_member(p, &letter);
		if (p->error != 0 || read_set_range(p, s, start, c, open, &end))
			continue;
		if (letter != '\0')
			set_add_category(p, s, letter);
		else if (p->error == 0)
			set_add(p, s, (uint32_t)c, (uint32_t)c);
		if (end)
			set_add(p, s, '-', '-');
	}
}

/* A set with \W beside other items becomes two: one class can't hold the union. */
static void
split_set(struct parser *p, const struct set *s)
{
	struct slice items = arena_copy(p->arena, slice_from(buf_slice(p->out), s->start));
	const char *word = "[\\p{L}\\p{N}_]", *other = "[^\\p{L}\\p{N}_]";

	buf_cut(p->out, s->start - (s->negated ? 2 : 1));
	if (items.n == 0) {
		buf_add_cstr(p->out, s->negated ? word : other);
		return;
	}
	buf_add_cstr(p->out, s->negated ? "(?:(?![" : "(?:[");
	buf_add(p->out, items);
	buf_add_cstr(p->out, s->negated ? "])" : "]|");
	buf_add_cstr(p->out, s->negated ? word : other);
	buf_add_char(p->out, ')');
}

static void
end_set(struct parser *p, const struct set *s)
{
	if (s->has_i && !p->ascii_subject)
		buf_add_cstr(p->out, "iI\\x{130}\\x{131}");
	if (s->not_word) {
		split_set(p, s);
	} else if (!s->any) {
		buf_cut(p->out, s->start - (s->negated ? 2 : 1));
		if (s->negated)
			buf_add_cstr(p->out, "(?s:.)");
		else
			add_never(p);
	} else {
		buf_add_char(p->out, ']');
	}
}

/* Behind "[". */
static void
read_set(struct parser *p)
{
	struct set s = {0};
	size_t open = p->at - 1;

	s.negated = match(p, '^');
	buf_add_cstr(p->out, s.negated ? "[^" : "[");
	s.start = p->out->n;
	read_set_items(p, &s, open);
	if (p->error == 0)
		end_set(p, &s);
}

/* ---- items of a sequence ---- */

enum item_kind {
	ITEM_NONE,   /* nothing before: nothing to repeat */
	ITEM_ANCHOR, /* matches a place: can't be repeated either */
	ITEM_REPEATED,
	ITEM_PLAIN,
	ITEM_SILENT, /* a comment or flags: leaves the item before as it was */
};

struct item {
	enum item_kind kind;
	struct width width;
};

static const struct item ANCHOR = {ITEM_ANCHOR, {0, 0}}, PLAIN = {ITEM_PLAIN, {1, 1}},
			 SILENT = {ITEM_SILENT, {0, 0}}, NOTHING = {ITEM_NONE, {0, 0}};

static struct width read_alternatives(struct parser *p, bool top);
static struct width read_sequence(struct parser *p, bool first);

/* A reference by number; case as the scope has it. */
static struct item
add_reference(struct parser *p, unsigned number)
{
	buf_printf(p->out, own_case(p) ? "(?i:\\g{%u})" : "\\g{%u}", number);
	return (struct item){ITEM_PLAIN, p->widths[number]};
}

/* \1 to \99, or three octal digits; the first digit was read. */
static struct item
read_number_escape(struct parser *p, size_t start, int32_t c)
{
	uint32_t number = (uint32_t)(c - '0');

	if (is_digit(peek(p))) {
		int32_t second = next(p);

		if (is_octal(c) && is_octal(second) && is_octal(peek(p))) {
			c = read_octal(p, start, (c - '0') * 8 + (second - '0'), 1);
			if (p->error == 0)
				add_literal(p, (uint32_t)c);
			return PLAIN;
		}
		number = number * 10 + (uint32_t)(second - '0');
	}
	if (number > p->groups->groups) {
		fail(p, start + 1, arena_printf(p->arena, "invalid group reference %u", number));
		return PLAIN;
	}
	return check_reference(p, number, start) ? add_reference(p, number) : PLAIN;
}

static struct item
read_anchor_escape(struct parser *p, int32_t c)
{
	if (c == 'A')
		buf_add_cstr(p->out, "\\A");
	else if (c == 'Z')
		buf_add_cstr(p->out, "\\z");
	else
		add_boundary(p, c == 'B');
	return ANCHOR;
}

/* Behind a backslash outside of [ ]. */
static struct item
read_escape(struct parser *p)
{
	size_t start = p->at - 1;
	int32_t c = next(p);

	if (c == 'A' || c == 'Z' || c == 'b' || c == 'B')
		return read_anchor_escape(p, c);
	if (is_category(c)) {
		add_category(p, (char)c);
		return PLAIN;
	}
	if (c == '0')
		c = read_octal(p, start, 0, 2);
	else if (is_digit(c))
		return read_number_escape(p, start, c);
	else
		c = read_character_escape(p, start, c);
	if (p->error == 0)
		add_literal(p, (uint32_t)c);
	return PLAIN;
}

/* ---- quantifiers ---- */

struct repeat {
	uint64_t min, max;
	bool literal; /* "{" that opens no quantifier */
};

static uint64_t
read_count(struct parser *p, uint64_t missing)
{
	uint64_t n = 0;

	if (!is_digit(peek(p)))
		return missing;
	while (is_digit(peek(p)))
		n = add_capped(mul_capped(n, 10), (uint64_t)(next(p) - '0'));
	return n;
}

/* Behind "{". */
static struct repeat
read_braces(struct parser *p)
{
	struct repeat r = {.literal = true};
	size_t here = p->at;

	if (peek(p) == '}')
		return r;
	r.max = WIDTH_MAX + 1;
	r.min = read_count(p, WIDTH_MAX + 1);
	if (match(p, ','))
		r.max = read_count(p, WIDTH_MAX + 1);
	else
		r.max = r.min;
	if (!match(p, '}')) {
		p->at = here;
		return r;
	}
	r.literal = false;
	if (r.min == WIDTH_MAX || r.max == WIDTH_MAX)
		fail(p, SIZE_MAX, SLICE("the repetition number is too large"));
	if (r.min > WIDTH_MAX)
		r.min = 0;
	if (r.max < r.min)
		FAIL(p, here, "min repeat greater than max repeat");
	else if (r.min > REPEAT_MAX)
		fail(p, SIZE_MAX, SLICE("the repetition number is too large"));
	return r;
}

static struct repeat
read_repeat(struct parser *p, int32_t c)
{
	switch (c) {
	case '?':
		return (struct repeat){0, 1, false};
	case '*':
		return (struct repeat){0, WIDTH_MAX + 1, false};
	case '+':
		return (struct repeat){1, WIDTH_MAX + 1, false};
	default:
		return read_braces(p);
	}
}

static void
add_repeat(struct parser *p, int32_t c, const struct repeat *r)
{
	if (c != '{')
		buf_add_char(p->out, (char)c);
	else if (r->max > REPEAT_MAX)
		buf_printf(p->out, "{%u,}", (unsigned)r->min);
	else
		buf_printf(p->out, "{%u,%u}", (unsigned)r->min, (unsigned)r->max);
	if (match(p, '?'))
		buf_add_char(p->out, '?');
	else if (match(p, '+'))
		buf_add_char(p->out, '+');
}

/* Behind a quantifier's first character c; item is what it repeats. */
static struct item
read_quantifier(struct parser *p, int32_t c, const struct item *item)
{
	size_t start = p->at - 1;
	struct repeat r = read_repeat(p, c);
	struct item out = {ITEM_REPEATED, item->width};

	if (r.literal) {
		add_literal(p, '{');
		return PLAIN;
	}
	if (item->kind == ITEM_NONE || item->kind == ITEM_ANCHOR)
		FAIL(p, start, "nothing to repeat");
	else if (item->kind == ITEM_REPEATED)
		FAIL(p, start, "multiple repeat");
	else
		add_repeat(p, c, &r);
	/* "()*" has a width, nothing, but PCRE2 does not see it; nobody writes this. */
	if (p->lookbehind_groups > 0 && r.min != r.max && item->width.max == 0)
		p->uneven_lookbehind = true;
	out.width.min = mul_capped(out.width.min, r.min);
	out.width.max = mul_capped(out.width.max, r.max > WIDTH_MAX ? WIDTH_MAX : r.max);
	return out;
}

/* ---- ( ) ---- */

static bool
close_paren(struct parser *p, size_t open)
{
	if (match(p, ')')) {
		buf_add_char(p->out, ')');
		return true;
	}
	FAIL(p, open, "missing ), unterminated subpattern");
	return false;
}

static struct item
read_group(struct parser *p, struct slice name, size_t name_at, size_t open)
{
	unsigned number = open_group(p, name, name_at);
	struct width w;

	if (p->error != 0)
		return PLAIN;
	buf_add_char(p->out, '(');
	w = read_alternatives(p, false);
	if (close_paren(p, open)) {
		p->widths[number] = w;
		p->closed[number] = true;
	}
	return (struct item){ITEM_PLAIN, w};
}

static struct item
read_open_group(struct parser *p, const char *head, size_t open)
{
	struct width w;

	buf_add_cstr(p->out, head);
	w = read_alternatives(p, false);
	(void)close_paren(p, open);
	return (struct item){ITEM_PLAIN, w};
}

static struct item
read_lookaround(struct parser *p, bool behind, bool negative, size_t open)
{
	unsigned outer = p->lookbehind_groups;
	struct item item;

	if (behind && outer == 0)
		p->lookbehind_groups = p->groups->groups + 1;
	if (behind)
		item = read_open_group(p, negative ? "(?<!" : "(?<=", open);
	else
		item = read_open_group(p, negative ? "(?!" : "(?=", open);
	p->lookbehind_groups = outer;
	p->uneven_lookbehind |= behind && item.width.min != item.width.max;
	item.width = NO_WIDTH;
	return item;
}

/* Behind "(?<". */
static struct item
read_lookbehind(struct parser *p, size_t open)
{
	size_t start = p->at - 2;
	int32_t c = take(p);

	if (c == '=' || c == '!')
		return read_lookaround(p, true, c == '!', open);
	if (c < 0)
		FAIL(p, p->at, "unexpected end of pattern");
	else
		fail_piece(p, start, piece_from(p, start), "unknown extension %s");
	return PLAIN;
}

static bool
check_name(struct parser *p, struct slice name, size_t at)
{
	if (p->error == 0 && !identifier(name))
		fail_piece(p, at, name, "bad character in group name '%s'");
	return p->error == 0;
}

static struct item
read_name_reference(struct parser *p)
{
	size_t at = p->at;
	struct slice name = read_until(p, ')', "group name");
	const struct pyre_group *g;

	if (!check_name(p, name, at))
		return PLAIN;
	g = find_name(p, name);
	if (g == NULL) {
		fail_piece(p, at, name, "unknown group name '%s'");
		return PLAIN;
	}
	return check_reference(p, g->number, at) ? add_reference(p, g->number) : PLAIN;
}

/* Behind "(?P". */
static struct item
read_python_group(struct parser *p, size_t open)
{
	size_t start = p->at - 2;

	if (match(p, '<')) {
		size_t at = p->at;
		struct slice name = read_until(p, '>', "group name");

		return check_name(p, name, at) ? read_group(p, name, at, open) : PLAIN;
	}
	if (match(p, '='))
		return read_name_reference(p);
	if (take(p) < 0)
		FAIL(p, p->at, "unexpected end of pattern");
	else
		fail_piece(p, start, piece_from(p, start), "unknown extension %s");
	return PLAIN;
}

static struct item
read_comment(struct parser *p, size_t open)
{
	for (;;) {
		int32_t c = take(p);

		if (c < 0)
			FAIL(p, open, "missing ), unterminated comment");
		if (c < 0 || c == ')')
			return SILENT;
	}
}

/* The group number in (?(…): a name, or digits. 0 with a mistake noted. */
static uint64_t
read_condition(struct parser *p)
{
	size_t at = p->at;
	struct slice name = read_until(p, ')', "group name");
	const struct pyre_group *g;
	uint64_t number;

	if (p->error != 0)
		return 0;
	if (identifier(name)) {
		g = find_name(p, name);
		if (g == NULL)
			fail_piece(p, at, name, "unknown group name '%s'");
		return g != NULL ? g->number : 0;
	}
	if (slice_u64(slice_trim(name), UINT64_MAX, &number) < 0) {
		fail_piece(p, at, name, "bad character in group name '%s'");
		return 0;
	}
	if (number == 0)
		FAIL(p, at, "bad group number");
	else if (number > REPEAT_MAX)
		fail_piece(p, at, name, "invalid group reference %s");
	return number;
}

static void
remember_reference(struct parser *p, uint64_t number, size_t at)
{
	struct forward_ref *r = ARENA_NEW(p->arena, struct forward_ref);

	*r = (struct forward_ref){NULL, number, at};
	*p->refs_end = r;
	p->refs_end = &r->next;
}

/* Behind "(?(". */
static struct item
read_conditional(struct parser *p, size_t open)
{
	size_t at = p->at;
	uint64_t number = read_condition(p);
	struct width yes, no = NO_WIDTH;

	if (p->error != 0)
		return PLAIN;
	remember_reference(p, number, at);
	if (p->lookbehind_groups > 0 && !check_reference(p, number, p->at))
		return PLAIN;
	buf_printf(p->out, "(?(%u)", (unsigned)number);
	yes = read_sequence(p, false);
	if (match(p, '|')) {
		buf_add_char(p->out, '|');
		no = read_sequence(p, false);
		if (peek(p) == '|')
			FAIL(p, p->at, "conditional backref with more than two branches");
	}
	(void)close_paren(p, open);
	return (struct item){ITEM_PLAIN, width_either(yes, no)};
}

/* ---- flags ---- */

static unsigned
flag_of(int32_t c)
{
	switch (c) {
	case 'i':
		return FLAG_I;
	case 'm':
		return FLAG_M;
	case 's':
		return FLAG_S;
	case 'x':
		return FLAG_X;
	case 'a':
		return FLAG_A;
	case 'u':
		return FLAG_U;
	case 'L':
		return FLAG_L;
	default:
		return 0;
	}
}

/* What is said of c where a flag or else one of the characters in missing was due. */
static void
fail_flag(struct parser *p, int32_t c, size_t at, struct slice missing)
{
	if (c < 0)
		fail(p, p->at, missing);
	else if (is_letter(c) || c >= 0x80)
		FAIL(p, at, "unknown flag");
	else
		fail(p, at, missing);
}

/* The flags to turn on, of which c is the first. Returns what ended them: ')', ':' or '-'. */
static int32_t
read_flags_on(struct parser *p, int32_t c, unsigned *on)
{
	for (;;) {
		unsigned flag = flag_of(c);
		size_t at;

		if (flag == FLAG_L) {
			FAIL(p, p->at, "bad inline flags: cannot use 'L' flag with a str pattern");
			return -1;
		}
		*on |= flag;
		if ((flag & FLAGS_TYPE) && (*on & FLAGS_TYPE) != flag) {
			FAIL(p, p->at, "bad inline flags: flags 'a', 'u' and 'L' are incompatible");
			return -1;
		}
		at = p->at;
		c = take(p);
		if (c == ')' || c == ':' || c == '-')
			return c;
		if (flag_of(c) == 0) {
			fail_flag(p, c, at, SLICE("missing -, : or )"));
			return -1;
		}
	}
}

/* Behind "-". */
static void
read_flags_off(struct parser *p, unsigned *off)
{
	struct slice missing = SLICE("missing flag");

	for (;;) {
		size_t at = p->at;
		int32_t c = take(p);

		if (c == ':' && *off != 0)
			return;
		if (flag_of(c) == 0) {
			fail_flag(p, c, at, missing);
			return;
		}
		if (flag_of(c) & FLAGS_TYPE) {
			FAIL(p, p->at, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
			return;
		}
		*off |= flag_of(c);
		missing = SLICE("missing :");
	}
}

static unsigned
apply_flags(unsigned flags, unsigned on, unsigned off)
{
	if (on & FLAG_U)
		flags &= ~(unsigned)FLAG_A;
	return (flags | (on & ~(unsigned)FLAG_U)) & ~off;
}

static void
add_flag_letters(struct buf *out, unsigned flags)
{
	if (flags & FLAG_I)
		buf_add_char(out, 'i');
	if (flags & FLAG_M)
		buf_add_char(out, 'm');
	if (flags & FLAG_S)
		buf_add_char(out, 's');
}

/* "(?i-s" for what changes in PCRE2's terms. */
static void
add_flag_change(struct parser *p, unsigned before, unsigned after)
{
	unsigned old = passed_flags(p, before), new = passed_flags(p, after);

	buf_add_cstr(p->out, "(?");
	add_flag_letters(p->out, new & ~old);
	if (old & ~new)
		buf_add_char(p->out, '-');
	add_flag_letters(p->out, old & ~new);
}

static struct item
set_global_flags(struct parser *p, unsigned on, bool first, size_t open)
{
	unsigned before = p->flags;

	if (!first) {
		FAIL(p, open, "global flags not at the start of the expression");
		return SILENT;
	}
	p->flags = apply_flags(p->flags, on, 0);
	if (passed_flags(p, before) != passed_flags(p, p->flags)) {
		add_flag_change(p, before, p->flags);
		buf_add_char(p->out, ')');
	}
	return SILENT;
}

/* Behind "(?", where c is a flag or "-". first: nothing stands before. */
static struct item
read_flags(struct parser *p, int32_t c, bool first, size_t open)
{
	unsigned on = 0, off = 0, outer = p->flags;
	struct item item;

	if (c != '-')
		c = read_flags_on(p, c, &on);
	if (p->error == 0 && c == ')')
		return set_global_flags(p, on, first, open);
	if (p->error == 0 && c == '-')
		read_flags_off(p, &off);
	if (p->error == 0 && (on & off))
		FAIL(p, p->at - 1, "bad inline flags: flag turned on and off");
	if (p->error != 0)
		return PLAIN;
	p->flags = apply_flags(p->flags, on, off);
	add_flag_change(p, outer, p->flags);
	item = read_open_group(p, ":", open);
	p->flags = outer;
	return item;
}

/* Behind "(?". */
static struct item
read_extension(struct parser *p, bool first, size_t open)
{
	size_t start = p->at - 1;
	int32_t c = take(p);

	switch (c) {
	case -1:
		FAIL(p, p->at, "unexpected end of pattern");
		return PLAIN;
	case 'P':
		return read_python_group(p, open);
	case ':':
		return read_open_group(p, "(?:", open);
	case '>':
		return read_open_group(p, "(?>", open);
	case '#':
		return read_comment(p, open);
	case '=':
	case '!':
		return read_lookaround(p, false, c == '!', open);
	case '<':
		return read_lookbehind(p, open);
	case '(':
		return read_conditional(p, open);
	default:
		break;
	}
	if (c == '-' || flag_of(c) != 0)
		return read_flags(p, c, first, open);
	fail_piece(p, start, piece_from(p, start), "unknown extension %s");
	return PLAIN;
}

/* Behind "(". */
static struct item
read_paren(struct parser *p, bool first)
{
	size_t open = p->at - 1;
	struct item item;

	if (p->depth >= MAX_DEPTH) {
		FAIL(p, open, "groups are nested too deeply");
		return PLAIN;
	}
	p->depth++;
	if (match(p, '?'))
		item = read_extension(p, first, open);
	else
		item = read_group(p, SLICE_EMPTY, open, open);
	p->depth--;
	return item;
}

/* ---- sequences ---- */

/* In a verbose pattern: white space, and "#" to the end of the line. True if c was such. */
static bool
skip_verbose(struct parser *p, int32_t c)
{
	if (!(p->flags & FLAG_X))
		return false;
	if (c > 0 && c < 0x80 && char_space((char)c))
		return true;
	if (c != '#')
		return false;
	do {
		c = take(p);
	} while (c >= 0 && c != '\n');
	return true;
}

static struct item
read_item(struct parser *p, int32_t c, const struct item *before, bool first)
{
	switch (c) {
	case '\\':
		return read_escape(p);
	case '[':
		read_set(p);
		return PLAIN;
	case '.':
		buf_add_char(p->out, '.');
		return PLAIN;
	case '^':
	case '$':
		buf_add_char(p->out, (char)c);
		return ANCHOR;
	case '(':
		return read_paren(p, first);
	case '?':
	case '*':
	case '+':
	case '{':
		return read_quantifier(p, c, before);
	default:
		add_literal(p, (uint32_t)c);
		return PLAIN;
	}
}

/* Items up to "|", ")" or the end. first: the start of the whole pattern. */
static struct width
read_sequence(struct parser *p, bool first)
{
	struct width before = NO_WIDTH; /* of all but the last item */
	struct item last = NOTHING;

	for (;;) {
		int32_t c = peek(p);
		struct item item;

		if (c < 0 || c == '|' || c == ')')
			break;
		(void)next(p);
		if (c != '\\')
			check_lone_backslash(p);
		if (skip_verbose(p, c))
			continue;
		item = read_item(p, c, &last, first && last.kind == ITEM_NONE);
		if (p->error == 0)
			check_lone_backslash(p);
		if (item.kind == ITEM_SILENT)
			continue;
		if (item.kind != ITEM_REPEATED)
			before = width_add(before, last.width);
		last = item;
	}
	return width_add(before, last.width);
}

static struct width
read_alternatives(struct parser *p, bool top)
{
	struct width all = read_sequence(p, top);

	while (match(p, '|')) {
		buf_add_char(p->out, '|');
		all = width_either(all, read_sequence(p, false));
	}
	return all;
}

static void
check_forward_refs(struct parser *p)
{
	for (const struct forward_ref *r = p->refs; r != NULL; r = r->next) {
		if (r->number > p->groups->groups)
			fail(p, r->at,
			    arena_printf(
				p->arena, "invalid group reference %u", (unsigned)r->number));
	}
}

int
pyre_translate(struct arena *a, struct slice pattern, unsigned flags, struct buf *out,
    struct pyre_groups *groups, size_t *error_at, struct diag *d)
{
	struct parser p = {
	    .arena = a,
	    .in = pattern,
	    .out = out,
	    .d = d,
	    .error_at = error_at,
	    .ascii_subject = (flags & PYRE_ASCII) != 0,
	    .groups = groups,
	};

	*groups = (struct pyre_groups){0};
	p.refs_end = &p.refs;
	if (flags & PYRE_IGNORECASE)
		p.flags |= FLAG_I;
	if (flags & PYRE_MULTILINE)
		p.flags |= FLAG_M;
	check_lone_backslash(&p);
	(void)read_alternatives(&p, true);
	if (peek(&p) == ')')
		FAIL(&p, p.at, "unbalanced parenthesis");
	check_forward_refs(&p);
	if (p.uneven_lookbehind)
		fail(&p, SIZE_MAX, SLICE("look-behind requires fixed-width pattern"));
	if (p.error == 0 && buf_refused(out))
		fail(&p, SIZE_MAX, SLICE("regular expression is too large"));
	return p.error;
}

uint32_t
pyre_options(unsigned flags)
{
	/* Python's ^ also matches behind a newline that ends the subject. */
	uint32_t options = PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C;

	if (!(flags & PYRE_ASCII))
		options |= PCRE2_UTF | PCRE2_UCP;
	if (flags & PYRE_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & PYRE_IGNORECASE)
		options |= PCRE2_CASELESS;
	return options;
}
