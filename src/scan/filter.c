#include "scan/filter.h"

#include "scan/filter_state.h"
#include "util/mem.h"

#include <errno.h>

#define SUBJECT_MAX ((size_t)512 << 20)

/* ---- making, settings ---- */

static void
own(struct slice *to, struct slice from)
{
	char *p = mem_copy(from.p, from.n);

	mem_free((char *)(uintptr_t)to->p);
	*to = slice_of(p, from.n);
}

struct filter *
filter_new(struct filter_sink *sink)
{
	struct filter *f = MEM_NEW(struct filter);

	f->sink = sink;
	f->dns = FILTER_DNS_WARN;
	f->matcher = matcher_new();
	session_table_init(&f->sessions);
	buf_init(&f->subject, SUBJECT_MAX);
	buf_init(&f->last_date, SUBJECT_MAX);
	buf_init(&f->content, SUBJECT_MAX);
	buf_init(&f->matched, SUBJECT_MAX);
	buf_init(&f->text, SUBJECT_MAX);
	buf_init(&f->prefix_text, SUBJECT_MAX);
	own(&f->prefregex_given, SLICE_EMPTY);
	own(&f->zone, SLICE_EMPTY);
	own(&f->encoding_name, encoding_locale());
	f->utf8 = encoding_utf8();
	if (encoding_new(&f->encoding, f->encoding_name, NULL) < 0)
		f->encoding = encoding_utf8(); /* a locale's that iconv does not know */
	return f;
}

static void
regexes_clear(struct regexes *r)
{
	for (size_t i = 0; i < r->count; i++)
		pattern_free(r->v[i]);
	r->count = 0;
}

/* The regexes have changed. */
static void
forget_prefilters(struct filter *f)
{
	prefilter_drop(f->prefilter);
	prefilter_drop(f->prefilter_prefix);
	f->prefilter = f->prefilter_prefix = NULL;
	filter_forget_kind(f);
	filter_end_block(f);
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	filter_clear_regexes(f);
	mem_free(f->fail.v);
	mem_free(f->ignore.v);
	pattern_free(f->prefregex);
	mem_free((char *)(uintptr_t)f->prefregex_given.p);
	matcher_free(f->matcher);
	filter_memo_free(f->own_memo);
	date_detector_free(f->dates);
	mem_free((char *)(uintptr_t)f->zone.p);
	encoding_free(f->encoding);
	encoding_free(f->utf8);
	mem_free((char *)(uintptr_t)f->encoding_name.p);
	multiline_free(f->buffer);
	session_table_done(&f->sessions);
	buf_done(&f->last_date);
	buf_done(&f->subject);
	buf_done(&f->content);
	buf_done(&f->matched);
	buf_done(&f->text);
	buf_done(&f->prefix_text);
	mem_free(f);
}

static struct regexes *
regexes_of(struct filter *f, enum filter_regexes which)
{
	return which == FILTER_FAIL ? &f->fail : &f->ignore;
}

static unsigned
pattern_flags(const struct filter *f, bool multiline)
{
	return (multiline && f->buffer != NULL ? PATTERN_MULTILINE : 0) |
	       (f->dns == FILTER_DNS_NO ? PATTERN_NO_NAMES : 0);
}

static bool
prefregex_has_id(const struct filter *f)
{
	return f->prefregex != NULL && f->prefregex->code->has_id;
}

int
filter_add_regex(struct filter *f, enum filter_regexes which, struct slice regex, struct place at,
    struct diag *d)
{
	struct regexes *list = regexes_of(f, which);
	struct pattern *p;
	int r;

	r = pattern_new(&p, regex, pattern_flags(f, which == FILTER_FAIL), at, d);
	if (r < 0)
		return r;
	if (which == FILTER_FAIL && !prefregex_has_id(f)) {
		r = pattern_require_id(p, at, d);
		if (r < 0) {
			pattern_free(p);
			return r;
		}
	}
	list->v = mem_room(list->v, list->count, &list->cap, sizeof(*list->v), 8);
	list->v[list->count++] = p;
	forget_prefilters(f);
	return 0;
}

int
filter_del_regex(struct filter *f, enum filter_regexes which, size_t index)
{
	struct regexes *list = regexes_of(f, which);

	if (index >= list->count)
		return -ENOENT;
	pattern_free(list->v[index]);
	list->count--;
	memmove(list->v + index, list->v + index + 1, (list->count - index) * sizeof(*list->v));
	forget_prefilters(f);
	return 0;
}

void
filter_clear_regexes(struct filter *f)
{
	regexes_clear(&f->fail);
	regexes_clear(&f->ignore);
	forget_prefilters(f);
}

int
filter_set_prefregex(struct filter *f, struct slice regex, struct place at, struct diag *d)
{
	struct pattern *p = NULL;
	int r = 0;

	if (regex.n > 0)
		r = pattern_new(&p, regex, pattern_flags(f, false), at, d);
	if (r < 0)
		return r;
	pattern_free(f->prefregex);
	f->prefregex = p;
	forget_prefilters(f);
	own(&f->prefregex_given, regex);
	return 0;
}

int
filter_set_datepattern(struct filter *f, struct slice pattern, struct place at, struct diag *d)
{
	struct date_detector *dates;
	int r;

	r = date_detector_new(&dates, pattern, at, d);
	if (r < 0)
		return r;
	(void)date_detector_set_zone(dates, f->zone, NULL); /* it was checked */
	date_detector_free(f->dates);
	f->dates = dates;
	return 0;
}

int
filter_set_zone(struct filter *f, struct slice zone, struct diag *d)
{
	int r = date_detector_set_zone(filter_dates(f), zone, d);

	if (r == 0)
		own(&f->zone, zone);
	return r;
}

int
filter_set_maxlines(struct filter *f, size_t maxlines)
{
	if (maxlines == 0)
		return -EINVAL;
	if (maxlines == filter_maxlines(f))
		return 0;
	multiline_free(f->buffer);
	f->buffer = maxlines > 1 ? multiline_new(maxlines) : NULL;
	return 0;
}

void
filter_set_dns(struct filter *f, enum filter_dns dns)
{
	f->dns = dns;
	filter_forget_kind(f);
}

int
filter_set_encoding(struct filter *f, struct slice name, struct diag *d)
{
	struct encoding *e;
	int r = encoding_new(&e, name, d);

	if (r < 0)
		return r;
	encoding_free(f->encoding);
	f->encoding = e;
	own(&f->encoding_name, slice_eq_nocase(name, SLICE("auto")) ? encoding_locale() : name);
	return 0;
}

void
filter_set_findtime(struct filter *f, struct span findtime)
{
	f->findtime = findtime;
}

void
filter_set_check_all(struct filter *f, bool check_all)
{
	f->check_all = check_all;
}

void
filter_set_first_only(struct filter *f, bool first_only)
{
	f->first_only = first_only;
}

void
filter_set_prefilter(struct filter *f, bool on)
{
	f->without_prefilter = !on;
	date_detector_set_heads(filter_dates(f), on);
}

/* ---- getters ---- */

static const struct pattern *
regex_at(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct regexes *list = which == FILTER_FAIL ? &f->fail : &f->ignore;

	return index < list->count ? list->v[index] : NULL;
}

size_t
filter_regex_count(const struct filter *f, enum filter_regexes which)
{
	return which == FILTER_FAIL ? f->fail.count : f->ignore.count;
}

struct slice
filter_regex(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct pattern *p = regex_at(f, which, index);

	return p != NULL ? p->code->text : SLICE_EMPTY;
}

uint64_t
filter_regex_hits(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct pattern *p = regex_at(f, which, index);

	return p != NULL ? p->hits : 0;
}

uint64_t
filter_regex_given_up(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct pattern *p = regex_at(f, which, index);

	return p != NULL ? p->given_up : 0;
}

uint64_t
filter_prefregex_given_up(const struct filter *f)
{
	return f->prefregex != NULL ? f->prefregex->given_up : 0;
}

uint64_t
filter_passed_over(const struct filter *f)
{
	return f->passed_over;
}

struct slice
filter_prefregex(const struct filter *f)
{
	return f->prefregex_given;
}

struct slice
filter_prefregex_expanded(const struct filter *f)
{
	return f->prefregex != NULL ? f->prefregex->code->text : SLICE_EMPTY;
}

size_t
filter_maxlines(const struct filter *f)
{
	return f->buffer != NULL ? multiline_max(f->buffer) : 1;
}

size_t
filter_lines_most(const struct filter *f)
{
	return f->buffer != NULL ? multiline_most(f->buffer) : 1;
}

enum filter_dns
filter_dns(const struct filter *f)
{
	return f->dns;
}

struct slice
filter_zone(const struct filter *f)
{
	return f->zone;
}

struct slice
filter_encoding(const struct filter *f)
{
	return f->encoding_name;
}

struct newline
filter_newline(const struct filter *f)
{
	return encoding_newline(f->encoding);
}

/* The default ones are made when they are asked for: most filters are given a datepattern first. */
struct date_detector *
filter_dates(struct filter *f)
{
	if (f->dates == NULL && filter_set_datepattern(f, SLICE_EMPTY, (struct place){0}, NULL) < 0)
		abort(); /* they are ours */
	return f->dates;
}
