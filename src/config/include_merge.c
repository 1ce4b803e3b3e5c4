#include "config/include.h"
#include "config/text.h"

#include <errno.h>

static int
merge_option(struct load *l, struct section *to, const struct option *o)
{
	struct option old;

	/* Where one file is too large by itself, that was told. */
	if (section_put(l->arena, to, o, &old) < 0)
		return l->fatal ? -EINVAL
				: load_fatal(l, o->at, "section '%s' has more than %d options",
				      load_quote(l, to->name), SECTION_MAX_OPTIONS);
	if (old.name.p != NULL)
		load_overridden(l, to->name, &old, o);
	if (old.name.p == NULL || slice_eq(to->name, SLICE("DEFAULT")))
		return 0;
	/* Cannot be full: it has no options that the section has not. */
	return section_put(l->arena, to->known, &old, NULL);
}

/* Where the condition of "Init?family=inet6" begins; -1 if the name has none. */
static ptrdiff_t
condition_start(struct slice name)
{
	ptrdiff_t mark = slice_find_char(name, '?', 0);

	return mark > 0 && (size_t)mark + 1 < name.n &&
		       text_is_word(slice_upto(name, (size_t)mark))
		   ? mark
		   : -1;
}

static int
merge_section(struct load *l, struct sections *out, const struct section *from)
{
	ptrdiff_t mark = condition_start(from->name);
	struct slice name = mark < 0 ? from->name : slice_upto(from->name, (size_t)mark);
	struct slice condition = mark < 0 ? SLICE_EMPTY : slice_from(from->name, (size_t)mark);
	bool again = sections_find(out, name) != NULL;
	struct section *to = sections_add(l->arena, out, name, from->at);

	if (to == NULL)
		return l->fatal ? -EINVAL
				: load_fatal(l, from->at, "more than %d sections", SECTIONS_MAX);
	/* From the second file on there is something known, be it nothing: the section of that name. */
	if (again && to->known == NULL) {
		to->known = ARENA_NEW(l->arena, struct section);
		to->known->name = arena_join(l->arena, SLICE("KNOWN/"), to->name, SLICE_EMPTY);
	}
	/* Most sections are in one file only. */
	if (to->count == 0 && mark < 0) {
		section_lend(to, from);
		return 0;
	}
	section_reserve(l->arena, to, from->count);
	for (size_t i = 0; i < from->count; i++) {
		struct option o = from->options[i];

		if (mark >= 0)
			o.name = arena_join(l->arena, o.name, condition, SLICE_EMPTY);
		if (merge_option(l, to, &o) < 0)
			return -EINVAL;
	}
	return 0;
}

int
include_merge(struct load *l, struct sections *out, const struct sections *from)
{
	int r = 0;

	section_reserve(l->arena, &out->defaults, from->defaults.count);
	for (size_t i = 0; i < from->defaults.count; i++)
		if (merge_option(l, &out->defaults, &from->defaults.options[i]) < 0)
			r = -EINVAL;
	for (size_t i = 0; i < from->count; i++)
		if (merge_section(l, out, from->v[i]) < 0)
			r = -EINVAL;
	return r;
}
