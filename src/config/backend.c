#include "config/backend.h"

static const struct backend_row rows[] = {
    {"auto", BACKEND_FILES},
    {"pyinotify", BACKEND_FILES},
    /* A way to watch files that is gone; its configurations get the one we have. */
    {"gamin", BACKEND_FILES},
    {"polling", BACKEND_FILES},
    {"systemd", BACKEND_JOURNAL},
    {"kmsg", BACKEND_FEED},
    {"nflog", BACKEND_FEED},
    {"pipe", BACKEND_FEED},
    {"syslog", BACKEND_FEED},
};

struct slice
backend_name(struct slice backend)
{
	ptrdiff_t bracket = slice_find_char(backend, '[', 0);

	return slice_trim(bracket < 0 ? backend : slice_upto(backend, (size_t)bracket));
}

const struct backend_row *
backend_row(struct slice backend)
{
	struct slice name = backend_name(backend);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slice_eq_nocase(name, slice_cstr(rows[i].name)))
			return &rows[i];
	return NULL;
}

bool
backend_is(struct slice backend, enum backend_kind kind)
{
	const struct backend_row *row = backend_row(backend);

	return row != NULL && row->kind == kind;
}

void
backend_offer(struct suggestion *s)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		suggest_offer(s, slice_cstr(rows[i].name));
}
