#include "control/guardglob.h"

#include "control/guardlog.h"
#include "control/monitor.h"
#include "source/file_glob.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <limits.h>

/* A pattern that matches ever more files must not use up all descriptors. */
#define FILES_MAX 4096

struct guardglob {
	struct list link;
	struct guard *guard;
	struct file_glob *glob;
	bool kept; /* during a reload: named again */
	bool full; /* said so already */
};

static size_t
count_logs(const struct guard *g)
{
	size_t n = 0;

	for (const struct list *link = g->logs.next; link != &g->logs; link = link->next)
		n++;
	return n;
}

static void
glob_found(void *arg, struct slice path)
{
	struct guardglob *gg = arg;
	struct guard *g = gg->guard;
	struct diag d;
	int r;

	if (guardlog_has(g, path))
		return;
	if (count_logs(g) >= FILES_MAX) {
		if (!gg->full)
			log_write(LEVEL_WARNING, "filter",
			    "[%s] reads %d files; more that match its log paths are left alone", g->name,
			    FILES_MAX);
		gg->full = true;
		return;
	}
	diag_init(&d);
	r = guardlog_find(g, path, &d);
	/* It may be gone by now. */
	if (r != 0 && r != -ENOENT)
		log_write(LEVEL_DEBUG, "filter", "[%s] %s", g->name, d.text);
}

static struct guardglob *
find(const struct guard *g, struct slice pattern)
{
	LIST_EACH (link, &g->globs) {
		struct guardglob *gg = LIST_ITEM(link, struct guardglob, link);

		if (slice_eq(file_glob_pattern(gg->glob), pattern))
			return gg;
	}
	return NULL;
}

int
guardglob_add(struct guard *g, struct slice pattern)
{
	struct guardglob *gg = find(g, pattern);

	if (pattern.n == 0 || pattern.n >= PATH_MAX || pattern.p[0] != '/' ||
	    slice_find_char(pattern, '\0', 0) >= 0 || !slice_is_glob(pattern))
		return -EINVAL;
	if (gg != NULL && gg->kept)
		return -EEXIST;
	if (gg == NULL) {
		gg = MEM_NEW(struct guardglob);
		gg->guard = g;
		gg->glob = file_glob_open(g->monitor->files, pattern, glob_found, gg);
		list_append(&g->globs, &gg->link);
	}
	gg->kept = true;
	return 0;
}

static void
drop(struct guardglob *gg)
{
	file_glob_close(gg->glob);
	list_remove(&gg->link);
	mem_free(gg);
}

void
guardglob_del(struct guard *g, struct slice pattern)
{
	struct guardglob *gg = find(g, pattern);

	if (gg != NULL)
		drop(gg);
}

void
guardglob_reload_begin(struct guard *g)
{
	LIST_EACH (link, &g->globs)
		LIST_ITEM(link, struct guardglob, link)->kept = false;
}

void
guardglob_reload_end(struct guard *g)
{
	LIST_EACH (link, &g->globs) {
		struct guardglob *gg = LIST_ITEM(link, struct guardglob, link);

		if (!gg->kept)
			drop(gg);
	}
}

void
guardglob_remove_all(struct guard *g)
{
	LIST_EACH (link, &g->globs)
		drop(LIST_ITEM(link, struct guardglob, link));
}

struct value *
guardglob_list(struct arena *a, const struct guard *g)
{
	struct value *out = value_list(a);

	LIST_EACH (link, &g->globs)
		(void)value_add(a, out,
		    value_text(a, file_glob_pattern(LIST_ITEM(link, struct guardglob, link)->glob)));
	return out;
}
