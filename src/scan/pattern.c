#include "scan/pattern.h"

#include "scan/budget.h"
#include "scan/lone.h"
#include "scan/machine.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

/* What one search may cost from one start on, beside the line's budget. */
#define MATCH_STEPS_MAX 2000000
#define MATCH_HEAP_KIB 65536
#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)4 << 20)

#define REGEX_MAX ((size_t)256 << 10)
#define TRANSLATED_MAX ((size_t)8 << 20)

/* ---- groups ---- */

static const struct {
	const char *name;
	enum pattern_role role;
} ROLES[] = {
    {"fid", ROLE_FID},
    {"ip4", ROLE_IP4},
    {"ip6", ROLE_IP6},
    {"cidr", ROLE_CIDR},
    {"dns", ROLE_DNS},
    {"mlfid", ROLE_MLFID},
    {"nofail", ROLE_NOFAIL},
    {"mlfforget", ROLE_MLFFORGET},
    {"mlfgained", ROLE_MLFGAINED},
    {"content", ROLE_CONTENT},
    {"user", ROLE_USER},
};

static enum pattern_role
role_of(struct slice name)
{
	for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++) {
		if (slice_eq(name, slice_cstr(ROLES[i].name)))
			return ROLES[i].role;
	}
	if (slice_starts(name, SLICE("alt_")))
		return ROLE_ALT;
	if (slice_starts(name, SLICE("tuple_")))
		return ROLE_TUPLE;
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
		c->has_id |= role == ROLE_FID || role == ROLE_IP4 || role == ROLE_IP6 ||
			     role == ROLE_DNS || role == ROLE_MLFID;
		c->has_alternatives |= role == ROLE_ALT || role == ROLE_TUPLE;
	}
}

/* ---- compiling ---- */

struct pattern_forms {
	pcre2_code *ascii;
	pcre2_code *wide; /* NULL until it is needed */
	bool wide_failed;
	/* For ASCII that has each of lone only once; NULL before it is worth it, or if it never is. */
	pcre2_code *lazy;
	struct lone lone;
	unsigned searches; /* up to when it is */
	unsigned ascii_searches, wide_searches; /* up to when machine code is made, if it can be */
	unsigned flags; /* PYRE_* */
};

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

static int
fail_compile(const struct pattern_code *c, const char *reason, struct place at, struct diag *d)
{
	struct buf shown;
	int r;

	buf_init(&shown, 16000);
	show_regex(&shown, c->text);
	r = diag_fail(d, -EINVAL, at, "Unable to compile regular expression '%s':\n%s",
	    buf_cstr(&shown), reason);
	add_remedy(d, reason);
	buf_done(&shown);
	return r;
}

/* Python's dialect to PCRE2's. reason is for a failure. */
static int
compile_pcre2(struct slice text, unsigned flags, pcre2_code **out, struct diag *reason)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	int error, r = 0;
	PCRE2_SIZE offset;
	PCRE2_UCHAR words[200];

	(void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	*out = pcre2_compile(
	    (PCRE2_SPTR)text.p, text.n, pyre_options(flags), &error, &offset, context);
	if (*out == NULL) {
		(void)pcre2_get_error_message(error, words, sizeof(words));
		r = diag_fail(reason, -EINVAL, (struct place){0}, "%s", (const char *)words);
	}
	pcre2_compile_context_free(context);
	return r;
}

static int
compile(struct arena *a, struct slice text, unsigned flags, pcre2_code **out,
    struct pyre_groups *groups, struct diag *reason)
{
	struct buf translated;
	size_t error_at;
	int r;

	buf_init(&translated, TRANSLATED_MAX);
	r = pyre_translate(a, text, flags, &translated, groups, &error_at, reason);
	if (r == 0)
		r = compile_pcre2(buf_slice(&translated), flags, out, reason);
	buf_done(&translated);
	return r;
}

static int
compile_ascii(struct pattern_code *c, struct diag *reason)
{
	struct pattern_forms *forms = c->forms;
	struct pyre_groups groups;
	int r = compile(
	    &c->arena, c->text, forms->flags | PYRE_ASCII, &forms->ascii, &groups, reason);

	if (r == 0)
		keep_groups(c, &groups);
	return r;
}

/* The regex is known to be good; only a limit of PCRE2's can still be in the way. */
static int
compile_wide(struct pattern_code *c, struct diag *reason)
{
	struct pattern_forms *forms = c->forms;
	struct pyre_groups groups;
	struct arena scratch;
	int r;

	arena_init(&scratch);
	r = compile(&scratch, c->text, forms->flags, &forms->wide, &groups, reason);
	forms->wide_failed = r < 0;
	arena_done(&scratch);
	return r;
}

/* True if a number in it may be of repetitions a hundred or more, which PCRE2 writes down as often. */
static bool
repeats_often(struct slice text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.n && digits < 3; i++)
		digits = char_digit(text.p[i]) ? digits + 1 : 0;
	return digits == 3;
}

/* True if the form for Unicode, which is larger, may be too large for PCRE2. */
static bool
large(const struct pattern_code *c)
{
	enum { LARGE_BYTES = 1000 };
	size_t bytes;

	(void)pcre2_pattern_info(c->forms->ascii, PCRE2_INFO_SIZE, &bytes);
	return bytes > LARGE_BYTES || repeats_often(c->text);
}

/* What would be refused at the first line that is not ASCII is refused here. */
static int
compile_forms(struct pattern_code *c, struct place at, struct diag *d)
{
	struct diag reason;
	int r;

	diag_init(&reason);
	r = compile_ascii(c, &reason);
	if (r == 0 && large(c))
		r = compile_wide(c, &reason);
	return r < 0 ? fail_compile(c, reason.text, at, d) : 0;
}

/* ---- making, sharing ---- */

static void
code_free(struct shared *shared)
{
	struct pattern_code *c = LIST_ITEM(shared, struct pattern_code, shared);

	pcre2_code_free(c->forms->ascii);
	pcre2_code_free(c->forms->wide);
	pcre2_code_free(c->forms->lazy);
	mem_free(c->forms);
	arena_done(&c->arena);
	mem_free(c);
}

static struct shared_set codes = {.free = code_free};

/* key is what the regex is known by: its text behind a letter for the flags it is compiled with. */
static int
code_new(struct pattern_code **out, struct slice key, unsigned flags, struct place at, struct diag *d)
{
	struct pattern_code *c = MEM_NEW(struct pattern_code);
	int r;

	arena_init(&c->arena);
	c->forms = MEM_NEW(struct pattern_forms);
	c->forms->flags = PYRE_METERED | (flags & PATTERN_MULTILINE ? PYRE_MULTILINE : 0);
	key = arena_copy(&c->arena, key);
	c->text = slice_from(key, 1);
	r = compile_forms(c, at, d);
	if (r < 0) {
		code_free(&c->shared);
		return r;
	}
	shared_enter(&codes, &c->shared, key);
	*out = c;
	return 0;
}

static int
code_get(struct pattern_code **out, struct slice key, unsigned flags, struct place at, struct diag *d)
{
	struct shared *known = shared_use(&codes, key);

	if (known == NULL)
		return code_new(out, key, flags, at, d);
	*out = LIST_ITEM(known, struct pattern_code, shared);
	return 0;
}

int
pattern_new(
    struct pattern **out, struct slice regex, unsigned flags, struct place at, struct diag *d)
{
	struct pattern_code *code = NULL;
	struct buf key;
	int r;

	buf_init(&key, 1 + REGEX_MAX);
	buf_add_char(&key, flags & PATTERN_MULTILINE ? 'm' : '-');
	pattern_expand(&key, regex, flags);
	if (buf_refused(&key))
		r = diag_fail(
		    d, -EINVAL, at, "Regular expression is too large: over %zu bytes", REGEX_MAX);
	else if (slice_trim(slice_from(buf_slice(&key), 1)).n == 0)
		r = diag_fail(d, -EINVAL, at, "Cannot add empty regex");
	else
		r = code_get(&code, buf_slice(&key), flags, at, d);
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

/* Who only checks a regex needs none of them. */
static void
know_literals(struct pattern_code *c)
{
	if (c->literals_known)
		return;
	literals_of(&c->arena, c->text, &c->literals, &c->also);
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

/* ---- matching ---- */

struct matcher {
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint32_t pairs; /* that data has room for */
	struct budget budget;
};

struct matcher *
matcher_new(void)
{
	struct matcher *m = MEM_NEW(struct matcher);

	m->context = pcre2_match_context_create(NULL);
	(void)pcre2_set_match_limit(m->context, MATCH_STEPS_MAX);
	(void)pcre2_set_heap_limit(m->context, MATCH_HEAP_KIB);
	m->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
	budget_attach(&m->budget, m->context);
	return m;
}

void
matcher_begin(struct matcher *m)
{
	budget_begin(&m->budget);
}

void
matcher_free(struct matcher *m)
{
	if (m == NULL)
		return;
	pcre2_match_data_free(m->data);
	pcre2_jit_stack_free(m->stack);
	pcre2_match_context_free(m->context);
	mem_free(m);
}

static void
matcher_fit(struct matcher *m, uint32_t pairs)
{
	if (pairs <= m->pairs)
		return;
	pcre2_match_data_free(m->data);
	m->data = pcre2_match_data_create(pairs, NULL);
	m->pairs = pairs;
}

/*
 * The code for such a subject of n bytes, or NULL. Most regexes of a server never are searched for, since
 * no line holds their literals, and need no machine code. Where it cannot be made, matching is slower, no
 * more. The time that it takes is not the line's.
 */
static const pcre2_code *
code_for(struct pattern_code *c, struct matcher *m, bool ascii, size_t n)
{
	struct pattern_forms *forms = c->forms;
	pcre2_code *code = forms->ascii;
	unsigned *searches = ascii ? &forms->ascii_searches : &forms->wide_searches;

	if (!ascii) {
		if (forms->wide == NULL && !forms->wide_failed)
			(void)compile_wide(c, NULL); /* forms->wide_failed tells */
		code = forms->wide;
	}
	if (code != NULL && machine_code_due(searches, n)) {
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
		budget_begin(&m->budget);
	}
	return code;
}

/* The regex may be good and this form of it too large, all the same: then there is none. */
static void
compile_lazy(struct pattern_code *c, struct matcher *m)
{
	struct pattern_forms *forms = c->forms;
	struct pyre_groups groups;
	struct arena scratch;
	struct buf text;

	arena_init(&scratch);
	buf_init(&text, REGEX_MAX);
	lone_read(&forms->lone, &c->arena, c->text, &text);
	if (forms->lone.count > 0 && !buf_refused(&text) &&
	    compile(&scratch, buf_slice(&text), forms->flags | PYRE_ASCII, &forms->lazy, &groups,
		NULL) == 0)
		(void)pcre2_jit_compile(forms->lazy, PCRE2_JIT_COMPLETE);
	buf_done(&text);
	arena_done(&scratch);
	budget_begin(&m->budget);
}

/* A form that finds the same in this text, and sooner; else code. */
static const pcre2_code *
sooner(struct pattern_code *c, struct matcher *m, struct slice subject, const pcre2_code *code)
{
	enum { SEARCHES_MIN = 64 };
	struct pattern_forms *forms = c->forms;

	if (forms->searches < SEARCHES_MIN && ++forms->searches == SEARCHES_MIN)
		compile_lazy(c, m);
	return forms->lazy != NULL && lone_in(&forms->lone, subject) ? forms->lazy : code;
}

int
pattern_search(struct pattern *p, struct matcher *m, struct slice subject, bool ascii)
{
	const pcre2_code *code = code_for(p->code, m, ascii, subject.n);
	int r;

	if (ascii)
		code = sooner(p->code, m, subject, code);

	if (code == NULL)
		return -E2BIG;
	matcher_fit(m, p->code->all_groups + 1);
	r = pcre2_jit_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, m->data, m->context);
	if (r == PCRE2_ERROR_JIT_BADOPTION)
		r = pcre2_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, PCRE2_NO_UTF_CHECK,
		    m->data, m->context);
	if (r > 0)
		return 1;
	return r == PCRE2_ERROR_NOMATCH ? 0 : -E2BIG;
}

bool
matcher_group(const struct matcher *m, unsigned number, size_t *start, size_t *end)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data) + 2 * (size_t)number;

	if (at[0] == PCRE2_UNSET)
		return false;
	*start = at[0];
	*end = at[1];
	return true;
}

size_t
matcher_numbers(const struct pattern *p)
{
	return 2 * ((size_t)p->code->all_groups + 1);
}

/* No text is so long that it matters. */
#define NOWHERE UINT32_MAX

void
matcher_save(const struct matcher *m, const struct pattern *p, uint32_t *numbers)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);

	for (size_t i = 0; i < matcher_numbers(p); i++)
		numbers[i] = at[i] == PCRE2_UNSET ? NOWHERE : (uint32_t)at[i];
}

void
matcher_restore(struct matcher *m, const struct pattern *p, const uint32_t *numbers)
{
	PCRE2_SIZE *at;

	matcher_fit(m, p->code->all_groups + 1);
	at = pcre2_get_ovector_pointer(m->data);
	for (size_t i = 0; i < matcher_numbers(p); i++)
		at[i] = numbers[i] == NOWHERE ? PCRE2_UNSET : numbers[i];
}
