#include "source/file_state.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/vfs.h>

#define WATCH_FILE (IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF)

/* Renames remembered between two looks; more than a rotation makes. */
#define MOVED_MAX 64

static void
log_event(struct watch_user *u, uint32_t mask, uint32_t cookie, struct slice name)
{
	struct open_log *log = LIST_ITEM(u, struct open_log, user);

	log->stream->pending = true;
	if (mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
		log->file->look = true;
	file_ready(log->file);
}

static struct moved *
moved_find(struct folder *folder, uint32_t cookie, struct slice name)
{
	LIST_EACH (link, &folder->moved) {
		struct moved *m = LIST_ITEM(link, struct moved, link);

		if (cookie != 0 ? m->cookie == cookie : slice_eq(slice_cstr(m->name), name))
			return m;
	}
	return NULL;
}

void
file_watch_gap(struct file *f, struct instant since)
{
	/* What is not found at once may be there in a moment, as a folder that is made anew. */
	if (!f->gap) {
		f->unheard = since;
		file_watcher_look_soon(f->watcher);
	}
	f->gap = true;
	f->look = true;
}

static struct moved *
moved_new(struct folder *folder)
{
	struct moved *m;

	if (folder->moved_count == MOVED_MAX) {
		file_watch_gap(folder->file, folder->file->watcher->heard);
		return NULL;
	}
	m = MEM_NEW(struct moved);
	list_append(&folder->moved, &m->link);
	folder->moved_count++;
	return m;
}

void
file_watch_forget_moved(struct folder *folder)
{
	LIST_EACH (link, &folder->moved) {
		list_remove(link);
		mem_free(LIST_ITEM(link, struct moved, link));
	}
	folder->moved_count = 0;
}

/*
 * A log may have come and been rotated away, perhaps twice, before we look: who had the name, and
 * whatever name it has by now, is remembered.
 */
static void
moved_event(struct folder *folder, uint32_t mask, uint32_t cookie, struct slice name)
{
	struct moved *m;

	if (mask & IN_MOVED_FROM) {
		m = slice_eq(name, slice_cstr(folder->name)) ? moved_new(folder) :
							       moved_find(folder, 0, name);
		if (m != NULL) {
			m->cookie = cookie;
			m->name[0] = '\0';
		}
	} else if (mask & IN_MOVED_TO) {
		m = moved_find(folder, cookie, name);
		if (m != NULL)
			(void)snprintf(m->name, sizeof(m->name), "%.*s", SLICE_ARG(name));
	}
}

static void
folder_event(struct watch_user *u, uint32_t mask, uint32_t cookie, struct slice name)
{
	struct folder *folder = LIST_ITEM(u, struct folder, user);
	struct file *f = folder->file;

	moved_event(folder, mask, cookie, name);
	if (mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
		f->folders_stale = true;
	else if (!slice_eq(name, slice_cstr(folder->name)))
		return;
	f->look = true;
	file_ready(f);
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
	int r;

	folder->file = f;
	folder->user.event = folder_event;
	folder_split(path, where, folder->name);
	r = watch_add(f->watcher->watches, where, WATCH_FOLDER, &folder->user);
	if (r < 0)
		f->folders_stale = true;
	if (r != 0)
		file_watch_gap(f, f->watcher->heard);
}

void
file_watch_folders(struct file *f)
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

	log->user.event = log_event;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", log->stream->fd);
	return watch_add(f->watcher->watches, path, WATCH_FILE, &log->user);
}

/*
 * inotify tells what this machine does to a file; on file systems of others it is written as well.
 * Source: statfs(2)
 */
static bool
is_remote(int fd)
{
	static const uint32_t kinds[] = {0x6969 /* nfs */, 0xff534d42 /* cifs */, 0xfe534d42 /* smb */,
	    0x517b /* smb, old */, 0x65735546 /* fuse */, 0x01021997 /* 9p */, 0x00c36400 /* ceph */,
	    0x5346414f /* afs */, 0x47504653 /* gpfs */, 0x0bd00bd0 /* lustre */};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((uint32_t)fs.f_type == kinds[i])
			return true;
	return false;
}

/* Which of the kernel's limits it is, as the system's words for both mean something else. */
static const char *
watch_reason(int error)
{
	switch (error) {
	case -EMFILE:
		return "no more instances of it; see fs.inotify.max_user_instances";
	case -ENOSPC:
		return "no more watches; see fs.inotify.max_user_watches";
	default:
		return strerror(-error);
	}
}

/* Watches what is open; where that does not work, polls. One warning for all that have the same reason. */
void
file_watch(struct file *f)
{
	struct buf path;
	int r;

	if (f->polling)
		return;
	f->remote = is_remote(file_current(f)->stream->fd);
	r = f->watcher->watches != NULL ? watch_log(f, file_current(f)) : f->watcher->no_watches;
	if (r >= 0) {
		file_watch_folders(f);
		return;
	}
	file_note(f, r == f->watcher->told ? LEVEL_INFO : LEVEL_WARNING,
	    "%s cannot be watched by inotify (%s), asking for changes instead", file_shown(f, &path),
	    watch_reason(r));
	buf_done(&path);
	f->watcher->told = r;
	f->polling = true;
}

void
file_watch_end(struct file *f)
{
	file_watch_forget_moved(&f->named);
	file_watch_forget_moved(&f->real);
	watch_remove(f->watcher->watches, &f->named.user);
	watch_remove(f->watcher->watches, &f->real.user);
}

bool
file_watch_beside(const char *path, const char *name, char out[PATH_MAX])
{
	char folder[PATH_MAX], own[NAME_MAX + 1];
	int n;

	folder_split(path, folder, own);
	n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
	return n > 0 && n < PATH_MAX;
}
