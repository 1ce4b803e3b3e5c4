#include "scan/date_state.h"

#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

#define TEMPLATES_MAX 1000
#define YEAR_MAX_BYTES 16

static struct date_form *
find_form(const struct date_list *list, struct slice name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (slice_eq(list->forms[i]->pat.name, name))
			return list->forms[i];
	}
	return NULL;
}

static int
refuse_twice(struct slice name, struct diag *d)
{
	char shown[1001];

	return diag_fail(d, -EINVAL, (struct place){0}, "There is already a template with name %s",
	    escape_text(slice_upto(name, 250), shown, sizeof(shown)));
}

static int
add_form(struct date_list *list, const struct datepat *pat, struct diag *d)
{
	struct date_form *form;
	int r;

	if (list->count >= TEMPLATES_MAX)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "datepattern has more than %d patterns", TEMPLATES_MAX);
	form = MEM_NEW(struct date_form);
	form->pat = *pat;
	r = datecode_init(&form->code, &form->pat, d);
	if (r < 0) {
		mem_free(form);
		return r;
	}
	list->forms = mem_room(list->forms, list->count, &list->cap, sizeof(list->forms[0]), 32);
	list->forms[list->count++] = form;
	return 0;
}

static int
add_one(struct date_list *list, struct slice pattern, int year, struct diag *d)
{
	struct datepat pat;
	int r;

	r = datepat_make(&list->arena, pattern, year, &pat, d);
	if (r == 0 && find_form(list, pat.name) != NULL)
		r = refuse_twice(pat.name, d);
	return r < 0 ? r : add_form(list, &pat, d);
}

/*
 * Adds what is not there already. A form that is one of those in the same words gets their weight.
 * Unless add is set, this is all.
 */
static int
add_known(struct date_list *list, struct slice pattern, int year, bool add, struct diag *d)
{
	enum datepat_list which = datepat_classify(pattern);

	for (size_t i = 0;; i++) {
		struct date_form *known;
		struct datepat pat;
		int r;

		r = datepat_list_get(&list->arena, which, pattern, i, year, &pat, d);
		if (r == -ENOENT)
			return 0;
		known = r == 0 ? find_form(list, pat.name) : NULL;
		if (known != NULL && slice_eq_nocase(known->pat.given, pat.given))
			known->pat.weight = pat.weight;
		else if (r == 0 && known == NULL && add)
			r = add_form(list, &pat, d);
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
static int
add_patterns(struct date_list *list, int year, struct diag *d)
{
	struct slice rest = list->patterns, pattern;
	bool defaults;
	int r = 0;

	if (slice_trim(rest).n == 0)
		rest = SLICE("{DEFAULT}");
	defaults = only_defaults(rest);
	while (r == 0 && next_pattern(&rest, &pattern)) {
		enum datepat_list which = datepat_classify(pattern);

		if (which == DATEPAT_ONE)
			r = add_one(list, pattern, year, d);
		else
			r = add_known(list, pattern, year, which != DATEPAT_DEFAULT || defaults, d);
	}
	return r;
}

static void
list_free(struct shared *shared)
{
	struct date_list *list = LIST_ITEM(shared, struct date_list, shared);

	for (size_t i = 0; i < list->count; i++) {
		datecode_done(&list->forms[i]->code);
		mem_free(list->forms[i]);
	}
	mem_free(list->forms);
	date_settled_free(list->settled);
	arena_done(&list->arena);
	mem_free(list);
}

static struct shared_set lists = {.free = list_free};

/* key is the year before the patterns. */
static int
list_new(struct date_list **out, struct slice key, size_t prefix, int year, struct diag *d)
{
	struct date_list *list = MEM_NEW(struct date_list);
	int r;

	arena_init(&list->arena);
	key = arena_copy(&list->arena, key);
	list->patterns = slice_from(key, prefix);
	r = add_patterns(list, year, d);
	if (r < 0) {
		list_free(&list->shared);
		return r;
	}
	shared_enter(&lists, &list->shared, key);
	*out = list;
	return 0;
}

int
date_list_get(struct date_list **out, struct slice patterns, struct diag *d)
{
	struct shared *known;
	struct civil now;
	struct buf key;
	size_t prefix;
	int r = 0;

	civil_local(time_now(), &now); /* for the decades of %ExY only */
	buf_init(&key, YEAR_MAX_BYTES + patterns.n);
	buf_printf(&key, "%d ", now.year);
	prefix = key.n;
	buf_add(&key, patterns);
	known = shared_use(&lists, buf_slice(&key));
	if (known != NULL)
		*out = LIST_ITEM(known, struct date_list, shared);
	else
		r = list_new(out, buf_slice(&key), prefix, now.year, d);
	buf_done(&key);
	return r;
}
