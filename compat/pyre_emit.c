#include "compat/pyre_emit.h"

bool
pyre_own_case(const struct pyre_parser *p)
{
	return (p->flags & PYRE_FLAG_I) && (p->flags & PYRE_FLAG_A) && !p->ascii_subject;
}

bool
pyre_full_case(const struct pyre_parser *p)
{
	return (p->flags & PYRE_FLAG_I) && !(p->flags & PYRE_FLAG_A);
}

unsigned
pyre_passed_flags(const struct pyre_parser *p, unsigned flags)
{
	unsigned passed = flags & (PYRE_FLAG_I | PYRE_FLAG_M | PYRE_FLAG_S);

	return !p->ascii_subject && (flags & PYRE_FLAG_A) ? passed & ~(unsigned)PYRE_FLAG_I
							  : passed;
}

void
pyre_add_code(struct pyre_parser *p, uint32_t code)
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

char
pyre_ascii_twin(uint32_t code)
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

bool
pyre_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

void
pyre_add_never(struct pyre_parser *p)
{
	buf_add_cstr(p->out, p->ascii_subject ? "[^\\x00-\\xff]" : "[^\\x{0}-\\x{10ffff}]");
}

void
pyre_add_literal(struct pyre_parser *p, uint32_t code)
{
	if (p->ascii_subject && code >= 0x80 && pyre_full_case(p) && pyre_ascii_twin(code) != '\0')
		pyre_add_code(p, (unsigned char)pyre_ascii_twin(code));
	else if ((p->ascii_subject && code >= 0x80) || pyre_surrogate(code))
		pyre_add_never(p);
	else if (!p->ascii_subject && pyre_full_case(p) && turkish_i(code))
		buf_add_cstr(p->out, "[iI\\x{130}\\x{131}]");
	else if (pyre_own_case(p) && code < 0x80 && char_alpha((char)code))
		buf_printf(p->out, "[%c%c]", char_lower((char)code), char_to_upper((char)code));
	else
		pyre_add_code(p, code);
}

static const struct pyre_range SPACES[] = {
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
static const struct pyre_range SPACES_ASCII[] = {{0x09, 0x0d}, {0x20, 0x20}};
static const struct pyre_range WORD_ASCII[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const struct pyre_range DIGITS_ASCII[] = {{'0', '9'}};

struct pyre_category
pyre_category(const struct pyre_parser *p, char letter)
{
	bool ascii = (p->flags & PYRE_FLAG_A) || p->ascii_subject;

	switch (letter) {
	case 's':
		if (p->flags & PYRE_FLAG_A)
			return (struct pyre_category){SPACES_ASCII, PYRE_COUNT(SPACES_ASCII), NULL};
		return (struct pyre_category){
		    SPACES, p->ascii_subject ? 2 : PYRE_COUNT(SPACES), NULL};
	case 'd':
		if (ascii)
			return (struct pyre_category){DIGITS_ASCII, PYRE_COUNT(DIGITS_ASCII), NULL};
		return (struct pyre_category){NULL, 0, "\\p{Nd}"};
	default:
		if (ascii)
			return (struct pyre_category){WORD_ASCII, PYRE_COUNT(WORD_ASCII), NULL};
		return (struct pyre_category){NULL, 0, "\\p{L}\\p{N}_"};
	}
}

void
pyre_add_range(struct pyre_parser *p, uint32_t from, uint32_t to)
{
	pyre_add_code(p, from);
	if (to > from) {
		buf_add_char(p->out, '-');
		pyre_add_code(p, to);
	}
}

void
pyre_add_category_items(struct pyre_parser *p, char letter)
{
	struct pyre_category c = pyre_category(p, letter);

	for (size_t i = 0; i < c.count; i++)
		pyre_add_range(p, c.ranges[i].from, c.ranges[i].to);
	if (c.ranges == NULL)
		buf_add_cstr(p->out, c.items);
}

void
pyre_add_category_gaps(struct pyre_parser *p, const struct pyre_category *c)
{
	uint32_t from = 0, last = p->ascii_subject ? 0xff : PYRE_CODE_MAX;

	for (size_t i = 0; i < c->count; i++) {
		if (c->ranges[i].from > from)
			pyre_add_range(p, from, c->ranges[i].from - 1);
		from = c->ranges[i].to + 1;
	}
	pyre_add_range(p, from, last);
}

void
pyre_add_category(struct pyre_parser *p, char letter)
{
	buf_add_cstr(p->out, char_upper(letter) ? "[^" : "[");
	pyre_add_category_items(p, char_lower(letter));
	buf_add_char(p->out, ']');
}

void
pyre_add_boundary(struct pyre_parser *p, bool not_one)
{
	const char *w = p->flags & PYRE_FLAG_A ? "[0-9A-Z_a-z]" : "[\\p{L}\\p{N}_]";

	if (p->ascii_subject)
		buf_add_cstr(p->out, not_one ? "\\B" : "\\b");
	else if (not_one)
		buf_printf(p->out, "(?:(?<=%s)(?=%s)|(?<!%s)(?!%s))", w, w, w, w);
	else
		buf_printf(p->out, "(?:(?<=%s)(?!%s)|(?<!%s)(?=%s))", w, w, w, w);
}
