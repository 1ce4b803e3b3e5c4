#include "control/guardlog.h"

#include "control/monitor.h"
#include "control/storing.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

struct hold *
guardlog_hold(struct guardlog *l)
{
	struct hold *h = hold_new(&l->holds);

	/* It moves on when a whole block was delivered. */
	file_get_position(l->file, &h->at);
	return h;
}

static void
log_close(struct guardlog *l)
{
	hold_drop(&l->holds);
	log_release();
	file_close(l->file);
	list_remove(&l->link);
	mem_free(l);
}

/* Without a pattern of its own a jail tells with its first line how many it tries. */
static void
log_default_dates(struct guard *g)
{
	const struct date_detector *dates = filter_dates(g->filter);

	g->dates_told = true;
	log_write(LEVEL_INFO, "datedetector", "  default date pattern: %zu template(s)",
	    date_template_count(dates));
}

static void
log_block(struct source_sink *sink, const struct source_block *block)
{
	struct guardlog *l = LIST_ITEM(sink, struct guardlog, sink);
	struct monitor *m = l->guard->monitor;

	log_hold();
	l->now = time_now();
	if (m->block_serial != block->serial) {
		m->block_serial = block->serial;
		filter_memo_clear(m->block_memo);
		m->block_failed_n = 0;
	}
	failure_expect(l->guard->failures, m->block_failed, m->block_failed_n);
	(void)filter_begin_block(l->guard->filter, block->bytes, m->block_memo);
}

static size_t
log_skip(struct source_sink *sink, struct slice rest, bool live, size_t *lines)
{
	struct guardlog *l = LIST_ITEM(sink, struct guardlog, sink);

	return filter_skip(l->guard->filter, rest, l->now, live, lines);
}

static void
log_line(struct source_sink *sink, const struct source_line *line)
{
	struct guardlog *l = LIST_ITEM(sink, struct guardlog, sink);
	struct guard *g = l->guard;

	if (line->cut)
		return;
	if (!g->dates_told)
		log_default_dates(g);
	g->reading = l;
	g->again = line->again;
	(void)filter_line(g->filter, line->text, l->now, line->live);
	g->reading = NULL;
	g->again = false;
}

static void
log_paused(struct source_sink *sink)
{
	filter_end_block(LIST_ITEM(sink, struct guardlog, sink)->guard->filter);
	log_release();
}

/* Bans whose lines stood in it are known to us alone. */
static void
log_gone(struct source_sink *sink)
{
	storing_hurry(LIST_ITEM(sink, struct guardlog, sink)->guard->monitor);
}

static void
log_noted(struct source_sink *sink, int level, const char *module, const char *text)
{
	log_write(level, module, "%s", text);
}

static struct guardlog *
log_find(const struct guard *g, struct slice path)
{
	for (struct list *link = g->logs.next; link != &g->logs; link = link->next) {
		struct guardlog *l = LIST_ITEM(link, struct guardlog, link);

		if (slice_eq(file_path(l->file), path))
			return l;
	}
	return NULL;
}

bool
guardlog_has(const struct guard *g, struct slice path)
{
	return log_find(g, path) != NULL;
}

/*
 * Begins a line about a log file, which is ended with log_end(). Whoever can write into its folder may
 * have called it what looks like a line of ours.
 */
static struct buf *
log_about(const char *what, struct slice path)
{
	struct buf *line = log_begin(LEVEL_INFO, "filter");

	if (line == NULL)
		return NULL;
	buf_printf(line, "%s logfile: '", what);
	escape_format(line, path);
	buf_add_char(line, '\'');
	return line;
}

int
guardlog_add(struct guard *g, struct slice path, enum file_start start, struct diag *d)
{
	struct monitor *m = g->monitor;
	struct guardlog *l = log_find(g, path);
	struct file_position stored;
	struct buf *line;
	bool known;
	int r;

	if (l != NULL && (!l->kept || l->found)) {
		l->kept = true;
		l->found = false;
		return 0;
	}
	if (l != NULL)
		return -EEXIST;
	/* A jail that stopped in order has its counts behind it; they are not taken up again. */
	if (start == FILE_HEAD && g->state == GUARD_NEW && m->store != NULL &&
	    store_jail_left(m->store, slice_cstr(g->name)))
		start = FILE_AGAIN;
	known = m->store != NULL &&
	    store_get_position(m->store, slice_cstr(g->name), path, &stored) == 0;
	l = MEM_NEW(struct guardlog);
	l->guard = g;
	l->sink = (struct source_sink){log_block, log_skip, log_line, log_noted, log_paused, log_gone};
	l->kept = true;
	list_init(&l->link);
	list_init(&l->holds);
	r = file_open(&l->file, m->files, path, start, known ? &stored : NULL, guard_polls(g),
	    &l->sink, d);
	if (r < 0) {
		mem_free(l);
		return r;
	}
	file_set_newline(l->file, filter_newline(g->filter));
	if (g->state != GUARD_RUNNING || g->idle)
		file_pause(l->file, true);
	list_append(&g->logs, &l->link);
	file_get_position(l->file, &stored);
	line = log_about("Added", path);
	if (line != NULL) {
		buf_printf(line, " (pos = %llu, hash = %s)", (unsigned long long)stored.offset,
		    stored.first_line_hash);
		log_end();
	}
	return 0;
}

int
guardlog_find(struct guard *g, struct slice path, struct diag *d)
{
	int r = guardlog_add(g, path, FILE_HEAD, d);

	if (r == 0)
		log_find(g, path)->found = true;
	return r;
}

static void
log_store_position(struct guard *g, struct guardlog *l)
{
	const struct hold *first = hold_first(&l->holds);
	struct monitor *m = g->monitor;
	struct file_position at;

	if (first != NULL)
		at = first->at;
	else
		file_get_position(l->file, &at);
	if (m->store == NULL || (l->is_stored && at.offset == l->stored.offset &&
				    strcmp(at.first_line_hash, l->stored.first_line_hash) == 0))
		return;
	store_set_position(m->store, slice_cstr(g->name), file_path(l->file), &at);
	l->stored = at;
	l->is_stored = true;
	storing_logged(m);
}

static void
log_remove(struct guard *g, struct guardlog *l)
{
	log_store_position(g, l);
	if (log_about("Removed", file_path(l->file)) != NULL)
		log_end();
	log_close(l);
}

void
guardlog_del(struct guard *g, struct slice path)
{
	struct guardlog *l = log_find(g, path);

	if (l != NULL)
		log_remove(g, l);
}

void
guardlog_reload_begin(struct guard *g)
{
	LIST_EACH(link, &g->logs)
		LIST_ITEM(link, struct guardlog, link)->kept = false;
}

void
guardlog_reload_end(struct guard *g)
{
	LIST_EACH(link, &g->logs)
		if (!LIST_ITEM(link, struct guardlog, link)->kept)
			log_remove(g, LIST_ITEM(link, struct guardlog, link));
}

void
guardlog_store(struct guard *g)
{
	LIST_EACH(link, &g->logs)
		log_store_position(g, LIST_ITEM(link, struct guardlog, link));
}

void
guardlog_encoded(struct guard *g)
{
	LIST_EACH(link, &g->logs)
		file_set_newline(
		    LIST_ITEM(link, struct guardlog, link)->file, filter_newline(g->filter));
}

void
guardlog_pause(struct guard *g, bool paused)
{
	LIST_EACH(link, &g->logs)
		file_pause(LIST_ITEM(link, struct guardlog, link)->file, paused);
}

void
guardlog_remove_all(struct guard *g)
{
	LIST_EACH(link, &g->logs)
		log_remove(g, LIST_ITEM(link, struct guardlog, link));
}

void
guardlog_close_all(struct guard *g)
{
	LIST_EACH(link, &g->logs)
		log_close(LIST_ITEM(link, struct guardlog, link));
}
