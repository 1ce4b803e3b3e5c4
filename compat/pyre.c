#include "compat/pyre.h"

#include "compat/pyre_emit.h"
#include "compat/pyre_escape.h"
#include "compat/pyre_group.h"
#include "compat/pyre_item.h"
#include "compat/pyre_meter.h"
#include "compat/pyre_repeat.h"
#include "compat/pyre_set.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* ---- behind a backslash ---- */

struct pyre_item
pyre_add_reference(struct pyre_parser *p, unsigned number)
{
	pyre_meter(p, p->out->n);
	buf_printf(p->out, pyre_own_case(p) ? "(?i:\\g{%u})" : "\\g{%u}", number);
	return (struct pyre_item){.kind = PYRE_ITEM_PLAIN, .width = p->captures[number - 1].width};
}

/* \1 to \99, or three octal digits; the first digit was read. */
static struct pyre_item
read_number_escape(struct pyre_parser *p, size_t start, int32_t c)
{
	uint32_t number = (uint32_t)(c - '0');

	if (pyre_digit(pyre_peek(p))) {
		int32_t second = pyre_next(p);

		if (pyre_octal(c) && pyre_octal(second) && pyre_octal(pyre_peek(p))) {
			c = pyre_read_octal(p, start, (c - '0') * 8 + (second - '0'), 1);
			if (p->error == 0)
				pyre_add_literal(p, (uint32_t)c);
			return PYRE_PLAIN;
		}
		number = number * 10 + (uint32_t)(second - '0');
	}
	if (number > p->groups->groups) {
		pyre_fail(
		    p, start + 1, arena_printf(p->arena, "invalid group reference %u", number));
		return PYRE_PLAIN;
	}
	return pyre_check_reference(p, number, start) ? pyre_add_reference(p, number) : PYRE_PLAIN;
}

static struct pyre_item
read_anchor_escape(struct pyre_parser *p, int32_t c)
{
	if (c == 'A')
		buf_add_cstr(p->out, "\\A");
	else if (c == 'Z')
		buf_add_cstr(p->out, "\\z");
	else
		pyre_add_boundary(p, c == 'B');
	return PYRE_ANCHOR;
}

/* Behind a backslash outside of [ ]. */
static struct pyre_item
read_escape(struct pyre_parser *p)
{
	size_t start = p->at - 1;
	int32_t c = pyre_next(p);

	if (c == 'A' || c == 'Z' || c == 'b' || c == 'B')
		return read_anchor_escape(p, c);
	if (pyre_category_letter(c)) {
		pyre_add_category(p, (char)c);
		return PYRE_PLAIN;
	}
	if (c == '0')
		c = pyre_read_octal(p, start, 0, 2);
	else if (pyre_digit(c))
		return read_number_escape(p, start, c);
	else
		c = pyre_read_character_escape(p, start, c);
	if (p->error == 0)
		pyre_add_literal(p, (uint32_t)c);
	return PYRE_PLAIN;
}

/* ---- quantifiers ---- */

/* Behind a quantifier's first character c; item is what it repeats. */
static struct pyre_item
read_quantifier(struct pyre_parser *p, int32_t c, const struct pyre_item *item)
{
	size_t start = p->at - 1;
	struct pyre_repeat r = pyre_read_repeat(p, c);
	struct pyre_item out = {PYRE_ITEM_REPEATED, item->width, item->start};

	if (r.literal) {
		pyre_add_literal(p, '{');
		return PYRE_PLAIN;
	}
	if (item->kind == PYRE_ITEM_NONE || item->kind == PYRE_ITEM_ANCHOR)
		PYRE_FAIL(p, start, "nothing to repeat");
	else if (item->kind == PYRE_ITEM_REPEATED)
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

static struct pyre_item
read_item(struct pyre_parser *p, int32_t c, const struct pyre_item *before, bool first)
{
	switch (c) {
	case '\\':
		return read_escape(p);
	case '[':
		pyre_read_set(p);
		return PYRE_PLAIN;
	case '.':
		buf_add_char(p->out, '.');
		return PYRE_PLAIN;
	case '^':
	case '$':
		buf_add_char(p->out, (char)c);
		return PYRE_ANCHOR;
	case '(':
		return pyre_read_paren(p, first);
	case '?':
	case '*':
	case '+':
	case '{':
		return read_quantifier(p, c, before);
	default:
		pyre_add_literal(p, (uint32_t)c);
		return PYRE_PLAIN;
	}
}

struct pyre_width
pyre_read_sequence(struct pyre_parser *p, bool first)
{
	struct pyre_width before = PYRE_NO_WIDTH; /* of all but the last item */
	struct pyre_item last = PYRE_NOTHING;

	for (;;) {
		int32_t c = pyre_peek(p);
		struct pyre_item item;
		size_t start;

		if (c < 0 || c == '|' || c == ')')
			break;
		(void)pyre_next(p);
		if (c != '\\')
			pyre_check_end(p);
		if (skip_verbose(p, c))
			continue;
		start = p->out->n;
		item = read_item(p, c, &last, first && last.kind == PYRE_ITEM_NONE);
		if (p->error == 0)
			pyre_check_end(p);
		if (item.kind == PYRE_ITEM_SILENT) {
			pyre_meter_silent(p, start);
			continue;
		}
		if (item.kind != PYRE_ITEM_REPEATED) {
			before = pyre_width_add(before, last.width);
			item.start = start;
		}
		last = item;
	}
	return pyre_width_add(before, last.width);
}

struct pyre_width
pyre_read_alternatives(struct pyre_parser *p)
{
	struct pyre_width all = pyre_read_sequence(p, false);

	while (pyre_match(p, '|')) {
		buf_add_char(p->out, '|');
		p->meter.choices++;
		all = pyre_width_either(all, pyre_read_sequence(p, false));
	}
	return all;
}

static void
read_whole_sequence(struct pyre_parser *p, bool first)
{
	pyre_meter_begin(p);
	(void)pyre_read_sequence(p, first);
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

bool
pyre_needs_every_start(struct slice pattern)
{
	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i], next = i + 1 < pattern.n ? pattern.p[i + 1] : '\0';

		if (c == '|' || (c == '?' && (next == '>' || next == '=')) ||
		    (next == '+' && (c == '*' || c == '+' || c == '?' || c == '}')))
			return true;
	}
	return false;
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
	if (flags & PYRE_EVERY_START)
		options |= PCRE2_NO_START_OPTIMIZE;
	return options;
}
