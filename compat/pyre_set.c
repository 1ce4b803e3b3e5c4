#include "compat/pyre_set.h"

#include "compat/pyre_emit.h"
#include "compat/pyre_escape.h"
#include "util/escape.h"

struct set {
	size_t start; /* in the output, behind "[" or "[^" */
	bool negated;
	bool not_word; /* \W where no ranges can tell it */
	bool has_i;    /* one of the four letters i */
	bool any;      /* there is at least one item in the output */
};

/* Adds a range with what equals it by case, where PCRE2 would not see to that itself. */
static void
set_add(struct pyre_parser *p, struct set *s, uint32_t from, uint32_t to)
{
	static const uint32_t special[] = {'i', 'I', 0x130, 0x131, 0x17f, 0x212a};

	for (size_t i = 0; pyre_full_case(p) && i < PYRE_COUNT(special); i++) {
		if (special[i] < from || special[i] > to)
			continue;
		s->has_i |= i < 4;
		if (p->ascii_subject && pyre_ascii_twin(special[i]) != '\0') {
			pyre_add_code(p, (unsigned char)pyre_ascii_twin(special[i]));
			s->any = true;
		}
	}
	for (char c = 'a'; pyre_own_case(p) && c <= 'z'; c++) {
		uint32_t small = (unsigned char)c, capital = small - 0x20;

		if (small >= from && small <= to)
			pyre_add_code(p, capital);
		if (capital >= from && capital <= to)
			pyre_add_code(p, small);
	}
	if (p->ascii_subject && to > 0x7f)
		to = 0x7f;
	if (pyre_surrogate(from))
		from = 0xe000;
	if (pyre_surrogate(to))
		to = 0xd7ff;
	if (from > to)
		return;
	pyre_add_range(p, from, to);
	s->any = true;
}

static void
set_add_category(struct pyre_parser *p, struct set *s, char letter)
{
	struct pyre_category c = pyre_category(p, char_lower(letter));

	if (!char_upper(letter))
		pyre_add_category_items(p, letter);
	else if (c.ranges != NULL)
		pyre_add_category_gaps(p, &c);
	else if (letter == 'D')
		buf_add_cstr(p->out, "\\P{Nd}");
	else
		s->not_word = true;
	s->any |= !s->not_word || letter != 'W';
}

/* One character or category of a set. Returns its code, or -1 for a category. */
static int32_t
read_set_member(struct pyre_parser *p, char *letter)
{
	size_t start = p->at;
	int32_t c = pyre_next(p);

	*letter = '\0';
	if (c == '\\') {
		c = pyre_next(p);
		if (pyre_category_letter(c)) {
			*letter = (char)c;
			c = -1;
		} else if (c == 'b') {
			c = '\b';
		} else if (pyre_octal(c)) {
			c = pyre_read_octal(p, start, c - '0', 2);
		} else {
			c = pyre_read_character_escape(p, start, c);
		}
	}
	if (p->error == 0)
		pyre_check_end(p);
	return c;
}

/* The first characters of a member of a set, as Python's reader takes it: "a", or "\\x" of "\\x41".
 */
static struct slice
member_token(const struct pyre_parser *p, size_t at)
{
	uint32_t code;
	size_t n = p->in.p[at] == '\\' ? 1 : 0;
	size_t more = utf8_next(slice_from(p->in, at + n), &code);

	return slice_upto(slice_from(p->in, at), n + (more > 0 ? more : 1));
}

/* Python quotes both ends in its short form, and counts back by their length. */
static void
fail_range(struct pyre_parser *p, size_t from, size_t to)
{
	struct slice a = member_token(p, from), b = member_token(p, to);
	char text[16];
	size_t at = p->at, back = utf8_count(a) + 1 + utf8_count(b);

	for (; back > 0 && at > 0; back--) {
		do {
			at--;
		} while (at > 0 && !utf8_begins(p->in.p[at]));
	}
	memcpy(text, a.p, a.n);
	text[a.n] = '-';
	memcpy(text + a.n + 1, b.p, b.n);
	pyre_fail_piece(p, at, slice_of(text, a.n + 1 + b.n), "bad character range %s");
}

/* "a-z", of which "a" was read from start on. True if there was a range. */
static bool
read_set_range(
    struct pyre_parser *p, struct set *s, size_t start, int32_t from, size_t open, bool *end)
{
	size_t second;
	char letter;
	int32_t to;

	if (!pyre_match(p, '-'))
		return false;
	if (pyre_peek(p) == ']') {
		(void)pyre_take(p);
		*end = true;
		return false;
	}
	if (pyre_peek(p) < 0) {
		PYRE_FAIL(p, open, "unterminated character set");
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
read_set_items(struct pyre_parser *p, struct set *s, size_t open)
{
	bool first = true, end = false;

	while (!end) {
		size_t start = p->at;
		char letter;
		int32_t c;

		if (pyre_peek(p) < 0) {
			PYRE_FAIL(p, open, "unterminated character set");
			return;
		}
		if (!first && pyre_match(p, ']'))
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
split_set(struct pyre_parser *p, const struct set *s)
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
end_set(struct pyre_parser *p, const struct set *s)
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
			pyre_add_never(p);
	} else {
		buf_add_char(p->out, ']');
	}
}

void
pyre_read_set(struct pyre_parser *p)
{
	struct set s = {0};
	size_t open = p->at - 1;

	s.negated = pyre_match(p, '^');
	buf_add_cstr(p->out, s.negated ? "[^" : "[");
	s.start = p->out->n;
	read_set_items(p, &s, open);
	if (p->error == 0)
		end_set(p, &s);
}
