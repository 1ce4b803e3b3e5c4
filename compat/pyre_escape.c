#include "compat/pyre_escape.h"

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

	for (size_t i = 0; i < PYRE_COUNT(ASCII_NAMES); i++) {
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
read_named_character(struct pyre_parser *p, size_t start)
{
	struct slice name;
	int32_t c;

	if (!pyre_match(p, '{')) {
		PYRE_FAIL(p, p->at, "missing {");
		return -1;
	}
	name = pyre_read_until(p, '}', "character name");
	c = named_character(name);
	if (c < 0)
		pyre_fail_piece(p, start, name, "undefined character name '%s'");
	return c;
}

/* \xhh, \uhhhh, \Uhhhhhhhh behind the letter: exactly so many digits. */
static int32_t
read_hex(struct pyre_parser *p, size_t start, unsigned digits)
{
	uint64_t code = 0;
	unsigned n;

	for (n = 0; n < digits && p->at < p->in.n && char_hex(p->in.p[p->at]) >= 0; n++)
		code = code * 16 + (unsigned)char_hex(p->in.p[p->at++]);
	if (n < digits)
		pyre_fail_piece(p, start, pyre_piece_from(p, start), "incomplete escape %s");
	else if (code > PYRE_CODE_MAX)
		pyre_fail_piece(p, start, pyre_piece_from(p, start), "bad escape %s");
	return p->error == 0 ? (int32_t)code : -1;
}

int32_t
pyre_read_octal(struct pyre_parser *p, size_t start, int32_t code, unsigned max)
{
	for (; max > 0 && pyre_octal(pyre_peek(p)); max--)
		code = code * 8 + (pyre_next(p) - '0');
	if (code > 0377)
		pyre_fail_piece(p, start, pyre_piece_from(p, start),
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

int32_t
pyre_read_character_escape(struct pyre_parser *p, size_t start, int32_t c)
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
	if (pyre_letter(c) || pyre_digit(c)) {
		pyre_fail_piece(p, start, pyre_piece_from(p, start), "bad escape %s");
		return -1;
	}
	return c;
}

bool
pyre_category_letter(int32_t c)
{
	return c == 'd' || c == 'D' || c == 's' || c == 'S' || c == 'w' || c == 'W';
}
