#include "source/file_glob.h"

#include "source/file_state.h"
#include "util/mem.h"

#include <fnmatch.h>
#include <glob.h>

/* Everything is looked at this often even where no folder tells of a change. */
#define LOOK_EVERY SPAN_S(30)

/*
 * A look that took longer than this, among thousands of files, is not repeated before ten times as
 * long has gone by: whoever makes ever new names in a folder leaves the other logs their time.
 */
#define LOOK_QUICK SPAN_MS(1)
#define LOOK_REST 10

struct file_glob {
	struct list link; /* of the watcher's */
	struct file_watcher *watcher;
	char *pattern;
	void (*found)(void *arg, struct slice path);
	void *arg;
	struct list folders;
	size_t folder_count;
	bool changed;
	struct mono looked; /* when that was done, */
	struct span cost;   /* and how long it took */
};

/* A folder, and the piece of the pattern that names in it are to match. */
struct glob_folder {
	struct watch_user user;
	struct list link;
	struct file_glob *glob;
	char piece[NAME_MAX + 1];
};

static void
glob_event(struct watch_user *u, uint32_t mask, uint32_t cookie, struct slice name)
{
	struct glob_folder *folder = LIST_ITEM(u, struct glob_folder, user);
	char text[NAME_MAX + 1];

	(void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(name));
	if ((mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT)) ||
	    ((mask & (IN_CREATE | IN_MOVED_TO)) && fnmatch(folder->piece, text, FNM_PERIOD) == 0))
		folder->glob->changed = true;
}

static void
forget_folders(struct file_glob *g)
{
	LIST_EACH (link, &g->folders) {
		struct glob_folder *folder = LIST_ITEM(link, struct glob_folder, link);

		watch_remove(g->watcher->watches, &folder->user);
		list_remove(link);
		mem_free(folder);
	}
	g->folder_count = 0;
}

static void
watch_folder(struct file_glob *g, const char *path, struct slice piece)
{
	struct glob_folder *folder;

	if (g->folder_count == FILE_GLOB_FOLDERS_MAX || piece.n > NAME_MAX)
		return;
	folder = MEM_NEW(struct glob_folder);
	folder->glob = g;
	folder->user.event = glob_event;
	(void)snprintf(folder->piece, sizeof(folder->piece), "%.*s", SLICE_ARG(piece));
	if (watch_add(g->watcher->watches, path, WATCH_FOLDER, &folder->user) < 0) {
		mem_free(folder);
		return;
	}
	list_append(&g->folders, &folder->link);
	g->folder_count++;
}

/* The folders that the pattern's first n bytes lead to. */
static void
watch_folders(struct file_glob *g, size_t n, struct slice piece)
{
	char *prefix = n > 0 ? mem_copy(g->pattern, n) : mem_copy("/", 1);
	glob_t found = {0};

	if (glob(prefix, GLOB_NOESCAPE, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			watch_folder(g, found.gl_pathv[i], piece);
	globfree(&found);
	mem_free(prefix);
}

/*
 * From the first piece with a character of a pattern on, what matches it may appear in the folder
 * before it.
 */
static void
watch_all(struct file_glob *g)
{
	struct slice pattern = slice_cstr(g->pattern);
	bool any = false;
	size_t at = 1;

	forget_folders(g);
	if (g->watcher->watches == NULL)
		return;
	while (at <= pattern.n) {
		ptrdiff_t slash = slice_find_char(pattern, '/', at);
		size_t end = slash < 0 ? pattern.n : (size_t)slash;
		struct slice piece = slice_of(pattern.p + at, end - at);

		any |= slice_is_glob(piece);
		if (any)
			watch_folders(g, at - 1, piece);
		at = end + 1;
	}
}

/* Watches first, so that what appears meanwhile is told of. */
static void
glob_look(struct file_glob *g)
{
	struct mono began = time_mono();
	glob_t found = {0};

	g->changed = false;
	watch_all(g);
	if (glob(g->pattern, GLOB_NOESCAPE, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			g->found(g->arg, slice_cstr(found.gl_pathv[i]));
	globfree(&found);
	g->looked = time_mono();
	g->cost = mono_since(g->looked, began);
}

static bool
rests(const struct file_glob *g, struct mono now)
{
	return g->cost.us > LOOK_QUICK.us &&
	       mono_since(now, g->looked).us < LOOK_REST * g->cost.us;
}

void
file_glob_look_all(struct file_watcher *w, bool again)
{
	struct mono now;

	if (list_empty(&w->globs))
		return;
	now = time_mono();
	LIST_EACH (link, &w->globs) {
		struct file_glob *g = LIST_ITEM(link, struct file_glob, link);

		if (g->changed && rests(g, now))
			file_watcher_look_soon(w);
		else if (g->changed ||
			 (again && mono_since(now, g->looked).us >= LOOK_EVERY.us))
			glob_look(g);
	}
}

struct file_glob *
file_glob_open(struct file_watcher *w, struct slice pattern,
    void (*found)(void *arg, struct slice path), void *arg)
{
	struct file_glob *g = MEM_NEW(struct file_glob);

	g->watcher = w;
	g->pattern = mem_copy(pattern.p, pattern.n);
	g->found = found;
	g->arg = arg;
	g->changed = true;
	list_init(&g->folders);
	list_append(&w->globs, &g->link);
	file_watcher_look_soon(w);
	return g;
}

void
file_glob_close(struct file_glob *g)
{
	if (g == NULL)
		return;
	forget_folders(g);
	list_remove(&g->link);
	mem_free(g->pattern);
	mem_free(g);
}

struct slice
file_glob_pattern(const struct file_glob *g)
{
	return slice_cstr(g->pattern);
}
