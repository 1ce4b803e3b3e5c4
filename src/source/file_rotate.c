#include "source/file_history.h"
#include "util/log.h"

#include <errno.h>

/*
 * How long a file that was rotated away is kept after it last grew: its writer may take its time
 * to open the new one. Shorter where the file was deleted, whose blocks we would keep.
 */
#define GRACE SPAN_S(300)
#define GRACE_DELETED SPAN_S(10)

/* Rotated files kept at once; beyond that the oldest go as soon as they were read. */
#define STREAMS_MAX 8

/* Kept open at once in any case: what is not read yet has to wait somewhere. */
#define STREAMS_UNREAD_MAX 64

void
file_rotate_note(struct file *f, uint64_t size, uint64_t position, ino_t ino, ino_t old_ino,
    const char *hash, const char *old_hash)
{
	struct buf path;

	f->stats.rotations++;
	if (f->sink->gone != NULL)
		f->sink->gone(f->sink);
	if (old_hash[0] == '\0')
		return;
	file_note(f, LEVEL_MSG,
	    "Log rotation detected for %s, reason: (%llu, %llu, %llu, %llu, '%s', '%s')",
	    file_shown(f, &path), (unsigned long long)size, (unsigned long long)position,
	    (unsigned long long)ino, (unsigned long long)old_ino, hash, old_hash);
	buf_done(&path);
}

static void
note_unreadable(struct file *f, const struct diag *d)
{
	struct buf path;

	if (f->unreadable)
		return;
	f->unreadable = true;
	file_watcher_look_soon(f->watcher);
	file_note(f, LEVEL_ERROR, "Unable to open %s", file_shown(f, &path));
	buf_done(&path);
	file_note(f, LEVEL_ERROR, "%s", d->text);
}

/*
 * path leads to another file than before. inotify tells of a rename before the writer has opened
 * its new file, and the old one may still grow: it stays open and is read first. A line lost here
 * is an attacker unseen.
 */
static void
rotate(struct file *f, const struct stat *st)
{
	struct stream *old = file_current(f)->stream;
	struct open_log *back = file_log_find(f, st); /* a rotation may have been undone */
	struct diag d;
	int r;

	diag_init(&d);
	old->pending = true;
	old->grown = time_mono();
	if (back != NULL) {
		list_remove(&back->link);
		list_append(&f->logs, &back->link);
		back->stream->pending = true;
		file_watch_folders(f);
	} else {
		r = file_log_open(f, &d);
		if (r < 0 && r != -ENOENT)
			note_unreadable(f, &d);
		if (r < 0)
			return;
		file_watch(f);
	}
	f->unreadable = false;
	file_rotate_note(f, (uint64_t)st->st_size, old->position, st->st_ino, old->ino,
	    file_current(f)->stream->first_line_hash, old->first_line_hash);
}

static void
let_go(struct file *f, struct open_log *log)
{
	struct instant born = stream_born(log->stream);

	if (instant_before(f->dropped, born))
		f->dropped = born;
	file_log_drop(f, log);
}

void
file_rotate_drop(struct file *f, struct mono now)
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
			let_go(f, log);
	}
}

/* s is a log that had our name for a moment; it is read after those that are known. */
static void
take_missed(struct file *f, struct stream *s, uint64_t size)
{
	const struct stream *old = file_current(f)->stream;

	file_log_add(f, s);
	file_watch(f);
	file_rotate_note(
	    f, size, old->position, s->ino, old->ino, s->first_line_hash, old->first_line_hash);
}

static bool
is_full(const struct file *f)
{
	return f->log_count >= STREAMS_UNREAD_MAX;
}

static void
look_at_moved(struct file *f, struct folder *folder, const char *path)
{
	char at[PATH_MAX];
	struct stream *s;
	struct stat st;
	bool known;

	LIST_EACH (link, &folder->moved) {
		const struct moved *m = LIST_ITEM(link, struct moved, link);

		if (m->name[0] == '\0' || !file_watch_beside(path, m->name, at) ||
		    stream_open(&s, at, NULL) < 0)
			continue;
		/* What was opened, not what the path leads to: it may have been renamed since. */
		known = fstat(s->fd, &st) < 0 || file_log_find(f, &st) != NULL;
		if (!known && !is_full(f)) {
			take_missed(f, s, (uint64_t)st.st_size);
			continue;
		}
		stream_free(s);
		if (!known)
			file_watch_gap(f, f->watcher->heard);
	}
	file_watch_forget_moved(folder);
}

/* What had the name while nobody told us is known by its new name. */
static void
look_for_missed(struct file *f)
{
	struct instant since = f->unheard;
	struct history h;

	if (is_full(f))
		return;
	f->gap = false;
	if (!instant_before(f->dropped, since))
		since.us = f->dropped.us + 1;
	history_collect(&h, f, since);
	for (size_t i = 0; i < h.n; i++) {
		if (is_full(f)) {
			file_watch_gap(f, f->unheard);
			stream_free(h.v[i].stream);
		} else {
			take_missed(f, h.v[i].stream, h.v[i].size);
		}
	}
}

/*
 * Whoever asks for changes learns of one rotation where there may have been several, also since he
 * found nothing: there may have been another log by then.
 */
static void
note_polled(struct file *f, bool there, bool another)
{
	struct instant before = f->looked;

	if (!there)
		return;
	f->looked = file_watcher_now();
	if (f->polling && another)
		file_watch_gap(f, before);
}

void
file_rotate_look(struct file *f)
{
	struct stat st;
	bool there, another;

	f->look = false;
	/* First, so that whatever comes after our look is told. */
	if (f->folders_stale)
		file_watch_folders(f);
	/* Where a symlink's target was renamed, its old name is not kept: the folder tells little. */
	look_at_moved(f, &f->named, f->path);
	file_watch_forget_moved(&f->real);
	there = stat(f->path, &st) == 0;
	another = there && !stream_is(file_current(f)->stream, &st);
	note_polled(f, there, another);
	file_rotate_drop(f, time_mono());
	if (f->gap && !f->folders_stale) {
		look_for_missed(f);
		another = stat(f->path, &st) == 0 && !stream_is(file_current(f)->stream, &st);
	}
	if (!another)
		return;
	/* They have more to say than we could read yet. */
	if (is_full(f)) {
		file_watcher_look_soon(f->watcher);
		return;
	}
	rotate(f, &st);
	/* What came between the old one and this is read before this. */
	file_watcher_hear(f->watcher);
}
