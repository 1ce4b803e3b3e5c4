/* In place of journal.c where libsystemd is not there. */
#include "source/journal.h"

#include <errno.h>

bool
journal_available(void)
{
	return false;
}

struct journal_set *
journal_set_new(uv_loop_t *loop)
{
	return NULL;
}

void
journal_set_free(struct journal_set *set)
{
}

int
journal_open(struct journal **out, struct journal_set *set, const struct journal_options *options,
    const struct slice *matches, size_t match_count, struct instant since,
    struct journal_sink *sink, struct diag *d)
{
	return diag_fail(d, -ENOTSUP, (struct place){0},
	    "backend systemd: this f2b was built without libsystemd; give the jail a logpath and "
	    "backend = auto");
}

void
journal_start(struct journal *j)
{
}

void
journal_pause(struct journal *j, bool paused)
{
}

struct instant
journal_position(const struct journal *j)
{
	return (struct instant){0};
}

struct instant
journal_reached(const struct journal *j)
{
	return (struct instant){0};
}

void
journal_close(struct journal *j)
{
}
