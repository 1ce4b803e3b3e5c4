#include "compat/pyre.h"

#include "compat/pyre_emit.h"
#include "compat/pyre_escape.h"
#include "compat/pyre_flags.h"
#include "compat/pyre_group.h"
#include "compat/pyre_meter.h"
#include "compat/pyre_repeat.h"
#include "compat/pyre_set.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>

/* Groups within groups; far beyond what people write, and below PCRE2's own limit of 250. */
#define MAX_DEPTH 200

/* Numbers of groups that PCRE2 takes. */
#define PYRE_GROUPS_MAX 65535

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
	struct pyre_width width;
	size_t start; /* in the output; set by who reads the sequence */
};

static const struct item ANCHOR = {ITEM_ANCHOR, {0, 0}, 0}, PLAIN = {ITEM_PLAIN, {1, 1}, 0},
			 SILENT = {ITEM_SILENT, {0, 0}, 0}, NOTHING = {ITEM_NONE, {0, 0}, 0};

static struct pyre_width read_alternatives(struct pyre_parser *p);
static struct pyre_width read_sequence(struct pyre_parser *p, bool first);

/* A reference by number; case as the scope has it. */
static struct item
add_reference(struct pyre_parser *p, unsigned number)
{
	pyre_meter(p, p->out->n);
	buf_printf(p->out, pyre_own_case(p) ? "(?i:\\g{%u})" : "\\g{%u}", number);
	return (struct item){.kind = ITEM_PLAIN, .width = p->widths[number]};
}

/* \1 to \99, or three octal digits; the first digit was read. */
static struct item
read_number_escape(struct pyre_parser *p, size_t start, int32_t c)
{
	uint32_t number = (uint32_t)(c - '0');

	if (pyre_digit(pyre_peek(p))) {
		int32_t second = pyre_next(p);

		if (pyre_octal(c) && pyre_octal(second) && pyre_octal(pyre_peek(p))) {
			c = pyre_read_octal(p, start, (c - '0') * 8 + (second - '0'), 1);
			if (p->error == 0)
				pyre_add_literal(p, (uint32_t)c);
			return PLAIN;
		}
		number = number * 10 + (uint32_t)(second - '0');
	}
	if (number > p->groups->groups) {
		pyre_fail(
		    p, start + 1, arena_printf(p->arena, "invalid group reference %u", number));
		return PLAIN;
	}
	return pyre_check_reference(p, number, start) ? add_reference(p, number) : PLAIN;
}

static struct item
read_anchor_escape(struct pyre_parser *p, int32_t c)
{
	if (c == 'A')
		buf_add_cstr(p->out, "\\A");
	else if (c == 'Z')
		buf_add_cstr(p->out, "\\z");
	else
		pyre_add_boundary(p, c == 'B');
	return ANCHOR;
}

/* Behind a backslash outside of [ ]. */
static struct item
read_escape(struct pyre_parser *p)
{
	size_t start = p->at - 1;
	int32_t c = pyre_next(p);

	if (c == 'A' || c == 'Z' || c == 'b' || c == 'B')
		return read_anchor_escape(p, c);
	if (pyre_category_letter(c)) {
		pyre_add_category(p, (char)c);
		return PLAIN;
	}
	if (c == '0')
		c = pyre_read_octal(p, start, 0, 2);
	else if (pyre_digit(c))
		return read_number_escape(p, start, c);
	else
		c = pyre_read_character_escape(p, start, c);
	if (p->error == 0)
		pyre_add_literal(p, (uint32_t)c);
	return PLAIN;
}

/* ---- quantifiers ---- */

/* Behind a quantifier's first character c; item is what it repeats. */
static struct item
read_quantifier(struct pyre_parser *p, int32_t c, const struct item *item)
{
	size_t start = p->at - 1;
	struct pyre_repeat r = pyre_read_repeat(p, c);
	struct item out = {ITEM_REPEATED, item->width, item->start};

	if (r.literal) {
		pyre_add_literal(p, '{');
		return PLAIN;
	}
	if (item->kind == ITEM_NONE || item->kind == ITEM_ANCHOR)
		PYRE_FAIL(p, start, "nothing to repeat");
	else if (item->kind == ITEM_REPEATED)
		PYRE_FAIL(p, start, "multiple repeat");
	else
		pyre_add_repeat(p, c, &r);
	if (p->error == 0)
		pyre_meter_repeat(p, item->start, item->width, &r);
	/* "()*" and "(a+){0}" have a width, nothing, but PCRE2 does not see it; nobody writes this.
	 */
	if (p->lookbehind_groups > 0 && ((r.min != r.max && item->width.max == 0) ||
					    (r.max == 0 && item->width.min != item->width.max)))
		p->uneven_lookbehind = true;
	out.width.min = pyre_mul_capped(out.width.min, r.min);
	out.width.max =
	    pyre_mul_capped(out.width.max, r.max > PYRE_WIDTH_MAX ? PYRE_WIDTH_MAX : r.max);
	return out;
}

/* ---- ( ) ---- */

static bool
close_paren(struct pyre_parser *p, size_t open)
{
	if (pyre_match(p, ')')) {
		buf_add_char(p->out, ')');
		return true;
	}
	PYRE_FAIL(p, open, "missing ), unterminated subpattern");
	return false;
}

static struct item
read_group(struct pyre_parser *p, struct slice name, size_t name_at, size_t open)
{
	unsigned number = pyre_open_group(p, name, name_at);
	struct pyre_width w;

	if (p->error != 0)
		return PLAIN;
	buf_add_char(p->out, '(');
	w = read_alternatives(p);
	if (close_paren(p, open)) {
		p->widths[number] = w;
		p->closed[number] = true;
	}
	return (struct item){.kind = ITEM_PLAIN, .width = w};
}

static struct item
read_open_group(struct pyre_parser *p, const char *head, size_t open)
{
	struct pyre_width w;

	buf_add_cstr(p->out, head);
	w = read_alternatives(p);
	(void)close_paren(p, open);
	return (struct item){.kind = ITEM_PLAIN, .width = w};
}

/*
 * The empty lookahead keeps PCRE2's JIT (10.42) from a wrong short cut: "(?>a+?)b" would not be
 * found in "aab".
 */
static struct item
read_atomic(struct pyre_parser *p, size_t open)
{
	struct item item = read_open_group(p, "(?:(?=)(?>", open);

	buf_add_char(p->out, ')');
	return item;
}

static struct item
read_lookaround(struct pyre_parser *p, bool behind, bool negative, size_t open)
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
	item.width = PYRE_NO_WIDTH;
	return item;
}

/* Behind "(?<". */
static struct item
read_lookbehind(struct pyre_parser *p, size_t open)
{
	size_t start = p->at - 2;
	int32_t c = pyre_take(p);

	if (c == '=' || c == '!')
		return read_lookaround(p, true, c == '!', open);
	if (c < 0)
		PYRE_FAIL(p, p->at, "unexpected end of pattern");
	else
		pyre_fail_piece(p, start, pyre_piece_from(p, start), "unknown extension %s");
	return PLAIN;
}

static bool
check_name(struct pyre_parser *p, struct slice name, size_t at)
{
	if (p->error == 0 && !pyre_identifier(name))
		pyre_fail_name(p, at, name, "bad character in group name ");
	return p->error == 0;
}

static struct item
read_name_reference(struct pyre_parser *p)
{
	size_t at = p->at;
	struct slice name = pyre_read_until(p, ')', "group name");
	const struct pyre_group *g;

	if (!check_name(p, name, at))
		return PLAIN;
	g = pyre_find_name(p, name);
	if (g == NULL) {
		pyre_fail_piece(p, at, name, "unknown group name '%s'");
		return PLAIN;
	}
	return pyre_check_reference(p, g->number, at) ? add_reference(p, g->number) : PLAIN;
}

/* Behind "(?P". */
static struct item
read_python_group(struct pyre_parser *p, size_t open)
{
	size_t start = p->at - 2;

	if (pyre_match(p, '<')) {
		size_t at = p->at;
		struct slice name = pyre_read_until(p, '>', "group name");

		return check_name(p, name, at) ? read_group(p, name, at, open) : PLAIN;
	}
	if (pyre_match(p, '='))
		return read_name_reference(p);
	if (pyre_take(p) < 0)
		PYRE_FAIL(p, p->at, "unexpected end of pattern");
	else
		pyre_fail_piece(p, start, pyre_piece_from(p, start), "unknown extension %s");
	return PLAIN;
}

static struct item
read_comment(struct pyre_parser *p, size_t open)
{
	for (;;) {
		int32_t c = pyre_take(p);

		if (c < 0)
			PYRE_FAIL(p, open, "missing ), unterminated comment");
		if (c < 0 || c == ')')
			return SILENT;
	}
}

/* The group number in (?(…): a name, or digits. 0 with a mistake noted. */
static uint64_t
read_condition(struct pyre_parser *p)
{
	size_t at = p->at;
	struct slice name = pyre_read_until(p, ')', "group name");
	const struct pyre_group *g;
	uint64_t number;

	if (p->error != 0)
		return 0;
	if (pyre_identifier(name)) {
		g = pyre_find_name(p, name);
		if (g == NULL)
			pyre_fail_piece(p, at, name, "unknown group name '%s'");
		return g != NULL ? g->number : 0;
	}
	if (slice_u64(slice_trim(name), UINT64_MAX, &number) < 0) {
		pyre_fail_name(p, at, name, "bad character in group name ");
		return 0;
	}
	if (number == 0)
		PYRE_FAIL(p, at, "bad group number");
	else if (number > PYRE_GROUPS_MAX)
		pyre_fail_piece(p, at, name, "invalid group reference %s");
	return number;
}

static void
remember_reference(struct pyre_parser *p, uint64_t number, size_t at)
{
	struct forward_ref *r = ARENA_NEW(p->arena, struct forward_ref);

	*r = (struct forward_ref){NULL, number, at};
	*p->refs_end = r;
	p->refs_end = &r->next;
}

/* Behind "(?(". */
static struct item
read_conditional(struct pyre_parser *p, size_t open)
{
	size_t at = p->at;
	uint64_t number = read_condition(p);
	struct pyre_width yes, no = PYRE_NO_WIDTH;

	if (p->error != 0)
		return PLAIN;
	remember_reference(p, number, at);
	if (p->lookbehind_groups > 0 && !pyre_check_reference(p, number, p->at))
		return PLAIN;
	buf_printf(p->out, "(?(%u)", (unsigned)number);
	yes = read_sequence(p, false);
	if (pyre_match(p, '|')) {
		buf_add_char(p->out, '|');
		no = read_sequence(p, false);
		if (pyre_peek(p) == '|')
			PYRE_FAIL(p, p->at, "conditional backref with more than two branches");
	}
	(void)close_paren(p, open);
	return (struct item){.kind = ITEM_PLAIN, .width = pyre_width_either(yes, no)};
}

static struct item
set_global_flags(struct pyre_parser *p, unsigned on, bool first, size_t open)
{
	unsigned before = p->flags;

	if (!first) {
		PYRE_FAIL(p, open, "global flags not at the start of the expression");
		return SILENT;
	}
	p->flags = pyre_apply_flags(p->flags, on, 0);
	if (pyre_passed_flags(p, before) != pyre_passed_flags(p, p->flags)) {
		pyre_add_flag_change(p, before, p->flags);
		buf_add_char(p->out, ')');
	}
	return SILENT;
}

/* Behind "(?", where c is a flag or "-". first: nothing stands before. */
static struct item
read_flags(struct pyre_parser *p, int32_t c, bool first, size_t open)
{
	unsigned on = 0, off = 0, outer = p->flags;
	struct item item;

	if (c != '-')
		c = pyre_read_flags_on(p, c, &on);
	if (p->error == 0 && c == ')')
		return set_global_flags(p, on, first, open);
	if (p->error == 0 && c == '-')
		pyre_read_flags_off(p, &off);
	if (p->error == 0 && (on & off))
		PYRE_FAIL(p, p->at - 1, "bad inline flags: flag turned on and off");
	if (p->error != 0)
		return PLAIN;
	p->flags = pyre_apply_flags(p->flags, on, off);
	pyre_add_flag_change(p, outer, p->flags);
	item = read_open_group(p, ":", open);
	p->flags = outer;
	return item;
}

/* Behind "(?". */
static struct item
read_extension(struct pyre_parser *p, bool first, size_t open)
{
	size_t start = p->at - 1;
	int32_t c = pyre_take(p);

	switch (c) {
	case -1:
		PYRE_FAIL(p, p->at, "unexpected end of pattern");
		return PLAIN;
	case 'P':
		return read_python_group(p, open);
	case ':':
		return read_open_group(p, "(?:", open);
	case '>':
		return read_atomic(p, open);
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
	if (c == '-' || pyre_flag_of(c) != 0)
		return read_flags(p, c, first, open);
	pyre_fail_piece(p, start, pyre_piece_from(p, start), "unknown extension %s");
	return PLAIN;
}

/* Behind "(". */
static struct item
read_paren(struct pyre_parser *p, bool first)
{
	size_t open = p->at - 1;
	struct item item;

	if (p->depth >= MAX_DEPTH) {
		PYRE_FAIL(p, open, "groups are nested too deeply");
		return PLAIN;
	}
	p->depth++;
	if (pyre_match(p, '?'))
		item = read_extension(p, first, open);
	else
		item = read_group(p, SLICE_EMPTY, open, open);
	p->depth--;
	return item;
}

/* ---- sequences ---- */

/* In a verbose pattern: white space, and "#" to the end of the line. True if c was such. */
static bool
skip_verbose(struct pyre_parser *p, int32_t c)
{
	if (!(p->flags & PYRE_FLAG_X))
		return false;
	if (c > 0 && c < 0x80 && char_space((char)c))
		return true;
	if (c != '#')
		return false;
	do {
		c = pyre_take(p);
	} while (c >= 0 && c != '\n');
	return true;
}

static struct item
read_item(struct pyre_parser *p, int32_t c, const struct item *before, bool first)
{
	switch (c) {
	case '\\':
		return read_escape(p);
	case '[':
		pyre_read_set(p);
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
		pyre_add_literal(p, (uint32_t)c);
		return PLAIN;
	}
}

/* Items up to "|", ")" or the end. first: the start of the whole pattern. */
static struct pyre_width
read_sequence(struct pyre_parser *p, bool first)
{
	struct pyre_width before = PYRE_NO_WIDTH; /* of all but the last item */
	struct item last = NOTHING;

	for (;;) {
		int32_t c = pyre_peek(p);
		struct item item;
		size_t start;

		if (c < 0 || c == '|' || c == ')')
			break;
		(void)pyre_next(p);
		if (c != '\\')
			pyre_check_end(p);
		if (skip_verbose(p, c))
			continue;
		start = p->out->n;
		item = read_item(p, c, &last, first && last.kind == ITEM_NONE);
		if (p->error == 0)
			pyre_check_end(p);
		if (item.kind == ITEM_SILENT) {
			pyre_meter_silent(p, start);
			continue;
		}
		if (item.kind != ITEM_REPEATED) {
			before = pyre_width_add(before, last.width);
			item.start = start;
		}
		last = item;
	}
	return pyre_width_add(before, last.width);
}

static struct pyre_width
read_alternatives(struct pyre_parser *p)
{
	struct pyre_width all = read_sequence(p, false);

	while (pyre_match(p, '|')) {
		buf_add_char(p->out, '|');
		p->meter.choices++;
		all = pyre_width_either(all, read_sequence(p, false));
	}
	return all;
}

static void
read_whole_sequence(struct pyre_parser *p, bool first)
{
	pyre_meter_begin(p);
	(void)read_sequence(p, first);
	pyre_meter_end(p);
}

static void
read_whole(struct pyre_parser *p)
{
	read_whole_sequence(p, true);
	while (pyre_match(p, '|')) {
		buf_add_char(p->out, '|');
		read_whole_sequence(p, false);
	}
	if (pyre_peek(p) == ')')
		PYRE_FAIL(p, p->at, "unbalanced parenthesis");
}

static void
check_forward_refs(struct pyre_parser *p)
{
	for (const struct forward_ref *r = p->refs; r != NULL; r = r->next) {
		if (r->number > p->groups->groups)
			pyre_fail(p, r->at,
			    arena_printf(
				p->arena, "invalid group reference %u", (unsigned)r->number));
	}
}

int
pyre_translate(struct arena *a, struct slice pattern, unsigned flags, struct buf *out,
    struct pyre_groups *groups, size_t *error_at, struct diag *d)
{
	struct pyre_parser p = {
	    .arena = a,
	    .in = pattern,
	    .out = out,
	    .d = d,
	    .error_at = error_at,
	    .ascii_subject = (flags & PYRE_ASCII) != 0,
	    .meter.on = (flags & PYRE_METERED) != 0,
	    .groups = groups,
	};

	*groups = (struct pyre_groups){0};
	p.refs_end = &p.refs;
	if (flags & PYRE_IGNORECASE)
		p.flags |= PYRE_FLAG_I;
	if (flags & PYRE_MULTILINE)
		p.flags |= PYRE_FLAG_M;
	pyre_check_end(&p);
	read_whole(&p);
	check_forward_refs(&p);
	if (p.uneven_lookbehind)
		pyre_fail(&p, SIZE_MAX, SLICE("look-behind requires fixed-width pattern"));
	if (p.error == 0 && buf_refused(out))
		pyre_fail(&p, SIZE_MAX, SLICE("regular expression is too large"));
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
