#include "source/file.h"

#include "source/stream.h"
#include "source/watch.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Read in one turn of the loop over all files; then others have theirs. */
#define TURN_BYTES ((size_t)1024 * 1024)

/* Everything is looked at this often even where inotify says nothing: it may not know. */
#define LOOK_MS 1000

/* Polling: after a change at once again, then ever more slowly. */
#define POLL_MIN_MS 200
#define POLL_MAX_MS 2000

/*
 * How long a file that was rotated away is kept after it last grew: its writer may take its time
 * to open the new one. Shorter where the file was deleted, whose blocks we would keep.
 */
#define GRACE SPAN_S(300)
#define GRACE_DELETED SPAN_S(10)

/* Rotated files kept at once; beyond that the oldest go as soon as they were read. */
#define STREAMS_MAX 8

#define WATCH_FILE (IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF)
#define WATCH_FOLDER                                                                               \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF |     \
	    IN_ONLYDIR)

struct file_watcher {
	uv_poll_t poll;		/* inotify; not there if watches is NULL */
	uv_timer_t timer;
	uv_idle_t idle;		/* active while there is more to read */
	unsigned handles;	/* not closed yet */
	struct watch_set *watches;
	struct list files;
	struct list ready;	/* files with something to do */
	struct file *busy;	/* its sink is being called */
	uint64_t interval_ms;
	char buffer[STREAM_BUFFER];
};

/* A folder in which the file's name may come and go. */
struct folder {
	struct watch_user user;
	struct file *file;
	char name[NAME_MAX + 1];	/* of the file in it */
};

/* An open file, and the watch on it. */
struct open_log {
	struct list link;
	struct watch_user user;
	struct file *file;
	struct stream *stream;
};

struct file {
	struct list link;	/* of all files */
	struct list ready;
	struct file_watcher *watcher;
	struct source_sink *sink;
	char *path;
	struct list logs;	/* open_log: rotated ones, oldest first; the current one is last */
	size_t log_count;
	struct folder named, real;	/* where path lies, and where a symlink in it leads */
	bool polling, paused, live, closed;
	bool look;		/* whether path still leads to the current log */
	bool folders_stale;
	bool unreadable;	/* said so already */
	struct file_stats stats;
};

static struct open_log *
current(const struct file *f)
{
	return LIST_ITEM(f->logs.prev, struct open_log, link);
}

static void
note(struct file *f, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
note(struct file *f, int level, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, 2 * PATH_MAX);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	f->sink->note(f->sink, level, "filter", buf_cstr(&text));
	buf_done(&text);
}

/* The path as a log may show it, in buf. */
static const char *
shown_path(const struct file *f, struct buf *b)
{
	buf_init(b, 4 * PATH_MAX);
	escape_format(b, slice_cstr(f->path));
	return buf_cstr(b);
}

static void
make_ready(struct file *f)
{
	if (!list_empty(&f->ready))
		return;
	list_append(&f->watcher->ready, &f->ready);
}

static void
log_event(struct watch_user *u, uint32_t mask, struct slice name)
{
	struct open_log *log = LIST_ITEM(u, struct open_log, user);

	(void)name;
	log->stream->pending = true;
	if (mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
		log->file->look = true;
	make_ready(log->file);
}

static void
folder_event(struct watch_user *u, uint32_t mask, struct slice name)
{
	struct folder *folder = LIST_ITEM(u, struct folder, user);
	struct file *f = folder->file;

	if (mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
		f->folders_stale = true;
	else if (!slice_eq(name, slice_cstr(folder->name)))
		return;
	f->look = true;
	make_ready(f);
}

/* Splits path, of less than PATH_MAX bytes, into the folder's path and the name in it. */
static void
folder_split(const char *path, char folder[PATH_MAX], char name[NAME_MAX + 1])
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;

	if (slash == NULL)
		(void)snprintf(folder, PATH_MAX, ".");
	else if (slash == path)
		(void)snprintf(folder, PATH_MAX, "/");
	else
		(void)snprintf(folder, PATH_MAX, "%.*s", (int)(slash - path), path);
	(void)snprintf(name, NAME_MAX + 1, "%s", base);
}

/* A folder that cannot be watched is no error: the timer looks, only later. */
static void
folder_watch(struct file *f, struct folder *folder, const char *path)
{
	char where[PATH_MAX];

	watch_remove(f->watcher->watches, &folder->user);
	folder->file = f;
	folder->user.event = folder_event;
	folder_split(path, where, folder->name);
	if (watch_add(f->watcher->watches, where, WATCH_FOLDER, &folder->user) < 0)
		f->folders_stale = true;
}

static void
watch_folders(struct file *f)
{
	char real[PATH_MAX];

	f->folders_stale = false;
	if (f->polling)
		return;
	folder_watch(f, &f->named, f->path);
	if (realpath(f->path, real) != NULL && strcmp(real, f->path) != 0)
		folder_watch(f, &f->real, real);
	else
		watch_remove(f->watcher->watches, &f->real.user);
}

/* By the descriptor, so that it is surely the file we have open. */
static int
watch_log(struct file *f, struct open_log *log)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", log->stream->fd);
	return watch_add(f->watcher->watches, path, WATCH_FILE, &log->user);
}

static void
drop_log(struct file *f, struct open_log *log)
{
	watch_remove(f->watcher->watches, &log->user);
	list_remove(&log->link);
	f->log_count--;
	stream_free(log->stream);
	mem_free(log);
}

static int
open_current(struct file *f, struct diag *d)
{
	struct open_log *log;
	struct stream *s;
	int r;

	r = stream_open(&s, f->path, d);
	if (r < 0)
		return r;
	log = MEM_NEW(struct open_log);
	log->file = f;
	log->stream = s;
	log->user.event = log_event;
	s->grown = time_mono();
	list_append(&f->logs, &log->link);
	f->log_count++;
	return 0;
}

/* Watches what is open; where that does not work, polls. */
static void
start_watching(struct file *f)
{
	struct buf path;
	int r;

	if (f->polling)
		return;
	r = f->watcher->watches != NULL ? watch_log(f, current(f)) : -ENOSYS;
	if (r == 0) {
		watch_folders(f);
		return;
	}
	note(f, LEVEL_WARNING, "%s cannot be watched by inotify (%s), asking for changes instead",
	    shown_path(f, &path), strerror(-r));
	buf_done(&path);
	f->polling = true;
}

static void
note_rotation(struct file *f, uint64_t size, uint64_t position, ino_t ino, ino_t old_ino,
    const char *hash, const char *old_hash)
{
	struct buf path;

	f->stats.rotations++;
	if (old_hash[0] == '\0')
		return;
	note(f, LEVEL_MSG,
	    "Log rotation detected for %s, reason: (%llu, %llu, %llu, %llu, '%s', '%s')",
	    shown_path(f, &path), (unsigned long long)size, (unsigned long long)position,
	    (unsigned long long)ino, (unsigned long long)old_ino, hash, old_hash);
	buf_done(&path);
}

/* The log that path leads to, if we have it open; a rotation may have been undone. */
static struct open_log *
find_log(struct file *f, const struct stat *st)
{
	LIST_EACH (link, &f->logs) {
		struct open_log *log = LIST_ITEM(link, struct open_log, link);

		if (stream_is(log->stream, st))
			return log;
	}
	return NULL;
}

static void
note_unreadable(struct file *f, const struct diag *d)
{
	struct buf path;

	if (f->unreadable)
		return;
	f->unreadable = true;
	note(f, LEVEL_ERROR, "Unable to open %s", shown_path(f, &path));
	buf_done(&path);
	note(f, LEVEL_ERROR, "%s", d->text);
}

/*
 * path leads to another file than before. inotify tells of a rename before the writer has opened
 * its new file, and the old one may still grow: it stays open and is read first. A line lost here
 * is an attacker unseen.
 */
static void
rotate(struct file *f, const struct stat *st)
{
	struct stream *old = current(f)->stream;
	struct open_log *back = find_log(f, st);
	struct diag d;
	int r;

	diag_init(&d);
	old->pending = true;
	old->grown = time_mono();
	if (back != NULL) {
		list_remove(&back->link);
		list_append(&f->logs, &back->link);
		back->stream->pending = true;
		watch_folders(f);
	} else {
		r = open_current(f, &d);
		if (r < 0 && r != -ENOENT)
			note_unreadable(f, &d);
		if (r < 0)
			return;
		start_watching(f);
	}
	f->unreadable = false;
	note_rotation(f, (uint64_t)st->st_size, old->position, st->st_ino, old->ino,
	    current(f)->stream->first_line_hash, old->first_line_hash);
}

/* What was rotated away and has come to rest. */
static void
drop_rotated(struct file *f, struct mono now)
{
	LIST_EACH (link, &f->logs) {
		struct open_log *log = LIST_ITEM(link, struct open_log, link);
		struct stream *s = log->stream;
		struct span grace = stream_deleted(s) ? GRACE_DELETED : GRACE;

		if (link == f->logs.prev)
			return;
		if (s->pending)
			continue;
		if (f->log_count > STREAMS_MAX || mono_since(now, s->grown).us > grace.us)
			drop_log(f, log);
	}
}

/* Whether path still leads to the current log. */
static void
look(struct file *f)
{
	struct stat st;

	f->look = false;
	if (f->folders_stale)
		watch_folders(f);
	if (stat(f->path, &st) < 0 || stream_is(current(f)->stream, &st))
		return;
	drop_rotated(f, time_mono());
	/* Otherwise they have more to say than we could read yet; the timer looks again. */
	if (f->log_count < 2 * (size_t)STREAMS_MAX)
		rotate(f, &st);
}

static void
deliver_lines(struct file *f, struct lines *l)
{
	struct source_line line = {.live = f->live};

	while (!f->paused && !f->closed && lines_next(l, &line)) {
		f->stats.lines++;
		f->stats.cut_lines += line.cut;
		f->sink->line(f->sink, &line);
	}
}

static void
start_over(struct file *f, struct stream *s)
{
	char old_hash[SHA1_HEX_SIZE];
	uint64_t position = s->position;
	struct stat st = {0};

	memcpy(old_hash, s->first_line_hash, sizeof(old_hash));
	stream_restart(s);
	(void)fstat(s->fd, &st);
	note_rotation(
	    f, (uint64_t)st.st_size, position, s->ino, s->ino, s->first_line_hash, old_hash);
}

/* Hands over one block of s. Returns the bytes that were read. */
static size_t
deliver(struct file *f, struct stream *s)
{
	uint64_t before = s->position;
	struct lines l;
	bool whole;
	size_t n;
	int state;

	state = stream_fill(s, f->watcher->buffer, &l);
	if (state == STREAM_REPLACED) {
		start_over(f, s);
		return 0;
	}
	if (state < 0) {
		/* An I/O error; the timer tries again. */
		s->pending = false;
		return 0;
	}
	n = l.rest.n;
	deliver_lines(f, &l);
	whole = !f->paused && !f->closed;
	stream_take(s, &l, whole);
	s->pending = !whole || state == STREAM_MORE;
	if (s->position != before) {
		f->stats.bytes += s->position - before;
		s->grown = time_mono();
		stream_learn_hash(s);
	}
	/* What comes first is old, as far as we know, also where the file was empty when opened. */
	if (n > 0 && !s->pending && s == current(f)->stream)
		f->live = true;
	if (n > 0 && !f->closed && f->sink->pause != NULL)
		f->sink->pause(f->sink);
	return n;
}

/* The oldest that may have something: what was written first is read first. */
static struct stream *
next_stream(const struct file *f)
{
	LIST_EACH (link, &f->logs) {
		struct open_log *log = LIST_ITEM(link, struct open_log, link);

		if (log->stream->pending)
			return log->stream;
	}
	return NULL;
}

/* One file's share of a turn. Returns the bytes read. */
static size_t
file_turn(struct file *f)
{
	struct stream *s;

	if (f->look)
		look(f);
	if (f->closed || f->paused || (s = next_stream(f)) == NULL)
		return 0;
	return deliver(f, s);
}

static void
file_destroy(struct file *f)
{
	while (!list_empty(&f->logs))
		drop_log(f, current(f));
	if (f->watcher->watches != NULL) {
		watch_remove(f->watcher->watches, &f->named.user);
		watch_remove(f->watcher->watches, &f->real.user);
	}
	list_remove(&f->link);
	list_remove(&f->ready);
	mem_free(f->path);
	mem_free(f);
}

static void on_idle(uv_idle_t *handle);

/* Each ready file gets at most one block, those that were waiting longest first. */
static void
watcher_turn(struct file_watcher *w)
{
	struct list *last = w->ready.prev;
	size_t done = 0;
	bool again = true;

	while (again && done < TURN_BYTES && !list_empty(&w->ready)) {
		struct file *f = LIST_ITEM(w->ready.next, struct file, ready);

		again = &f->ready != last;
		list_remove(&f->ready);
		w->busy = f;
		done += file_turn(f);
		w->busy = NULL;
		if (f->closed)
			file_destroy(f);
		else if (!f->paused && next_stream(f) != NULL)
			make_ready(f);
	}
	if (list_empty(&w->ready))
		(void)uv_idle_stop(&w->idle);
	else
		(void)uv_idle_start(&w->idle, on_idle);
}

static void
on_idle(uv_idle_t *handle)
{
	watcher_turn(handle->data);
}

static void
look_at_all(struct file_watcher *w)
{
	LIST_EACH (link, &w->files) {
		struct file *f = LIST_ITEM(link, struct file, link);

		f->look = true;
		make_ready(f);
	}
}

static void
on_inotify(uv_poll_t *handle, int status, int events)
{
	struct file_watcher *w = handle->data;

	(void)status;
	(void)events;
	if (watch_dispatch(w->watches) > 0)
		look_at_all(w);
	watcher_turn(w);
}

/* Marks what has changed; true if anything has. */
static bool
find_changes(struct file *f)
{
	bool changed = false;

	f->look = true;
	LIST_EACH (link, &f->logs) {
		struct stream *s = LIST_ITEM(link, struct open_log, link)->stream;

		if (!s->pending && stream_changed(s)) {
			s->pending = true;
			changed = true;
		}
	}
	make_ready(f);
	return changed;
}

static void
on_timer(uv_timer_t *handle)
{
	struct file_watcher *w = handle->data;
	bool polling = false, changed = false;
	struct mono now = time_mono();

	LIST_EACH (link, &w->files) {
		struct file *f = LIST_ITEM(link, struct file, link);

		drop_rotated(f, now);
		polling |= f->polling;
		changed |= find_changes(f) && f->polling;
	}
	if (!polling)
		w->interval_ms = LOOK_MS;
	else if (changed || w->interval_ms == 0)
		w->interval_ms = POLL_MIN_MS;
	else
		w->interval_ms = w->interval_ms * 2 < POLL_MAX_MS ? w->interval_ms * 2 : POLL_MAX_MS;
	(void)uv_timer_start(&w->timer, on_timer, w->interval_ms, 0);
	watcher_turn(w);
}

int
file_watcher_new(struct file_watcher **out, uv_loop_t *loop, struct diag *d)
{
	struct file_watcher *w = MEM_NEW(struct file_watcher);
	int r;

	(void)d;
	list_init(&w->files);
	list_init(&w->ready);
	w->timer.data = w->idle.data = w->poll.data = w;
	w->handles = 2;
	(void)uv_timer_init(loop, &w->timer);
	(void)uv_idle_init(loop, &w->idle);
	/* Without inotify every file is polled, and says so. */
	if (watch_set_new(&w->watches) == 0) {
		r = uv_poll_init(loop, &w->poll, watch_set_fd(w->watches));
		if (r == 0)
			r = uv_poll_start(&w->poll, UV_READABLE, on_inotify);
		assert(r == 0);
		w->handles++;
	}
	*out = w;
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	struct file_watcher *w = handle->data;

	if (--w->handles > 0)
		return;
	watch_set_free(w->watches);
	mem_free(w);
}

void
file_watcher_free(struct file_watcher *w)
{
	if (w == NULL)
		return;
	uv_close((uv_handle_t *)&w->timer, on_closed);
	uv_close((uv_handle_t *)&w->idle, on_closed);
	if (w->watches != NULL)
		uv_close((uv_handle_t *)&w->poll, on_closed);
}

/* Where to begin: at the end, or where a former run ended in the same file. */
static void
set_start(struct file *f, enum file_start start, const struct file_position *stored)
{
	struct stream *s = current(f)->stream;
	struct stat st;

	if (start == FILE_TAIL) {
		stream_seek_end(s);
		f->live = true;
		return;
	}
	if (stored == NULL || fstat(s->fd, &st) < 0)
		return;
	if (strcmp(stored->first_line_hash, s->first_line_hash) == 0 &&
	    stored->offset <= (uint64_t)st.st_size)
		s->position = stored->offset;
}

int
file_open(struct file **out, struct file_watcher *w, struct slice path, enum file_start start,
    const struct file_position *stored, bool polling, struct source_sink *sink, struct diag *d)
{
	struct file *f;
	int r;

	if (path.n == 0 || path.n >= PATH_MAX || memchr(path.p, '\0', path.n) != NULL)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "a log's path must have 1 to %d characters and no NUL", PATH_MAX - 1);
	f = MEM_NEW(struct file);
	f->watcher = w;
	f->sink = sink;
	f->path = mem_copy(path.p, path.n);
	f->polling = polling;
	list_init(&f->link);
	list_init(&f->ready);
	list_init(&f->logs);
	r = open_current(f, d);
	if (r < 0)
		goto out;
	set_start(f, start, stored);
	start_watching(f);
	list_append(&w->files, &f->link);
	make_ready(f);
	(void)uv_idle_start(&w->idle, on_idle);
	w->interval_ms = 0;
	(void)uv_timer_start(&w->timer, on_timer, POLL_MIN_MS, 0);
	*out = f;
	f = NULL;
out:
	if (f != NULL)
		file_destroy(f);
	return r;
}

void
file_close(struct file *f)
{
	struct file_watcher *w;

	if (f == NULL)
		return;
	w = f->watcher;
	f->closed = true;
	/* Called by its own sink: its turn ends it. */
	if (w->busy == f)
		list_remove(&f->link);
	else
		file_destroy(f);
	if (list_empty(&w->files))
		(void)uv_timer_stop(&w->timer);
}

void
file_pause(struct file *f, bool paused)
{
	f->paused = paused;
	if (paused || next_stream(f) == NULL)
		return;
	make_ready(f);
	(void)uv_idle_start(&f->watcher->idle, on_idle);
}

struct slice
file_path(const struct file *f)
{
	return slice_cstr(f->path);
}

void
file_get_position(const struct file *f, struct file_position *out)
{
	const struct stream *s = current(f)->stream;

	memcpy(out->first_line_hash, s->first_line_hash, sizeof(out->first_line_hash));
	out->offset = s->position;
}

void
file_get_stats(const struct file *f, struct file_stats *out)
{
	*out = f->stats;
	out->lag_bytes = 0;
	LIST_EACH (link, &f->logs) {
		const struct stream *s = LIST_ITEM(link, struct open_log, link)->stream;
		struct stat st;

		if (fstat(s->fd, &st) == 0 && (uint64_t)st.st_size > s->position)
			out->lag_bytes += (uint64_t)st.st_size - s->position;
	}
}
