#include "source/journal_state.h"
#include "source/journal_text.h"
#include "util/mem.h"

#include <errno.h>
#include <glob.h>

struct journal_set {
	uv_loop_t *loop;
	struct list readers;
};

bool
journal_available(void)
{
	return journal_lib() != NULL;
}

/* ---- readers come and go */

static int
fail(struct diag *d, int error, const char *what, struct slice name)
{
	return diag_fail(d, error, (struct place){0}, "backend systemd: %s%.*s: %s", what,
	    SLICE_ARG(name), strerror(-error));
}

static int
open_files(sd_journal **out, struct slice patterns, struct diag *d)
{
	struct slice rest = patterns, pattern;
	glob_t found = {0};
	int r = -ENOENT;
	bool any = false;

	while (slice_next(&rest, ',', &pattern)) {
		char *text;

		pattern = slice_trim(pattern);
		text = mem_copy(pattern.p, pattern.n);
		if (glob(text, any ? GLOB_APPEND : 0, NULL, &found) == 0)
			any = true;
		mem_free(text);
	}
	if (any && found.gl_pathc > 0)
		r = journal_lib()->open_files(out, (const char **)(void *)found.gl_pathv, 0);
	globfree(&found);
	return r < 0 ? fail(d, r, "journalfiles = ", patterns) : 0;
}

/*
 * The library opens a journal that is not there, and does not see it come: in a container without journald
 * a jail would be deaf, and say nothing.
 */
static int
open_system(sd_journal **out, int flags, struct diag *d)
{
	int r = journal_lib()->open(out, flags);

	if (r < 0)
		return fail(d, r, "the system's journal", SLICE_EMPTY);
	if (journal_lib()->has_persistent_files(*out) == 0 && journal_lib()->has_runtime_files(*out) == 0)
		return diag_fail(d, -ENOENT, (struct place){0},
		    "backend systemd: there is no journal on this machine, no file of it in "
		    "/var/log/journal or /run/log/journal; start systemd-journald, or give the jail a "
		    "logpath and backend = auto");
	return 0;
}

static int
open_journal(sd_journal **out, const struct journal_options *o, struct diag *d)
{
	int flags = o->flags >= 0 ? o->flags : SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM, r;
	char *name;

	if (o->files.n > 0)
		return open_files(out, o->files, d);
	if (o->path.n > 0) {
		name = mem_copy(o->path.p, o->path.n);
		r = journal_lib()->open_directory(out, name, o->flags >= 0 ? o->flags : 0);
		mem_free(name);
		return r < 0 ? fail(d, r, "journalpath = ", o->path) : 0;
	}
	if (o->name_space.n > 0) {
		name = mem_copy(o->name_space.p, o->name_space.n);
		r = journal_lib()->open_namespace(out, name, flags);
		mem_free(name);
		return r < 0 ? fail(d, r, "namespace = ", o->name_space) : 0;
	}
	return open_system(out, flags, d);
}

static bool
same_journal(const struct journal_options *a, const struct journal_options *b)
{
	return slice_eq(a->path, b->path) && slice_eq(a->files, b->files) &&
	       slice_eq(a->name_space, b->name_space) && a->flags == b->flags;
}

static void
reader_free(struct reader *r)
{
	if (r->journal != NULL)
		journal_lib()->close(r->journal);
	journal_terms_clear(&r->terms);
	buf_done(&r->text);
	buf_done(&r->date);
	arena_done(&r->arena);
	mem_free(r);
}

static void
handle_closed(uv_handle_t *handle)
{
	struct reader *r = handle->data;

	if (--r->open_handles == 0)
		reader_free(r);
}

static void
reader_close(struct reader *r)
{
	bool polls = r->open_handles > 1;

	list_remove(&r->link);
	if (r->open_handles == 0) {
		reader_free(r);
		return;
	}
	uv_close((uv_handle_t *)&r->again, handle_closed);
	if (polls)
		uv_close((uv_handle_t *)&r->changes, handle_closed);
}

static int
set_up(struct reader *r, uv_loop_t *loop, struct diag *d)
{
	int fd, error;

	/* Of a field, its name included; so much that it is seen where a value is too long. */
	(void)journal_lib()->set_data_threshold(r->journal, SOURCE_LINE_MAX + 64);
	/* Asked for before the first read: it arms the notification. */
	fd = journal_lib()->get_fd(r->journal);
	if (fd < 0)
		return fail(d, fd, "no notification of changes", SLICE_EMPTY);
	(void)uv_timer_init(loop, &r->again);
	r->again.data = r;
	r->open_handles++;
	error = uv_poll_init(loop, &r->changes, fd);
	if (error < 0)
		return fail(d, error, "watch", SLICE_EMPTY);
	r->changes.data = r;
	r->open_handles++;
	return 0;
}

static int
reader_open(struct reader **out, struct journal_set *set, const struct journal_options *o, struct diag *d)
{
	struct reader *r = MEM_NEW(struct reader);
	int error;

	r->set = set;
	list_init(&r->link);
	list_init(&r->users);
	buf_init(&r->text, JOURNAL_TEXT_MAX);
	buf_init(&r->date, 64);
	r->options = (struct journal_options){arena_copy(&r->arena, o->path),
	    arena_copy(&r->arena, o->files), arena_copy(&r->arena, o->name_space), o->flags};
	error = open_journal(&r->journal, o, d);
	if (error >= 0)
		error = set_up(r, set->loop, d);
	if (error < 0) {
		reader_close(r);
		return error;
	}
	(void)uv_poll_start(&r->changes, UV_READABLE, journal_files_changed);
	list_append(&set->readers, &r->link);
	*out = r;
	return 0;
}

static int
reader_find(struct reader **out, struct journal_set *set, const struct journal_options *o, struct diag *d)
{
	LIST_EACH (link, &set->readers) {
		struct reader *r = LIST_ITEM(link, struct reader, link);

		if (same_journal(&r->options, o)) {
			*out = r;
			return 0;
		}
	}
	return reader_open(out, set, o, d);
}

void
journal_reopen(struct reader *old)
{
	struct reader *r;
	struct diag d;

	diag_init(&d);
	if (reader_open(&r, old->set, &old->options, &d) < 0) {
		journal_failed(old, d.text);
		return;
	}
	while (!list_empty(&old->users)) {
		struct journal *j = LIST_ITEM(old->users.next, struct journal, link);

		journal_fall_behind(j);
		list_remove(&j->link);
		list_append(&r->users, &j->link);
		j->reader = r;
	}
	r->changed = true;
	journal_look_in(r, 0);
	reader_close(old);
}

struct journal_set *
journal_set_new(uv_loop_t *loop)
{
	struct journal_set *set = MEM_NEW(struct journal_set);

	set->loop = loop;
	list_init(&set->readers);
	return set;
}

void
journal_set_free(struct journal_set *set)
{
	mem_free(set);
}

/* ---- users */

/* Who takes part, or what is wanted, is another: before the next entry the journal is asked anew. */
static void
user_changed(struct journal *j)
{
	j->reader->changed = true;
	journal_look_in(j->reader, 0);
}

void
journal_user_free(struct journal *j)
{
	struct reader *r = j->reader;

	list_remove(&j->link);
	if (list_empty(&r->users))
		reader_close(r);
	arena_done(&j->arena);
	mem_free(j);
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	j->closed = true;
	user_changed(j);
	if (!j->reader->busy)
		journal_user_free(j);
}

/* Tries the matches on the journal, which is asked anew afterwards. */
static int
try_matches(struct journal *j, struct diag *d)
{
	int r = 0;

	j->reader->changed = true;
	journal_lib()->flush_matches(j->reader->journal);
	for (size_t i = 0; r >= 0 && i < j->match_count; i++)
		r = journal_add_match(j->reader->journal, j->matches[i], d);
	return r;
}

static void
copy_matches(struct journal *j, const struct slice *matches, size_t count)
{
	j->matches = arena_array(&j->arena, count, sizeof(*matches));
	j->match_count = count;
	for (size_t i = 0; i < count; i++)
		j->matches[i] = arena_copy(&j->arena, matches[i]);
	journal_match_parse(&j->match, &j->arena, matches, count);
}

int
journal_open(struct journal **out, struct journal_set *set, const struct journal_options *options,
    const struct slice *matches, size_t match_count, struct instant since,
    struct journal_sink *sink, struct diag *d)
{
	struct reader *reader;
	struct journal *j;
	int r;

	if (!journal_available())
		return diag_fail(d, -ENOTSUP, (struct place){0},
		    "backend systemd: the library libsystemd.so.0 cannot be loaded");
	r = reader_find(&reader, set, options, d);
	if (r < 0)
		return r;
	j = MEM_NEW(struct journal);
	j->sink = sink;
	j->reader = reader;
	j->behind = true;
	j->place = since;
	copy_matches(j, matches, match_count);
	list_append(&reader->users, &j->link);
	r = try_matches(j, d);
	if (r < 0) {
		journal_close(j);
		return r;
	}
	*out = j;
	return 0;
}

void
journal_start(struct journal *j)
{
	if (j->running)
		return;
	j->running = true;
	user_changed(j);
}

void
journal_pause(struct journal *j, bool paused)
{
	if (j->paused == paused)
		return;
	journal_fall_behind(j);
	j->paused = paused;
	if (j->running)
		user_changed(j);
}

struct instant
journal_position(const struct journal *j)
{
	return j->position;
}

struct instant
journal_reached(const struct journal *j)
{
	return j->behind ? j->position : j->reader->place;
}
