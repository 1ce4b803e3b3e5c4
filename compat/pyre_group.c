#include "compat/pyre_group.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <assert.h>
#include <pcre2.h>

/* True if pattern, which is ours, matches s. PCRE2 has Unicode's tables; it is asked seldom. */
static bool
matches_unicode(const char *pattern, struct slice s)
{
	pcre2_match_data *groups;
	pcre2_code *code;
	PCRE2_SIZE at;
	int error, r;

	code =
	    pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &error, &at, NULL);
	assert(code != NULL);
	groups = pcre2_match_data_create(1, NULL);
	r = pcre2_match(code, (PCRE2_SPTR)s.p, s.n, 0, 0, groups, NULL);
	pcre2_match_data_free(groups);
	pcre2_code_free(code);
	return r >= 0;
}

bool
pyre_identifier(struct slice name)
{
	bool ascii = true;

	if (name.n == 0 || char_digit(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		bool plain = (unsigned char)name.p[i] < 0x80;

		ascii &= plain;
		if (plain && !char_word(name.p[i]))
			return false;
	}
	return ascii || matches_unicode("^[\\p{L}\\p{Nl}_]"
					"[\\p{L}\\p{Nl}\\p{Mn}\\p{Mc}\\p{Nd}\\p{Pc}]*+\\z",
			    name);
}

bool
pyre_starts_with_letter(struct slice s)
{
	return matches_unicode("^\\p{L}", s);
}

const struct pyre_group *
pyre_find_name(const struct pyre_parser *p, struct slice name)
{
	for (size_t i = 0; i < p->groups->count; i++) {
		if (slice_eq(p->groups->v[i].name, name))
			return &p->groups->v[i];
	}
	return NULL;
}

static void
add_name(struct pyre_parser *p, struct slice name, unsigned number)
{
	struct pyre_groups *g = p->groups;

	g->v = arena_room(p->arena, g->v, g->count, &p->names_cap, sizeof(*g->v), 16);
	g->v[g->count++] = (struct pyre_group){name, number};
}

unsigned
pyre_open_group(struct pyre_parser *p, struct slice name, size_t at)
{
	unsigned number = p->groups->groups + 1;
	const struct pyre_group *old = name.n > 0 ? pyre_find_name(p, name) : NULL;

	if (old != NULL) {
		pyre_fail_piece(p, at, name,
		    arena_printf(p->arena,
			"redefinition of group name '%%s' as group %u; was group %u", number,
			old->number)
			.p);
		return number;
	}
	p->captures = arena_room(p->arena, p->captures, p->groups->groups, &p->captures_cap,
	    sizeof(*p->captures), 16);
	p->captures[number - 1] = (struct pyre_capture){.closed = false};
	p->groups->groups = number;
	if (name.n > 0)
		add_name(p, name, number);
	return number;
}

bool
pyre_check_reference(struct pyre_parser *p, uint64_t number, size_t at)
{
	if (number > p->groups->groups || !p->captures[number - 1].closed) {
		PYRE_FAIL(p, at, "cannot refer to an open group");
		return false;
	}
	if (p->lookbehind_groups > 0 && number >= p->lookbehind_groups) {
		PYRE_FAIL(
		    p, p->at, "cannot refer to group defined in the same lookbehind subpattern");
		return false;
	}
	return true;
}

uint64_t
pyre_add_capped(uint64_t a, uint64_t b)
{
	return a + b < PYRE_WIDTH_MAX ? a + b : PYRE_WIDTH_MAX;
}

uint64_t
pyre_mul_capped(uint64_t a, uint64_t b)
{
	return a == 0 || b <= PYRE_WIDTH_MAX / a ? a * b : PYRE_WIDTH_MAX;
}

struct pyre_width
pyre_width_add(struct pyre_width a, struct pyre_width b)
{
	return (struct pyre_width){pyre_add_capped(a.min, b.min), pyre_add_capped(a.max, b.max)};
}

struct pyre_width
pyre_width_either(struct pyre_width a, struct pyre_width b)
{
	return (struct pyre_width){a.min < b.min ? a.min : b.min, a.max > b.max ? a.max : b.max};
}
