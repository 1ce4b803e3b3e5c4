#include "scan/date_state.h"

#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

#define TEMPLATES_MAX 1000

static struct template *
find_template(const struct date_detector *dd, struct slice name)
{
	for (size_t i = 0; i < dd->count; i++) {
		if (slice_eq(dd->templates[i]->pat.name, name))
			return dd->templates[i];
	}
	return NULL;
}

static int
refuse_twice(struct slice name, struct diag *d)
{
	struct buf text;

	buf_init(&text, 1000);
	escape_format(&text, name);
	diag_fail(d, -EINVAL, (struct place){0}, "There is already a template with name %s",
	    buf_cstr(&text));
	buf_done(&text);
	return -EINVAL;
}

static int
add_template(struct date_detector *dd, const struct datepat *pat, struct diag *d)
{
	struct template *t;
	int r;

	if (dd->count >= TEMPLATES_MAX)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "datepattern has more than %d patterns", TEMPLATES_MAX);
	t = MEM_NEW(struct template);
	t->pat = *pat;
	t->distance = SIZE_MAX;
	r = datecode_init(&t->code, &t->pat, d);
	if (r < 0) {
		mem_free(t);
		return r;
	}
	if (dd->count == dd->cap) {
		dd->cap = dd->cap > 0 ? dd->cap * 2 : 32;
		dd->templates = mem_grow(dd->templates, dd->cap, sizeof(dd->templates[0]));
	}
	dd->templates[dd->count++] = t;
	return 0;
}

static int
add_one(struct date_detector *dd, struct slice pattern, int year, struct diag *d)
{
	struct datepat pat;
	int r;

	r = datepat_make(&dd->arena, pattern, year, &pat, d);
	if (r == 0 && find_template(dd, pat.name) != NULL)
		r = refuse_twice(pat.name, d);
	return r < 0 ? r : add_template(dd, &pat, d);
}

/*
 * Adds what is not there already. A template that is one of the list in the same words gets the
 * list's weight. Unless add is set, this is all.
 */
static int
add_list(struct date_detector *dd, struct slice pattern, int year, bool add, struct diag *d)
{
	enum datepat_list list = datepat_classify(pattern);

	for (size_t i = 0;; i++) {
		struct template *known;
		struct datepat pat;
		int r;

		r = datepat_list_get(&dd->arena, list, pattern, i, year, &pat, d);
		if (r == -ENOENT)
			return 0;
		known = r == 0 ? find_template(dd, pat.name) : NULL;
		if (known != NULL && slice_eq_nocase(known->pat.given, pat.given))
			known->pat.weight = pat.weight;
		else if (r == 0 && known == NULL && add)
			r = add_template(dd, &pat, d);
		if (r < 0)
			return r;
	}
}

/* Takes the next pattern off the lines of patterns. */
static bool
next_pattern(struct slice *patterns, struct slice *pattern)
{
	while (slice_next(patterns, '\n', pattern)) {
		*pattern = slice_trim(*pattern);
		if (pattern->n > 0)
			return true;
	}
	return false;
}

static bool
only_defaults(struct slice patterns)
{
	struct slice pattern;

	while (next_pattern(&patterns, &pattern)) {
		if (datepat_classify(pattern) != DATEPAT_DEFAULT)
			return false;
	}
	return true;
}

/*
 * Source: observed. {DEFAULT} beside other patterns adds nothing, so that a line has no date if
 * these find none.
 */
int
date_add_patterns(struct date_detector *dd, struct slice patterns, struct diag *d)
{
	struct slice rest = patterns, pattern;
	struct civil now;
	bool defaults;
	int r = 0;

	civil_local(time_now(), &now); /* for the decades of %ExY only */
	if (slice_trim(patterns).n == 0)
		rest = SLICE("{DEFAULT}");
	defaults = only_defaults(rest);
	while (r == 0 && next_pattern(&rest, &pattern)) {
		enum datepat_list list = datepat_classify(pattern);

		pattern = arena_copy(&dd->arena, pattern);
		if (list == DATEPAT_ONE)
			r = add_one(dd, pattern, now.year, d);
		else
			r = add_list(dd, pattern, now.year, list != DATEPAT_DEFAULT || defaults, d);
	}
	return r;
}
