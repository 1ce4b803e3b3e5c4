#include "source/journal.h"

#include "source/journal_match.h"
#include "source/journal_text.h"
#include "util/list.h"
#include "util/mem.h"

#include <errno.h>
#include <glob.h>

/* Entries looked at in one turn of the loop, so that other sources get theirs. */
#define PORTION 500

/*
 * journald tells of new entries up to a quarter of a second late, but they can be read at once:
 * while entries come, look again soon.
 */
#define LOOK_AGAIN_MS 25
#define LOOK_AGAIN_FOR SPAN_S(1)

struct journal_set {
	uv_loop_t *loop;
	struct list readers;
};

/*
 * libsystemd opens every file of a journal for each reader. So there is one for all who name the
 * same journal: it asks for what any of them wants, and each gets his part.
 */
struct reader {
	struct list link;
	struct journal_options options; /* the texts are in the arena */
	struct arena arena;
	sd_journal *journal;
	uv_poll_t changes;
	uv_timer_t again;
	unsigned open_handles;
	struct list users;
	struct journal_terms terms;
	bool changed; /* users came, left, or want other entries */
	bool busy;    /* a sink is being called */
	struct instant place; /* of the last entry that was looked at */
	struct mono last_entry;
	struct buf text, date;
};

struct journal {
	struct list link;
	struct reader *reader;
	struct journal_sink *sink;
	struct arena arena;
	struct slice *matches;
	size_t match_count;
	struct journal_match match;
	bool running, paused, live, closed;
	struct instant position; /* of the last entry that was delivered */
	/*
	 * Where the reader is, unless the user is behind: then what was there before place was
	 * delivered, and of what has that very time so many entries.
	 */
	bool behind;
	struct instant place;
	size_t done_at_place, skip;
};

bool
journal_available(void)
{
	return journal_lib() != NULL;
}

/* ---- what is read */

static bool
takes_part(const struct journal *j)
{
	return j->running && !j->paused && !j->closed;
}

/* One match of one user. Alternatives are alternatives of the whole. */
static int
add_match(sd_journal *journal, struct slice match, struct diag *d)
{
	struct slice rest = match, word;
	int r;

	while (slice_next_word(&rest, &word)) {
		if (slice_eq(word, SLICE("+")))
			r = journal_lib()->add_disjunction(journal);
		else
			r = journal_lib()->add_match(journal, word.p, word.n);
		if (r < 0)
			return diag_fail(d, r, (struct place){0},
			    "journalmatch: '%.*s' is no match; write FIELD=value, as in "
			    "_SYSTEMD_UNIT=ssh.service",
			    SLICE_ARG(word));
	}
	return journal_lib()->add_disjunction(journal) < 0 ? -EINVAL : 0;
}

/* Jails often ask for the same. */
static bool
asked_before(const struct reader *r, const struct journal *until, struct slice match)
{
	LIST_EACH (link, &r->users) {
		const struct journal *j = LIST_ITEM(link, struct journal, link);

		if (j == until)
			return false;
		for (size_t i = 0; takes_part(j) && i < j->match_count; i++)
			if (slice_eq(j->matches[i], match))
				return true;
	}
	return false;
}

/* The journal is asked for what any user wants; if one wants all, for all. */
static void
ask(struct reader *r)
{
	bool all = false;

	journal_lib()->flush_matches(r->journal);
	journal_terms_clear(&r->terms);
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		all |= takes_part(j) && journal_match_any(&j->match);
		if (takes_part(j))
			journal_terms_add(&r->terms, &j->match);
	}
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		/* They were found to be good when he came. */
		for (size_t i = 0; !all && takes_part(j) && i < j->match_count; i++)
			if (!asked_before(r, j, j->matches[i]))
				(void)add_match(r->journal, j->matches[i], NULL);
	}
}

/* From here on the user has a place of his own. */
static void
fall_behind(struct journal *j)
{
	if (!j->behind)
		j->place = j->reader->place;
	j->behind = true;
	j->skip = j->done_at_place;
}

/* Goes back to where the last of those is who take part. */
static void
seek(struct reader *r)
{
	struct instant from = {INT64_MAX};

	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		fall_behind(j);
		if (takes_part(j) && instant_before(j->place, from))
			from = j->place;
	}
	if (from.us == INT64_MAX)
		return;
	(void)journal_lib()->seek_realtime_usec(r->journal, from.us > 0 ? (uint64_t)from.us : 0);
	r->place = from;
}

/* Whether an entry of this time is news for him, who may be behind. */
static bool
is_news(struct journal *j, struct instant when)
{
	if (!j->behind)
		return true;
	if (instant_before(when, j->place))
		return false;
	if (when.us == j->place.us) {
		if (j->skip == 0)
			return true;
		j->skip--;
		return false;
	}
	j->behind = false;
	j->done_at_place = 0;
	return true;
}

static bool
may_be_news(const struct reader *r, struct instant when)
{
	LIST_EACH (link, &r->users) {
		const struct journal *j = LIST_ITEM(link, struct journal, link);

		if (takes_part(j) && !(j->behind && instant_before(when, j->place)))
			return true;
	}
	return false;
}

static void
look_at_fields(struct reader *r)
{
	const void *data;
	size_t n;

	journal_terms_entry(&r->terms);
	journal_lib()->restart_data(r->journal);
	while (journal_lib()->enumerate_available_data(r->journal, &data, &n) > 0)
		journal_terms_field(&r->terms, slice_of(data, n));
}

static void
deliver(struct reader *r, struct journal *j, struct instant when, struct journal_entry *e)
{
	if (e->text.n == 0) {
		e->when = journal_text_time(r->journal);
		buf_clear(&r->text);
		buf_clear(&r->date);
		journal_text_message(&r->text, r->journal);
		journal_text_date(&r->date, e->when);
		e->text = slice_upto(buf_slice(&r->text), SOURCE_LINE_MAX);
		e->date = buf_slice(&r->date);
	}
	e->live = j->live;
	j->position = when;
	j->done_at_place++;
	j->sink->entry(j->sink, e);
}

/* Hands the present entry to all who want it. */
static void
hand_round(struct reader *r)
{
	bool alone = r->users.next == r->users.prev;
	struct journal_entry e = {0};
	struct instant when = r->place;
	uint64_t us;

	if (journal_lib()->get_realtime_usec(r->journal, &us) >= 0)
		when.us = (int64_t)us;
	if (!alone && may_be_news(r, when))
		look_at_fields(r);
	r->busy = true;
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (!takes_part(j))
			continue;
		if (!j->behind && when.us != r->place.us)
			j->done_at_place = 0;
		if ((alone || journal_match_wants(&j->match, &r->terms)) && is_news(j, when))
			deliver(r, j, when, &e);
	}
	r->busy = false;
	r->place = when;
	r->last_entry = time_mono();
}

/* Nobody is behind at the end; what was before anybody's place does not come again. */
static void
fall_in(struct reader *r)
{
	LIST_EACH (link, &r->users) {
		const struct journal *j = LIST_ITEM(link, struct journal, link);

		if (takes_part(j) && j->behind && instant_before(r->place, j->place))
			r->place = j->place;
	}
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (!takes_part(j))
			continue;
		if (j->behind && j->place.us != r->place.us)
			j->done_at_place = 0;
		j->behind = false;
	}
}

static void
tell_live(struct reader *r)
{
	fall_in(r);
	r->busy = true;
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (!takes_part(j) || j->live)
			continue;
		j->live = true;
		if (j->sink->live != NULL)
			j->sink->live(j->sink);
	}
	r->busy = false;
}

static void user_free(struct journal *j);

/* Those who left while they were served. */
static void
sweep(struct reader *r)
{
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (j->closed)
			user_free(j);
	}
}

static bool
anybody_takes_part(const struct reader *r)
{
	LIST_EACH (link, &r->users)
		if (takes_part(LIST_ITEM(link, struct journal, link)))
			return true;
	return false;
}

static void reader_read(struct reader *r);

static void
look_again(uv_timer_t *timer)
{
	reader_read(timer->data);
}

static void
look_in(struct reader *r, uint64_t ms)
{
	(void)uv_timer_start(&r->again, look_again, ms, 0);
}

static int
read_portion(struct reader *r)
{
	int n = 0, more = 1;

	while (!r->changed && n < PORTION && (more = journal_lib()->next(r->journal)) > 0) {
		hand_round(r);
		n++;
	}
	return more;
}

/* Reads a portion, and arranges for the next look. */
static void
reader_read(struct reader *r)
{
	int more;

	if (!anybody_takes_part(r))
		return;
	if (r->changed) {
		ask(r);
		seek(r);
		r->changed = false;
	}
	more = read_portion(r);
	if (more == 0 && !r->changed)
		tell_live(r);
	/* Once the last has gone, the reader is gone, too. */
	if (more > 0 || r->changed)
		look_in(r, 0);
	else if (mono_since(time_mono(), r->last_entry).us < LOOK_AGAIN_FOR.us)
		look_in(r, LOOK_AGAIN_MS);
	sweep(r);
}

/* Files come and go, by rotation and vacuum: libsystemd sees to that when it is told to look. */
static void
files_changed(uv_poll_t *handle, int status, int events)
{
	struct reader *r = handle->data;

	(void)status;
	(void)events;
	(void)journal_lib()->process(r->journal);
	reader_read(r);
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
	r = journal_lib()->open(out, flags);
	return r < 0 ? fail(d, r, "the system's journal", SLICE_EMPTY) : 0;
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

	(void)journal_lib()->set_data_threshold(r->journal, SOURCE_LINE_MAX);
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

	list_init(&r->link);
	list_init(&r->users);
	buf_init(&r->text, 2 * SOURCE_LINE_MAX);
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
	(void)uv_poll_start(&r->changes, UV_READABLE, files_changed);
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
	look_in(j->reader, 0);
}

static void
user_free(struct journal *j)
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
		user_free(j);
}

/* Tries the matches on the journal, which is asked anew afterwards. */
static int
try_matches(struct journal *j, struct diag *d)
{
	int r = 0;

	j->reader->changed = true;
	journal_lib()->flush_matches(j->reader->journal);
	for (size_t i = 0; r >= 0 && i < j->match_count; i++)
		r = add_match(j->reader->journal, j->matches[i], d);
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
	fall_behind(j);
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
