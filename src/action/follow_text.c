#define PCRE2_CODE_UNIT_WIDTH 8

#include "action/follow_state.h"

#include <pcre2.h>
#include <regex.h>

/* No pattern may take long. */
#define PATTERN_MAX 256
#define MATCH_LIMIT 2000
#define REPEATS_MAX 16
#define LINE_MAX_BYTES 256
#define FILTER_STEPS 100

/* A regex as sed and grep understand it: those of POSIX by the library that they use, too. */
struct pattern {
	regex_t posix;
	pcre2_code *perl; /* NULL: posix */
	pcre2_match_context *limit;
};

enum found { FOUND, NOT_FOUND, NOT_KNOWN };

/* Where it matched, and its first group. */
struct matched {
	size_t start, end, group_start, group_end;
};

static bool
pattern_perl(struct pattern *p, const char *text)
{
	size_t at;
	int error;

	p->perl = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
	p->limit = pcre2_match_context_create(NULL);
	if (p->perl != NULL && p->limit != NULL &&
	    pcre2_set_match_limit(p->limit, MATCH_LIMIT) == 0)
		return true;
	pcre2_code_free(p->perl);
	pcre2_match_context_free(p->limit);
	return false;
}

static bool
repeats(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

static bool
repeated_next(struct slice rest)
{
	size_t at = slice_starts(rest, SLICE("\\"));

	return at < rest.n && repeats(rest.p[at]);
}

/*
 * What regcomp() makes of a repeated group may take all memory there is, and what regexec() does for
 * one that is to come again all time; and what stands behind "\" means more to sed and grep than to
 * it, but for some. A class outside of brackets is an error to grep.
 */
static bool
posix_plain(struct slice text, bool extended)
{
	size_t repeated = 0, opened = 0, closed = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], before = i > 0 ? text.p[i - 1] : ' ';
		bool escaped = c == '\\' && i + 1 < text.n;

		if (escaped)
			c = text.p[++i];
		if (escaped && char_alnum(c) && strchr("sSwW", c) == NULL)
			return false;
		if (c == '{' || (c == ':' && before == '[' && (i < 2 || text.p[i - 2] != '[')))
			return false;
		repeated += repeats(c);
		opened += c == '(' && escaped != extended;
		closed += c == ')' && escaped != extended;
		if (c == ')' && repeated_next(slice_from(text, i + 1)))
			return false;
	}
	return repeated <= REPEATS_MAX && opened == closed;
}

static bool
pattern_make(struct pattern *p, struct slice text, char kind)
{
	char copy[PATTERN_MAX + 1];

	*p = (struct pattern){.perl = NULL};
	if (text.n == 0 || text.n > PATTERN_MAX || memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (kind == 'P')
		return pattern_perl(p, copy);
	return posix_plain(text, kind == 'E') &&
	       regcomp(&p->posix, copy, kind == 'E' ? REG_EXTENDED : 0) == 0;
}

static void
pattern_done(struct pattern *p)
{
	if (p->perl == NULL) {
		regfree(&p->posix);
		return;
	}
	pcre2_code_free(p->perl);
	pcre2_match_context_free(p->limit);
}

static enum found
match_perl(const struct pattern *p, struct slice line, struct matched *m)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(p->perl, NULL);
	const PCRE2_SIZE *at;
	int groups;

	if (data == NULL)
		return NOT_KNOWN;
	at = pcre2_get_ovector_pointer(data);
	groups = pcre2_match(p->perl, (PCRE2_SPTR)line.p, line.n, 0, 0, data, p->limit);
	if (groups > 0)
		*m = (struct matched){.start = at[0], .end = at[1]};
	pcre2_match_data_free(data);
	if (groups > 0)
		return m->start <= m->end ? FOUND : NOT_KNOWN;
	return groups == PCRE2_ERROR_NOMATCH ? NOT_FOUND : NOT_KNOWN;
}

static enum found
match_posix(const struct pattern *p, struct slice line, struct matched *m)
{
	char copy[LINE_MAX_BYTES];
	regmatch_t at[2];
	int error;

	memcpy(copy, line.p, line.n);
	copy[line.n] = '\0';
	error = regexec(&p->posix, copy, 2, at, 0);
	if (error != 0)
		return error == REG_NOMATCH ? NOT_FOUND : NOT_KNOWN;
	*m = (struct matched){.start = (size_t)at[0].rm_so, .end = (size_t)at[0].rm_eo};
	if (at[1].rm_so >= 0) {
		m->group_start = (size_t)at[1].rm_so;
		m->group_end = (size_t)at[1].rm_eo;
	}
	return FOUND;
}

static enum found
match(const struct pattern *p, struct slice line, struct matched *m)
{
	if (line.n >= LINE_MAX_BYTES)
		return NOT_KNOWN;
	return (p->perl != NULL ? match_perl : match_posix)(p, line, m);
}

/* How a filter was called. */
struct filter {
	struct pattern pattern;
	enum { FILTER_ASK, FILTER_PART, FILTER_GROUP } what;
};

/* A word that is an option or a pattern. */
static bool
take_argument(struct follower *f, struct buf *out)
{
	struct follow_word w;

	follow_skip_blanks(f);
	return !follow_ends_word(f->text, f->at) && follow_word(f, out, &w) && !w.parted;
}

/* "-q" or "-o", perhaps with "E" or "P"; a pattern with "-" in front would be an option, too. */
static bool
read_grep(struct filter *filter, struct slice options, struct slice pattern)
{
	char kind = options.n == 3 ? options.p[2] : ' ';

	if (options.n < 2 || options.n > 3 || (options.p[1] != 'q' && options.p[1] != 'o') ||
	    (options.n == 3 && kind != 'E' && kind != 'P') || slice_starts(pattern, SLICE("-")))
		return false;
	filter->what = options.p[1] == 'q' ? FILTER_ASK : FILTER_PART;
	return pattern_make(&filter->pattern, pattern, kind);
}

/* "-n" or "-nE", and "s/REGEX/\1/p". */
static bool
read_sed(struct filter *filter, struct slice options, struct slice script)
{
	struct slice end = SLICE("/\\1/p"), pattern;

	if ((!slice_eq(options, SLICE("-n")) && !slice_eq(options, SLICE("-nE"))) ||
	    !slice_starts(script, SLICE("s/")) || !slice_ends(script, end) || script.n < 2 + end.n)
		return false;
	pattern = slice_upto(slice_from(script, 2), script.n - 2 - end.n);
	filter->what = FILTER_GROUP;
	if (slice_find_char(pattern, '/', 0) >= 0 ||
	    !pattern_make(&filter->pattern, pattern, options.n == 3 ? 'E' : ' '))
		return false;
	if (filter->pattern.posix.re_nsub > 0)
		return true;
	pattern_done(&filter->pattern);
	return false;
}

static bool
read_filter(struct follower *f, struct filter *filter)
{
	bool sed = follow_take(f, "sed"), known;
	struct buf options, pattern;

	if (!sed && !follow_take(f, "grep"))
		return false;
	buf_init(&options, 8);
	buf_init(&pattern, 2 * PATTERN_MAX);
	known = take_argument(f, &options) && options.n > 0 && options.p[0] == '-' &&
		take_argument(f, &pattern) &&
		(sed ? read_sed : read_grep)(filter, buf_slice(&options), buf_slice(&pattern));
	buf_done(&options);
	buf_done(&pattern);
	follow_skip_blanks(f);
	return known;
}

/* False if it is not known what grep prints: several matches of a line, or nothing of one. */
static bool
add_matched(const struct filter *filter, struct slice line, const struct matched *m, struct buf *out)
{
	switch (filter->what) {
	case FILTER_ASK:
		return true;
	case FILTER_PART:
		if (m->start == m->end || m->end < line.n)
			return false;
		buf_add(out, slice_from(line, m->start));
		break;
	case FILTER_GROUP:
		buf_add(out, slice_upto(line, m->start));
		buf_add(out, slice_upto(slice_from(line, m->group_start), m->group_end - m->group_start));
		buf_add(out, slice_from(line, m->end));
		break;
	}
	buf_add_char(out, '\n');
	return true;
}

/* Does what the filter that stands next makes of a text. */
static bool
apply(struct follower *f, struct slice in, struct buf *out, bool *succeeds)
{
	struct filter filter;
	struct slice line;
	bool any = false, known = true;

	f->steps += FILTER_STEPS;
	if (!follow_step(f) || !read_filter(f, &filter))
		return false;
	while (known && in.n > 0 && slice_next(&in, '\n', &line)) {
		struct matched m;
		enum found found = match(&filter.pattern, line, &m);

		any = any || found == FOUND;
		known = found == FOUND ? add_matched(&filter, line, &m, out) : found == NOT_FOUND;
	}
	pattern_done(&filter.pattern);
	*succeeds = filter.what == FILTER_GROUP || any;
	return known && !buf_refused(out);
}

bool
follow_pipe(struct follower *f, struct slice line, struct buf *out, bool *succeeds)
{
	struct buf text;
	bool known;

	buf_init(&text, FOLLOW_TEXT_MAX);
	known = f->calls->print != NULL && f->calls->print(f->calls->arg, line, &text) &&
		!buf_refused(&text) &&
		apply(f, buf_slice(&text), out, succeeds);
	buf_done(&text);
	return known;
}
