#include "control/journaloption.h"

#include "config/optlist.h"

#include <errno.h>

static int
option_take(struct journal_options *o, const struct option *option, struct diag *d)
{
	struct slice value = option->value.text;
	int64_t flags;

	if (slice_eq(option->name, SLICE("journalpath"))) {
		o->path = value;
	} else if (slice_eq(option->name, SLICE("journalfiles"))) {
		o->files = value;
	} else if (slice_eq(option->name, SLICE("namespace"))) {
		o->name_space = value;
	} else if (slice_eq(option->name, SLICE("journalflags"))) {
		if (slice_i64(value, 0, INT32_MAX, &flags) < 0)
			return diag_fail(d, -EINVAL, option->at,
			    "backend systemd: journalflags = '%.*s' is not a whole number",
			    SLICE_ARG(value));
		o->flags = (int)flags;
	} else if (!slice_eq(option->name, SLICE("rotated"))) {
		/* libsystemd reads rotated files as it reads others, so "rotated" changes nothing. */
		return diag_fail(d, -EINVAL, option->at,
		    "backend systemd: unknown option '%.*s'; known are journalpath, journalfiles, "
		    "journalflags, namespace, rotated",
		    SLICE_ARG(option->name));
	}
	return 0;
}

int
journaloption_parse(
    struct arena *a, struct slice backend, struct journal_options *out, struct diag *d)
{
	struct traced text = traced_of(a, arena_copy(a, backend), (struct place){0});
	struct optlist list;
	int r = optlist_parse(a, &text, &list, d);

	*out = (struct journal_options){.flags = -1};
	for (size_t i = 0; r == 0 && i < list.options.count; i++)
		r = option_take(out, &list.options.options[i], d);
	return r;
}
