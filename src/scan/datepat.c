#include "scan/datepat.h"

#include "scan/datedir.h"

#include <errno.h>

#define REGEX_MAX_BYTES 65536

#define LINE_BEGIN "{^LN-BEG}"
#define DATE_HOLE "{DATE}"
#define EPOCH_HOLE "{EPOCH}"
#define LONG_EPOCH_HOLE "{LEPOCH}"

#define BEGIN_OF_LINE "^(?:\\W{0,2})?"
#define BEGIN_OF_WORD "(?=^|\\b|\\W)"
#define END_OF_WORD "(?=\\b|\\W|$)"

#define EPOCH_DIGITS "\\d{10,11}\\b(?:\\.\\d{3,6})?"
#define LONG_EPOCH_DIGITS "\\d{10,11}(?:\\d{3}(?:\\.\\d{1,6}|\\d{3})?)?"
/* Alone, at the begin of the line, in brackets there, or in an audit record. */
#define EPOCH_AT_BEGIN(digits) BEGIN_OF_LINE "((?P<square>(?<=^\\[))?" digits ")(?(square)(?=\\]))"
#define EPOCH_ANYWHERE(digits)                                                                     \
	"((?:^|(?P<square>(?<=^\\[))|(?P<selinux>(?<=\\baudit\\()))" digits ")"                    \
	"(?:(?(selinux)(?=:\\d+\\)))|(?(square)(?=\\])))"
#define TAI64N_DIGITS "(@[0-9a-f]{24})"

/* Patterns that are a word. Each may follow LINE_BEGIN or '^'. */
static const struct special {
	const char *word;
	const char *name;
	enum datepat_kind kind;
	const char *anchored, *anywhere;
} specials[] = {
    {"EPOCH", "Epoch", DATEPAT_EPOCH, EPOCH_AT_BEGIN(EPOCH_DIGITS) END_OF_WORD,
	EPOCH_ANYWHERE(EPOCH_DIGITS) END_OF_WORD},
    {"LEPOCH", "LongEpoch", DATEPAT_LONG_EPOCH, EPOCH_AT_BEGIN(LONG_EPOCH_DIGITS) END_OF_WORD,
	EPOCH_ANYWHERE(LONG_EPOCH_DIGITS) END_OF_WORD},
    {"TAI64N", "TAI64N", DATEPAT_TAI64N, BEGIN_OF_LINE TAI64N_DIGITS END_OF_WORD,
	TAI64N_DIGITS END_OF_WORD},
};

static const char *const defaults[] = {
    "%ExY(?P<_sep>[-/.])%m(?P=_sep)%d(?:T|  ?)%H:%M:%S(?:[.,]%f)?(?:\\s*%z)?",
    "(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?",
    "(?:%a )?%b %d %ExY %k:%M:%S(?:\\.%f)?",
    "%d(?P<_sep>[-/])%m(?P=_sep)(?:%ExY|%Exy) %k:%M:%S",
    "%d(?P<_sep>[-/])%b(?P=_sep)%ExY[ :]?%H:%M:%S(?:\\.%f)?(?: %z)?",
    "%m/%d/%ExY:%H:%M:%S",
    "%m-%d-%ExY %k:%M:%S(?:\\.%f)?",
    "EPOCH",
    LINE_BEGIN "%H:%M:%S",
    "^<%m/%d/%Exy@%H:%M:%S>",
    "%Exy%Exm%Exd  ?%H:%M:%S",
    "%b %d, %ExY %I:%M:%S %p",
    "^%b-%d-%Exy %k:%M:%S",
    "%ExY%Exm%Exd(?:-|T|  ?)%ExH:?%ExM:?%ExS(?:[.,]%f)?(?:\\s*%z)?",
    "(?:%Z )?(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?",
    "(?:%z )?(?:%a )?%b %d %k:%M:%S(?:\\.%f)?(?: %ExY)?",
    "TAI64N",
};
#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

/* A copy of one default at the begin of the line is worth so much more than one anywhere. */
#define LINE_BEGIN_WEIGHT 100.0

/* True if s has a parenthesis that opens a capturing group, or looks as if: a set is not seen. */
static bool
has_group(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '(' && (i == 0 || s.p[i - 1] != '\\') &&
		    (i + 1 >= s.n || s.p[i + 1] != '?'))
			return true;
	}
	return false;
}

/* True if s begins with an anchor, which may stand in a group. */
static bool
begins_anchored(struct slice s)
{
	(void)slice_take(&s, SLICE("("));
	return slice_starts(s, SLICE("^")) || slice_starts(s, SLICE("**")) ||
	       slice_starts(s, SLICE("?:^")) || slice_starts(s, SLICE("(?:^"));
}

static bool
ends_anchored(struct slice s)
{
	return slice_ends(s, SLICE("$")) || slice_ends(s, SLICE("\\b")) ||
	       slice_ends(s, SLICE("\\s")) || slice_ends(s, SLICE("**"));
}

/* Takes "(?i)" and the like off the begin of s, also from behind a '^', which stays. */
static struct slice
take_flags(struct slice *s, bool *caret)
{
	struct slice rest = *s, flags;
	size_t n = 2;

	bool stood = slice_take(&rest, SLICE("^"));

	*caret = false;
	while (n < rest.n && slice_find_char(SLICE("aimsux"), rest.p[n], 0) >= 0)
		n++;
	if (!slice_starts(rest, SLICE("(?")) || n == 2 || n >= rest.n || rest.p[n] != ')')
		return SLICE_EMPTY;
	flags = slice_of(rest.p + 2, n - 2);
	*s = slice_from(rest, n + 1);
	*caret = stood;
	return flags;
}

/* A pattern taken apart. */
struct parts {
	bool unbound;	 /* {UNB} */
	bool line_begin; /* {^LN-BEG} */
	bool caret;	 /* '^' that stood before flags, or begins the body */
	bool dollar;	 /* the body ended with '$', which may stay outside the group */
	bool bound_begin, bound_end;
	bool group; /* has its own */
	struct slice flags;
	struct slice body;
};

static void
take_apart(struct slice s, struct parts *p)
{
	bool caret;

	*p = (struct parts){.unbound = slice_take(&s, SLICE("{UNB}"))};
	p->line_begin = !p->unbound && slice_take(&s, SLICE(LINE_BEGIN));
	p->flags = take_flags(&s, &caret);
	p->bound_begin = !p->unbound && !p->line_begin && !caret && !begins_anchored(s);
	p->bound_end = !p->unbound && !ends_anchored(s);
	p->group = has_group(s);
	p->caret = slice_take(&s, SLICE("^")) || caret;
	if (slice_take(&s, SLICE("**")) && s.n == 0)
		p->bound_end = false;
	if (slice_ends(s, SLICE("**")))
		s = slice_upto(s, s.n - 2);
	p->dollar = slice_ends(s, SLICE("$")) && !slice_ends(s, SLICE("\\$"));
	if (p->dollar)
		s = slice_upto(s, s.n - 1);
	p->body = s;
}

/* Where a hole is, in any case, that no backslash precedes; -1 if there is none. */
static ptrdiff_t
find_hole(struct slice s, struct slice hole)
{
	for (size_t i = 0; i + hole.n <= s.n; i++)
		if (s.p[i] == '{' && (i == 0 || s.p[i - 1] != '\\') &&
		    slice_eq_nocase(slice_of(s.p + i, hole.n), hole))
			return (ptrdiff_t)i;
	return -1;
}

/* The body's expression, with {EPOCH} in its place. */
static int
expand_body(struct buf *out, struct slice body, struct datepat *pat, int year, struct diag *d)
{
	ptrdiff_t hole = find_hole(body, SLICE(EPOCH_HOLE));
	const char *digits = "(" EPOCH_DIGITS ")";
	size_t hole_n = sizeof(EPOCH_HOLE) - 1;

	pat->kind = DATEPAT_EPOCH;
	if (hole < 0) {
		hole = find_hole(body, SLICE(LONG_EPOCH_HOLE));
		hole_n = sizeof(LONG_EPOCH_HOLE) - 1;
		digits = "(" LONG_EPOCH_DIGITS ")";
		pat->kind = DATEPAT_LONG_EPOCH;
	}
	if (hole < 0) {
		pat->kind = DATEPAT_CIVIL;
		return datedir_expand(out, body, DATEDIR_REGEX, year, &pat->icase, d);
	}
	pat->pattern = SLICE_EMPTY;
	pat->stamp_group = 2;
	buf_add(out, slice_upto(body, (size_t)hole));
	buf_add_cstr(out, digits);
	buf_add(out, slice_from(body, (size_t)hole + hole_n));
	return 0;
}

static void
add_flags(struct buf *out, struct slice flags, bool icase)
{
	if (flags.n == 0 && !icase)
		return;
	buf_add_cstr(out, "(?");
	if (icase)
		buf_add_cstr(out, "iu");
	for (size_t i = 0; i < flags.n; i++) {
		if (!icase || (flags.p[i] != 'i' && flags.p[i] != 'u'))
			buf_add_char(out, flags.p[i]);
	}
	buf_add_char(out, ')');
}

/* Takes a character that is none of special, or follows a backslash; 0 if there is none. */
static char
take_literal(struct slice *s, struct slice special)
{
	struct slice rest = *s;
	bool escaped = slice_take(&rest, SLICE("\\"));
	char c = rest.n > 0 ? rest.p[0] : '\0';

	/* With a backslash, letters and digits mean something else; without it, flags may change them. */
	if (c <= ' ' || c > '~' || char_alnum(c) ||
	    (!escaped && slice_find_char(special, c, 0) >= 0))
		return '\0';
	*s = slice_from(rest, 1);
	return c;
}

/* True if s has a "|" outside of its parentheses. */
static bool
has_choice(struct slice s)
{
	int depth = 0;
	size_t set = 0; /* behind where one may end; 0 outside of sets */

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (set > 0)
			set = s.p[i] == ']' && i >= set ? 0 : set;
		else if (s.p[i] == '|' && depth == 0)
			return true;
		else if (s.p[i] == '[') /* a "]" that comes first is one of it */
			set = i + 1 < s.n && s.p[i + 1] == '^' ? i + 3 : i + 2;
		else
			depth += (s.p[i] == '(') - (s.p[i] == ')');
	}
	return false;
}

/* The mark of a pattern whose expression, but for its flags, is text: see struct datepat. */
static char
find_mark(struct slice text)
{
	char mark, again;

	if (!slice_take(&text, SLICE("^[^")))
		return '\0';
	mark = take_literal(&text, SLICE("^]"));
	if (mark == '\0' || !slice_take(&text, SLICE("]*")))
		return '\0';
	again = take_literal(&text, SLICE("^$.|?*+()[]{}"));
	/* What looks back could see what stands before the mark; and a comment hides parentheses. */
	if (again != mark || !slice_starts(text, SLICE("(")) || has_choice(text) ||
	    slice_find(text, SLICE("(?<"), 0) >= 0 || slice_find(text, SLICE("(?#"), 0) >= 0)
		return '\0';
	return mark;
}

static void
assemble(struct buf *out, const struct parts *p, struct slice body, struct datepat *pat)
{
	size_t flags_n;

	add_flags(out, p->flags, pat->icase);
	flags_n = out->n;
	if (p->line_begin)
		buf_add_cstr(out, BEGIN_OF_LINE);
	else if (p->bound_begin)
		buf_add_cstr(out, BEGIN_OF_WORD);
	if (p->caret)
		buf_add_char(out, '^');
	if (!p->group)
		buf_add_char(out, '(');
	buf_add(out, body);
	if (!p->group)
		buf_add_char(out, ')');
	if (p->dollar)
		buf_add_char(out, '$');
	if (p->bound_end)
		buf_add_cstr(out, END_OF_WORD);
	pat->anchored = p->line_begin || p->caret || p->dollar;
	pat->mark = p->flags.n == 0 ? find_mark(slice_from(buf_slice(out), flags_n)) : '\0';
}

static int
make_ordinary(struct arena *a, struct slice pattern, int year, struct datepat *out, struct diag *d)
{
	struct datepat pat = {.pattern = pattern, .weight = 1};
	struct buf body, text;
	struct parts p;
	struct slice shown = pattern;
	bool ignored = false;
	int r;

	buf_init(&body, REGEX_MAX_BYTES);
	buf_init(&text, REGEX_MAX_BYTES);
	/* what is anchored by itself needs no begin of the line before it */
	if (slice_take(&shown, SLICE(LINE_BEGIN)) && !begins_anchored(shown))
		shown = pattern;
	take_apart(shown, &p);
	r = expand_body(&body, p.body, &pat, year, d);
	if (r < 0)
		goto out;
	assemble(&text, &p, buf_slice(&body), &pat);
	pat.regex = arena_copy(a, buf_slice(&text));
	buf_clear(&body);
	(void)slice_take(&shown, SLICE("{UNB}"));
	if (pat.kind == DATEPAT_CIVIL)
		r = datedir_expand(&body, shown, DATEDIR_NAME, year, &ignored, d);
	else
		buf_add(&body, shown);
	pat.name = arena_copy(a, buf_slice(&body));
	pat.pattern = arena_copy(a, pat.pattern);
	if (buf_refused(&text) || buf_refused(&body))
		r = diag_fail(d, -EINVAL, (struct place){0}, "datepattern is longer than %d bytes",
		    REGEX_MAX_BYTES);
	if (r == 0)
		*out = pat;
out:
	buf_done(&text);
	buf_done(&body);
	return r;
}

/* True if s is the word, in any case unless it holds a directive. */
static bool
same_word(struct slice s, struct slice word)
{
	return slice_find_char(s, '%', 0) < 0 && slice_eq_nocase(s, word);
}

static bool
make_special(struct slice s, struct datepat *out)
{
	bool anchored = false;

	if (s.n >= 9 && slice_eq_nocase(slice_upto(s, 9), SLICE(LINE_BEGIN))) {
		s = slice_from(s, 9);
		anchored = true;
	} else if (slice_take(&s, SLICE("^"))) {
		anchored = true;
	}
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		const struct special *sp = &specials[i];

		if (!same_word(s, slice_cstr(sp->word)))
			continue;
		*out = (struct datepat){
		    .kind = sp->kind,
		    .pattern = SLICE_EMPTY,
		    .name = slice_cstr(sp->name),
		    .regex = slice_cstr(anchored ? sp->anchored : sp->anywhere),
		    .anchored = anchored,
		    .stamp_group = 1,
		    .weight = 1,
		};
		return true;
	}
	return false;
}

int
datepat_make(struct arena *a, struct slice pattern, int year, struct datepat *out, struct diag *d)
{
	struct slice given = arena_copy(a, pattern);
	int r = 0;

	if (make_special(pattern, out)) {
		if (out->anchored)
			out->name = arena_printf(a, "%s%.*s", LINE_BEGIN, SLICE_ARG(out->name));
	} else {
		if (same_word(pattern, SLICE("{NONE}")))
			pattern = SLICE("{UNB}^");
		r = make_ordinary(a, pattern, year, out, d);
	}
	if (r == 0)
		out->given = given;
	return r;
}

enum datepat_list
datepat_classify(struct slice pattern)
{
	if (same_word(pattern, SLICE("{DEFAULT}")))
		return DATEPAT_DEFAULT;
	if (same_word(pattern, SLICE(LINE_BEGIN)))
		return DATEPAT_LINE_BEGIN;
	return find_hole(pattern, SLICE(DATE_HOLE)) >= 0 ? DATEPAT_AROUND : DATEPAT_ONE;
}

static bool
default_anchored(size_t index)
{
	return slice_starts(slice_cstr(defaults[index]), SLICE("^")) ||
	       slice_starts(slice_cstr(defaults[index]), SLICE(LINE_BEGIN));
}

/* The n-th default pattern that is anchored, or is not; DEFAULT_COUNT if there is none. */
static size_t
default_nth(bool anchored, size_t *n)
{
	for (size_t i = 0; i < DEFAULT_COUNT; i++) {
		if (default_anchored(i) == anchored && (*n)-- == 0)
			return i;
	}
	return DEFAULT_COUNT;
}

static int
make_around(struct arena *a, struct slice around, size_t index, int year, struct datepat *out,
    struct diag *d)
{
	size_t hole = (size_t)find_hole(around, SLICE(DATE_HOLE));
	struct slice date = slice_cstr(defaults[index]);
	struct datepat special;
	struct buf text;
	int r;

	(void)slice_take(&date, SLICE(LINE_BEGIN));
	/* fail2ban puts the name of what has no pattern; often that is no such word any more */
	if (make_special(date, &special))
		date = special.name;
	buf_init(&text, REGEX_MAX_BYTES);
	buf_add(&text, slice_upto(around, hole));
	buf_add(&text, date);
	buf_add(&text, slice_from(around, hole + sizeof(DATE_HOLE) - 1));
	r = datepat_make(a, buf_slice(&text), year, out, d);
	if (r == 0)
		out->ours = slice_eq_nocase(around, SLICE(DATE_HOLE)) ||
			    slice_eq_nocase(around, SLICE("^" DATE_HOLE));
	buf_done(&text);
	return r;
}

/* First the copies at the begin of the line, then all, or those that are anchored anyway. */
int
datepat_list_get(struct arena *a, enum datepat_list list, struct slice around, size_t index,
    int year, struct datepat *out, struct diag *d)
{
	size_t at;
	int r;

	if (list == DATEPAT_AROUND) {
		if (index >= DEFAULT_COUNT)
			return -ENOENT;
		return make_around(a, around, index, year, out, d);
	}
	at = default_nth(false, &index);
	if (at < DEFAULT_COUNT) {
		r = datepat_make(
		    a, arena_printf(a, "%s%s", LINE_BEGIN, defaults[at]), year, out, d);
		if (r == 0) {
			out->weight = LINE_BEGIN_WEIGHT;
			out->ours = true;
		}
		return r;
	}
	/* default_nth() took the number of copies off index */
	at = list == DATEPAT_LINE_BEGIN ? default_nth(true, &index) : index;
	if (at >= DEFAULT_COUNT)
		return -ENOENT;
	r = datepat_make(a, slice_cstr(defaults[at]), year, out, d);
	if (r == 0)
		out->ours = true;
	return r;
}
