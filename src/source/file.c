#include "source/file.h"

#include "source/file_state.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <limits.h>

struct open_log *
file_current(const struct file *f)
{
	return LIST_ITEM(f->logs.prev, struct open_log, link);
}

void
file_note(struct file *f, int level, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, 5 * PATH_MAX); /* a path as file_shown() has it, and words */
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	f->sink->note(f->sink, level, "filter", buf_cstr(&text));
	buf_done(&text);
}

const char *
file_shown(const struct file *f, struct buf *b)
{
	buf_init(b, 4 * PATH_MAX);
	escape_format(b, slice_cstr(f->path));
	return buf_cstr(b);
}

void
file_ready(struct file *f)
{
	if (!list_empty(&f->ready))
		return;
	list_append(&f->watcher->ready, &f->ready);
}

void
file_log_drop(struct file *f, struct open_log *log)
{
	watch_remove(f->watcher->watches, &log->user);
	list_remove(&log->link);
	f->log_count--;
	stream_free(log->stream);
	mem_free(log);
}

void
file_log_add(struct file *f, struct stream *s)
{
	struct open_log *log = MEM_NEW(struct open_log);

	log->file = f;
	log->stream = s;
	s->grown = time_mono();
	list_append(&f->logs, &log->link);
	f->log_count++;
}

int
file_log_open(struct file *f, struct diag *d)
{
	struct stream *s;
	int r = stream_open(&s, f->path, d);

	if (r >= 0)
		file_log_add(f, s);
	return r;
}

struct open_log *
file_log_find(const struct file *f, const struct stat *st)
{
	LIST_EACH (link, &f->logs) {
		struct open_log *log = LIST_ITEM(link, struct open_log, link);

		if (stream_is(log->stream, st))
			return log;
	}
	return NULL;
}

static void
skip_lines(struct file *f, struct lines *l)
{
	size_t lines = 0, n = 0;

	if (f->sink->skip != NULL && l->rest.n > 0)
		n = f->sink->skip(f->sink, l->rest, f->live, &lines);
	l->rest = slice_from(l->rest, n);
	l->offset += n;
	f->stats.lines += lines;
}

static void
deliver_lines(struct file *f, const struct stream *s, struct lines *l)
{
	struct source_block block = {l->rest, f->watcher->buffer.serial};
	struct source_line line = {.live = f->live};

	if (f->sink->block != NULL && l->rest.n > 0)
		f->sink->block(f->sink, &block);
	while (!f->paused && !f->closed) {
		skip_lines(f, l);
		if (!lines_next(l, &line))
			break;
		line.again = line.offset <= s->again;
		f->stats.lines++;
		f->stats.long_lines += line.cut;
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
	file_rotate_note(
	    f, (uint64_t)st.st_size, position, s->ino, s->ino, s->first_line_hash, old_hash);
}

static void
position_of(const struct stream *s, struct file_position *out)
{
	memcpy(out->first_line_hash, s->first_line_hash, sizeof(out->first_line_hash));
	out->offset = s->position;
}

static void
note_packed(struct file *f)
{
	struct buf path;

	if (f->packed)
		return;
	f->packed = true;
	file_note(f, LEVEL_WARNING, "%s is compressed and is not read; leave it out of logpath",
	    file_shown(f, &path));
	buf_done(&path);
}

/* The timer tries again. */
static void
note_failing(struct file *f, int error)
{
	struct buf path;

	f->stats.errors++;
	if (f->failing)
		return;
	f->failing = true;
	file_note(f, LEVEL_ERROR, "%s cannot be read: %s; trying again, to go on where it was",
	    file_shown(f, &path), strerror(-error));
	buf_done(&path);
}

/* Hands over one block of s. */
static void
deliver(struct file *f, struct stream *s)
{
	uint64_t before = s->position;
	struct lines l = {.newline = f->newline};
	bool whole;
	size_t n;
	int state;

	state = stream_fill(s, &f->watcher->buffer, &l);
	if (state == STREAM_REPLACED) {
		start_over(f, s);
		return;
	}
	if (state == STREAM_PACKED || state < 0) {
		if (state < 0)
			note_failing(f, state);
		else
			note_packed(f);
		s->pending = false;
		return;
	}
	f->failing = false;
	n = l.rest.n;
	deliver_lines(f, s, &l);
	whole = !f->paused && !f->closed;
	stream_take(s, &l, whole);
	s->pending = !whole || state == STREAM_MORE;
	if (s->position != before) {
		f->stats.bytes += s->position - before;
		s->grown = time_mono();
		stream_learn_hash(s);
		position_of(s, &f->last);
	}
	/* What comes first is old, as far as we know, also where the file was empty when opened. */
	if (n > 0 && !s->pending && s == file_current(f)->stream)
		f->live = true;
	if (n > 0 && !f->closed && f->sink->pause != NULL)
		f->sink->pause(f->sink);
}

struct stream *
file_next(const struct file *f)
{
	LIST_EACH (link, &f->logs) {
		struct open_log *log = LIST_ITEM(link, struct open_log, link);

		if (log->stream->pending)
			return log->stream;
	}
	return NULL;
}

/* A log that is rotated faster than we look is read out of order then, but read. */
#define LOOKS_MAX 8

void
file_turn(struct file *f)
{
	struct stream *s;

	for (unsigned i = 0; f->look && i < LOOKS_MAX; i++)
		file_rotate_look(f);
	if (!f->closed && !f->paused && (s = file_next(f)) != NULL)
		deliver(f, s);
}

void
file_destroy(struct file *f)
{
	while (!list_empty(&f->logs))
		file_log_drop(f, file_current(f));
	file_watch_end(f);
	list_remove(&f->link);
	list_remove(&f->ready);
	mem_free(f->path);
	mem_free(f);
}

/* Where to begin: at the end, or where a former run ended. */
static void
set_start(struct file *f, enum file_start start, const struct file_position *stored)
{
	if (start == FILE_TAIL) {
		stream_seek_end(file_current(f)->stream);
		f->live = true;
	} else if (stored != NULL) {
		file_resume(f, stored, start == FILE_AGAIN);
	}
	position_of(file_current(f)->stream, &f->last);
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
	f->looked = file_watcher_now();
	file_watch_gap(f, time_now());
	list_init(&f->link);
	list_init(&f->ready);
	list_init(&f->logs);
	list_init(&f->named.moved);
	list_init(&f->real.moved);
	r = file_log_open(f, d);
	if (r < 0)
		goto out;
	set_start(f, start, stored);
	file_watch(f);
	file_watcher_add(w, f);
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
	file_watcher_gone(w);
}

void
file_pause(struct file *f, bool paused)
{
	f->paused = paused;
	if (paused || file_next(f) == NULL)
		return;
	file_watcher_wake(f);
}

void
file_set_newline(struct file *f, struct newline newline)
{
	f->newline = newline;
}

struct slice
file_path(const struct file *f)
{
	return slice_cstr(f->path);
}

void
file_get_position(const struct file *f, struct file_position *out)
{
	const struct stream *s = file_current(f)->stream;
	bool found = false;

	LIST_EACH (link, &f->logs) {
		const struct stream *log = LIST_ITEM(link, struct open_log, link)->stream;

		/* At the end of one, its last line may have no end. */
		if (log->pending && log->position < log->again) {
			*out = f->resumed;
			return;
		}
		if (log->pending && !found)
			s = log;
		found |= log->pending;
	}
	/* A log without a line cannot be told from others: it counts once it has one. */
	if (s->first_line_hash[0] != '\0')
		position_of(s, out);
	else
		*out = f->last;
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
