#include "compat/pyre_emit.h"
#include "compat/pyre_flags.h"
#include "compat/pyre_group.h"
#include "compat/pyre_item.h"

/* Groups within groups; far beyond what people write, and below PCRE2's own limit of 250. */
#define MAX_DEPTH 200

/* Numbers of groups that PCRE2 takes. */
#define PYRE_GROUPS_MAX 65535

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

static struct pyre_item
read_group(struct pyre_parser *p, struct slice name, size_t name_at, size_t open)
{
	unsigned number = pyre_open_group(p, name, name_at);
	struct pyre_width w;

	if (p->error != 0)
		return PYRE_PLAIN;
	buf_add_char(p->out, '(');
	w = pyre_read_alternatives(p);
	if (close_paren(p, open))
		p->captures[number - 1] = (struct pyre_capture){w, true};
	return (struct pyre_item){.kind = PYRE_ITEM_PLAIN, .width = w};
}

static struct pyre_item
read_open_group(struct pyre_parser *p, const char *head, size_t open)
{
	struct pyre_width w;

	buf_add_cstr(p->out, head);
	w = pyre_read_alternatives(p);
	(void)close_paren(p, open);
	return (struct pyre_item){.kind = PYRE_ITEM_PLAIN, .width = w};
}

static struct pyre_item
read_lookaround(struct pyre_parser *p, bool behind, bool negative, size_t open)
{
	unsigned outer = p->lookbehind_groups;
	struct pyre_item item;

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
static struct pyre_item
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
	return PYRE_PLAIN;
}

static bool
check_name(struct pyre_parser *p, struct slice name, size_t at)
{
	if (p->error == 0 && !pyre_identifier(name))
		pyre_fail_name(p, at, name);
	return p->error == 0;
}

static struct pyre_item
read_name_reference(struct pyre_parser *p)
{
	size_t at = p->at;
	struct slice name = pyre_read_until(p, ')', "group name");
	const struct pyre_group *g;

	if (!check_name(p, name, at))
		return PYRE_PLAIN;
	g = pyre_find_name(p, name);
	if (g == NULL) {
		pyre_fail_piece(p, at, name, "unknown group name '%s'");
		return PYRE_PLAIN;
	}
	return pyre_check_reference(p, g->number, at) ? pyre_add_reference(p, g->number) : PYRE_PLAIN;
}

/* Behind "(?P". */
static struct pyre_item
read_python_group(struct pyre_parser *p, size_t open)
{
	size_t start = p->at - 2;

	if (pyre_match(p, '<')) {
		size_t at = p->at;
		struct slice name = pyre_read_until(p, '>', "group name");

		return check_name(p, name, at) ? read_group(p, name, at, open) : PYRE_PLAIN;
	}
	if (pyre_match(p, '='))
		return read_name_reference(p);
	if (pyre_take(p) < 0)
		PYRE_FAIL(p, p->at, "unexpected end of pattern");
	else
		pyre_fail_piece(p, start, pyre_piece_from(p, start), "unknown extension %s");
	return PYRE_PLAIN;
}

static struct pyre_item
read_comment(struct pyre_parser *p, size_t open)
{
	for (;;) {
		int32_t c = pyre_take(p);

		if (c < 0)
			PYRE_FAIL(p, open, "missing ), unterminated comment");
		if (c < 0 || c == ')')
			return PYRE_SILENT;
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
		pyre_fail_name(p, at, name);
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
static struct pyre_item
read_conditional(struct pyre_parser *p, size_t open)
{
	size_t at = p->at;
	uint64_t number = read_condition(p);
	struct pyre_width yes, no = PYRE_NO_WIDTH;

	if (p->error != 0)
		return PYRE_PLAIN;
	remember_reference(p, number, at);
	if (p->lookbehind_groups > 0 && !pyre_check_reference(p, number, p->at))
		return PYRE_PLAIN;
	buf_printf(p->out, "(?(%u)", (unsigned)number);
	yes = pyre_read_sequence(p, false);
	if (pyre_match(p, '|')) {
		buf_add_char(p->out, '|');
		no = pyre_read_sequence(p, false);
		if (pyre_peek(p) == '|')
			PYRE_FAIL(p, p->at, "conditional backref with more than two branches");
	}
	(void)close_paren(p, open);
	return (struct pyre_item){.kind = PYRE_ITEM_PLAIN, .width = pyre_width_either(yes, no)};
}

static struct pyre_item
set_global_flags(struct pyre_parser *p, unsigned on, bool first, size_t open)
{
	unsigned before = p->flags;

	if (!first) {
		PYRE_FAIL(p, open, "global flags not at the start of the expression");
		return PYRE_SILENT;
	}
	p->flags = pyre_apply_flags(p->flags, on, 0);
	if (pyre_passed_flags(p, before) != pyre_passed_flags(p, p->flags)) {
		pyre_add_flag_change(p, before, p->flags);
		buf_add_char(p->out, ')');
	}
	return PYRE_SILENT;
}

/* Behind "(?", where c is a flag or "-". first: nothing stands before. */
static struct pyre_item
read_flags(struct pyre_parser *p, int32_t c, bool first, size_t open)
{
	unsigned on = 0, off = 0, outer = p->flags;
	struct pyre_item item;

	if (c != '-')
		c = pyre_read_flags_on(p, c, &on);
	if (p->error == 0 && c == ')')
		return set_global_flags(p, on, first, open);
	if (p->error == 0 && c == '-')
		pyre_read_flags_off(p, &off);
	if (p->error == 0 && (on & off))
		PYRE_FAIL(p, p->at - 1, "bad inline flags: flag turned on and off");
	if (p->error != 0)
		return PYRE_PLAIN;
	p->flags = pyre_apply_flags(p->flags, on, off);
	pyre_add_flag_change(p, outer, p->flags);
	item = read_open_group(p, ":", open);
	p->flags = outer;
	return item;
}

/* Behind "(?". */
static struct pyre_item
read_extension(struct pyre_parser *p, bool first, size_t open)
{
	size_t start = p->at - 1;
	int32_t c = pyre_take(p);

	switch (c) {
	case -1:
		PYRE_FAIL(p, p->at, "unexpected end of pattern");
		return PYRE_PLAIN;
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
	if (c == '-' || pyre_flag_of(c) != 0)
		return read_flags(p, c, first, open);
	pyre_fail_piece(p, start, pyre_piece_from(p, start), "unknown extension %s");
	return PYRE_PLAIN;
}

struct pyre_item
pyre_read_paren(struct pyre_parser *p, bool first)
{
	size_t open = p->at - 1;
	struct pyre_item item;

	if (p->depth >= MAX_DEPTH) {
		PYRE_FAIL(p, open, "groups are nested too deeply");
		return PYRE_PLAIN;
	}
	p->depth++;
	if (pyre_match(p, '?'))
		item = read_extension(p, first, open);
	else
		item = read_group(p, SLICE_EMPTY, open, open);
	p->depth--;
	return item;
}
