#include "source/file_state.h"
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

void
file_rotate_note(struct file *f, uint64_t size, uint64_t position, ino_t ino, ino_t old_ino,
    const char *hash, const char *old_hash)
{
	struct buf path;

	f->stats.rotations++;
	if (old_hash[0] == '\0')
		return;
	file_note(f, LEVEL_MSG,
	    "Log rotation detected for %s, reason: (%llu, %llu, %llu, %llu, '%s', '%s')",
	    file_shown(f, &path), (unsigned long long)size, (unsigned long long)position,
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
			file_log_drop(f, log);
	}
}

/* path is of a log that had our name for a moment; unless it is known, it is read after those. */
static void
take_missed(struct file *f, const char *path)
{
	const struct stream *old = file_current(f)->stream;
	struct stream *s;
	struct stat st;

	if (stat(path, &st) < 0 || find_log(f, &st) != NULL ||
	    f->log_count >= 2 * (size_t)STREAMS_MAX || stream_open(&s, path, NULL) < 0)
		return;
	file_log_add(f, s);
	file_watch(f);
	file_rotate_note(f, (uint64_t)st.st_size, old->position, s->ino, old->ino,
	    s->first_line_hash, old->first_line_hash);
}

static void
look_at_moved(struct file *f, struct folder *folder, const char *path)
{
	char at[PATH_MAX];

	LIST_EACH (link, &folder->moved) {
		const struct moved *m = LIST_ITEM(link, struct moved, link);

		if (m->name[0] != '\0' && file_watch_beside(path, m->name, at))
			take_missed(f, at);
	}
	file_watch_forget_moved(folder);
}

void
file_rotate_look(struct file *f)
{
	struct stat st;

	f->look = false;
	/* Where a symlink's target was renamed, its old name is not kept: the folder tells little. */
	look_at_moved(f, &f->named, f->path);
	file_watch_forget_moved(&f->real);
	if (f->folders_stale)
		file_watch_folders(f);
	if (stat(f->path, &st) < 0 || stream_is(file_current(f)->stream, &st))
		return;
	file_rotate_drop(f, time_mono());
	/* Otherwise they have more to say than we could read yet; the timer looks again. */
	if (f->log_count < 2 * (size_t)STREAMS_MAX)
		rotate(f, &st);
}
