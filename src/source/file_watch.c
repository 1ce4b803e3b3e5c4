#include "source/file_state.h"
#include "util/log.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/inotify.h>

#define WATCH_FILE (IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF)
#define WATCH_FOLDER                                                                               \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF |     \
	    IN_ONLYDIR)

static void
log_event(struct watch_user *u, uint32_t mask, struct slice name)
{
	struct open_log *log = LIST_ITEM(u, struct open_log, user);

	(void)name;
	log->stream->pending = true;
	if (mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT))
		log->file->look = true;
	file_ready(log->file);
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

	watch_remove(f->watcher->watches, &folder->user);
	folder->file = f;
	folder->user.event = folder_event;
	folder_split(path, where, folder->name);
	if (watch_add(f->watcher->watches, where, WATCH_FOLDER, &folder->user) < 0)
		f->folders_stale = true;
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

/* Watches what is open; where that does not work, polls. */
void
file_watch(struct file *f)
{
	struct buf path;
	int r;

	if (f->polling)
		return;
	r = f->watcher->watches != NULL ? watch_log(f, file_current(f)) : -ENOSYS;
	if (r == 0) {
		file_watch_folders(f);
		return;
	}
	file_note(f, LEVEL_WARNING, "%s cannot be watched by inotify (%s), asking for changes instead",
	    file_shown(f, &path), strerror(-r));
	buf_done(&path);
	f->polling = true;
}
