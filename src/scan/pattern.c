#include "scan/pattern.h"

#include "scan/form.h"
#include "scan/needle.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

#define REGEX_MAX ((size_t)256 << 10)

/* ---- groups ---- */

static const struct {
	const char *name;
	enum pattern_role role;
} ROLES[] = {
    {"fid", ROLE_ID},
    {"ip4", ROLE_ID},
    {"ip6", ROLE_ID},
    {"dns", ROLE_ID},
    {"mlfid", ROLE_ID},
    {"content", ROLE_CONTENT},
};

static enum pattern_role
role_of(struct slice name)
{
	for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++) {
		if (slice_eq(name, slice_cstr(ROLES[i].name)))
			return ROLES[i].role;
	}
	if (slice_starts(name, SLICE("alt_")) || slice_starts(name, SLICE("tuple_")))
		return ROLE_ALTERNATIVE;
	if (slice_starts(name, SLICE(PATTERN_SKIPLINES)))
		return ROLE_SKIPLINES;
	return ROLE_NONE;
}

static void
keep_groups(struct pattern_code *c, const struct pyre_groups *groups)
{
	c->all_groups = groups->groups;
	c->group_count = groups->count;
	c->groups = arena_array(&c->arena, groups->count, sizeof(*c->groups));
	for (size_t i = 0; i < groups->count; i++) {
		struct slice name = groups->v[i].name;
		enum pattern_role role = role_of(name);

		/* The name lies in c->text, which was what was translated. */
		c->groups[i] = (struct pattern_group){name, groups->v[i].number, role};
		c->has_id |= role == ROLE_ID;
		c->has_alternatives |= role == ROLE_ALTERNATIVE;
	}
}

/* ---- compiling ---- */

/* What helps against a mistake; by the start of Python's words. */
static const struct {
	const char *reason;
	const char *remedy;
} REMEDIES[] = {
    {"redefinition of group name 'ip",
	"a regex can hold one of <HOST>, <ADDR>, <IP4>, <IP6>, "
	"<SUBNET> only; write \\S+ for addresses that are not to be banned"},
    {"redefinition of group name 'dns'", "a regex can hold one <HOST> or <DNS> only"},
    {"redefinition of group name", "give the second group another name, or use <F-ALT_NAME>"},
    {"missing ), unterminated subpattern",
	"close the group, or write \\( for a parenthesis in the log"},
    {"unbalanced parenthesis", "write \\) for a parenthesis in the log"},
    {"unterminated character set", "close it with ], or write \\[ for a bracket in the log"},
    {"global flags not at the start",
	"put the flags at the very start, or write (?i:…) around the part"},
    {"bad character in group name",
	"names of groups are letters, digits and _, not starting with a digit"},
    {"nothing to repeat", "write \\* \\+ \\? \\{ for these characters in the log"},
    {"multiple repeat", "write \\* \\+ \\? \\{ for these characters in the log"},
    {"look-behind requires fixed-width",
	"in (?<=…) everything must have one length; move the rest before it"},
    {"bad escape", "the regex is in the dialect of Python's re"},
    {"regular expression is too large", "make it several, or repeat less often"},
    {"unknown extension",
	"the regex is in the dialect of Python's re; a named group is (?P<name>…)"},
};

static void
add_remedy(struct diag *d, const char *reason)
{
	for (size_t i = 0; i < sizeof(REMEDIES) / sizeof(REMEDIES[0]); i++) {
		if (slice_starts(slice_cstr(reason), slice_cstr(REMEDIES[i].reason))) {
			diag_remedy(d, "%s", REMEDIES[i].remedy);
			return;
		}
	}
}

/* The regex as a message quotes it. */
static void
show_regex(struct buf *out, struct slice text)
{
	enum { SHOWN_MAX = 3000 };

	escape_format(out, slice_upto(text, SHOWN_MAX));
	if (text.n > SHOWN_MAX)
		buf_add_cstr(out, "...");
}

/* The reason without the position in what nobody wrote. */
static struct slice
without_position(struct slice reason)
{
	ptrdiff_t at = slice_find(reason, SLICE(" at position "), 0);

	return at < 0 ? reason : slice_upto(reason, (size_t)at);
}

/* A regex as somebody wrote it. */
struct regex {
	struct slice text;
	unsigned flags;
	struct place at;
};

/* What is wrong with it, as it was written or expanded. */
static int
fail_compile(const struct regex *x, struct slice expanded, const struct diag *reason, struct diag *d)
{
	struct slice why = slice_cstr(reason->text);
	size_t offset = SIZE_MAX;
	struct buf shown;
	int r;

	buf_init(&shown, 16000);
	if (x->at.file != NULL && reason->offset != SIZE_MAX) {
		offset = pattern_written(x->text, x->flags, reason->offset);
		why = without_position(why);
		show_regex(&shown, slice_from(x->text, offset));
		r = diag_fail(d, -EINVAL, x->at,
		    "Unable to compile regular expression: %.*s at '%s'", SLICE_ARG(why),
		    buf_cstr(&shown));
	} else {
		show_regex(&shown, x->at.file != NULL ? x->text : expanded);
		r = diag_fail(d, -EINVAL, x->at, "Unable to compile regular expression '%s':\n%s",
		    buf_cstr(&shown), reason->text);
	}
	if (d != NULL)
		d->offset = offset;
	add_remedy(d, reason->text);
	buf_done(&shown);
	return r;
}

static int
code_compile(struct pattern_code *c, unsigned flags, struct diag *reason)
{
	struct pyre_groups groups;
	int r = forms_new(&c->forms, c->text, flags, &c->arena, &groups, reason);

	if (r == 0)
		keep_groups(c, &groups);
	return r;
}

/* ---- making, sharing ---- */

static void
code_free(struct shared *shared)
{
	struct pattern_code *c = LIST_ITEM(shared, struct pattern_code, shared);

	forms_free(c->forms);
	arena_done(&c->arena);
	mem_free(c);
}

static struct shared_set codes = {.free = code_free};

/* key is what the regex is known by: its text behind a letter for flags, those of PYRE_. */
static int
code_new(struct pattern_code **out, struct slice key, unsigned flags, struct diag *reason)
{
	struct pattern_code *c = MEM_NEW(struct pattern_code);
	int r;

	arena_init(&c->arena);
	key = arena_copy(&c->arena, key);
	c->text = slice_from(key, 1);
	r = code_compile(c, flags, reason);
	if (r < 0) {
		code_free(&c->shared);
		return r;
	}
	shared_enter(&codes, &c->shared, key);
	*out = c;
	return 0;
}

static int
code_get(struct pattern_code **out, struct slice key, unsigned flags, struct diag *reason)
{
	struct shared *known = shared_use(&codes, key);

	if (known == NULL)
		return code_new(out, key, flags, reason);
	*out = LIST_ITEM(known, struct pattern_code, shared);
	return 0;
}

/* Those of PYRE_. The alternations of tags do no harm, but the regex's own may. */
static unsigned
pyre_flags(struct slice regex, unsigned flags)
{
	return (flags & PATTERN_MULTILINE ? PYRE_MULTILINE : 0) |
	       (pyre_needs_every_start(regex) ? PYRE_EVERY_START : 0);
}

/* Whether a tag stands in a set, as in "[client <HOST>]": the set then ends within what it stands
 * for. */
static bool
tag_in_set(struct slice regex)
{
	bool set = false;

	for (size_t i = 0; i < regex.n; i++) {
		char c = regex.p[i];

		if (c == '\\')
			i++;
		else if (c == '[' || c == ']')
			set = c == '[';
		else if (set && c == '<' && i + 1 < regex.n && char_upper(regex.p[i + 1]) &&
			 slice_find_char(regex, '>', i) >= 0)
			return true;
	}
	return false;
}

int
pattern_new(
    struct pattern **out, struct slice regex, unsigned flags, struct place at, struct diag *d)
{
	struct regex x = {.text = regex, .flags = flags, .at = at};
	struct pattern_code *code = NULL;
	unsigned known_by = pyre_flags(regex, flags);
	struct diag reason;
	struct buf key;
	int r;

	diag_init(&reason);
	buf_init(&key, 1 + REGEX_MAX);
	buf_add_char(&key, (char)('0' + known_by));
	pattern_expand(&key, regex, flags);
	if (buf_refused(&key))
		r = diag_fail(
		    d, -EINVAL, at, "Regular expression is too large: over %zu bytes", REGEX_MAX);
	else if (slice_trim(slice_from(buf_slice(&key), 1)).n == 0)
		r = diag_fail(d, -EINVAL, at, "Cannot add empty regex");
	else if ((r = code_get(&code, buf_slice(&key), known_by, &reason)) < 0)
		r = fail_compile(&x, slice_from(buf_slice(&key), 1), &reason, d);
	if (r < 0 && tag_in_set(regex))
		diag_remedy(d,
		    "a tag stands between [ and ], which begin and end a set of characters; "
		    "write \\[ and \\] for brackets in the log");
	buf_done(&key);
	if (r < 0)
		return r;
	*out = MEM_NEW(struct pattern);
	(*out)->code = code;
	return 0;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	shared_drop(&p->code->shared);
	mem_free(p);
}

static size_t
rarest_byte(struct slice literal)
{
	size_t best = 0;

	for (size_t i = 1; i < literal.n; i++)
		if (needle_commonness(literal.p[i]) < needle_commonness(literal.p[best]))
			best = i;
	return best;
}

/* Who only checks a regex needs none of them. */
static void
know_literals(struct pattern_code *c)
{
	if (c->literals_known)
		return;
	literals_of(&c->arena, c->text, &c->literals, &c->also);
	for (size_t i = 0; i < c->also.count && i < PATTERN_ALSO_MAX; i++)
		c->also_rarest[i] = rarest_byte(c->also.v[i]);
	c->literals_known = true;
}

const struct literals *
pattern_literals(struct pattern_code *c)
{
	know_literals(c);
	return &c->literals;
}

const struct literals *
pattern_also(struct pattern_code *c)
{
	know_literals(c);
	return &c->also;
}

/* Before 0.10, <HOST> was one way among others to write a group of that name. */
static bool
names_host(const struct pattern_code *c)
{
	for (size_t i = 0; i < c->group_count; i++) {
		if (slice_eq(c->groups[i].name, SLICE("host")))
			return true;
	}
	return false;
}

int
pattern_require_id(const struct pattern *p, struct place at, struct diag *d)
{
	struct buf shown;
	int r;

	if (p->code->has_id)
		return 0;
	buf_init(&shown, 16000);
	show_regex(&shown, p->code->text);
	r = diag_fail(d, -EINVAL, at, "No failure-id group in '%s'", buf_cstr(&shown));
	buf_done(&shown);
	if (names_host(p->code))
		diag_remedy(d, "the group 'host' told whom to ban in old versions only; put <HOST> "
			       "in the place of the whole group");
	else
		diag_remedy(d, "the regex does not say whom to ban: put <HOST> (or <ADDR>, or "
			       "<F-ID>…</F-ID>) where the address stands; if it was copied from a "
			       "web page, the page has likely swallowed the tag, since it looks like "
			       "HTML");
	return r;
}

int
pattern_search(struct pattern *p, struct matcher *m, struct slice subject, bool ascii)
{
	return forms_search(p->code->forms, m, subject, ascii);
}
