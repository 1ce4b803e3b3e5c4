#ifndef F2B_SOURCE_FILE_STATE_H
#define F2B_SOURCE_FILE_STATE_H

#include "source/file.h"
#include "source/stream.h"
#include "source/watch.h"
#include "util/list.h"

#include <limits.h>
#include <sys/inotify.h>

/*
 * Inside file*.c: file.c opens a log and hands its lines over, file_watch.c has the kernel tell of
 * changes, file_rotate.c follows the name to another file, file_glob.c finds new ones, file_resume.c
 * finds where a former run ended, file_watcher.c gives all of them turns.
 */
struct file_watcher {
	uv_poll_t poll; /* inotify; not there if watches is NULL */
	uv_timer_t timer;
	uv_idle_t idle;	  /* active while there is more to read */
	unsigned handles; /* not closed yet */
	struct watch_set *watches;
	int no_watches; /* why there are none: a negative errno */
	int told;	/* why a file could not be watched, as it was told last */
	struct list files;
	struct list globs; /* patterns that files may come to match */
	struct list ready; /* files with something to do */
	struct file *busy; /* its sink is being called */
	uint64_t interval_ms; /* to the next look; 0: as soon as may be, at all */
	struct mono looked_at_all;
	/*
	 * Up to here, all that inotify had to tell was heard. Stamps of files may be older than a
	 * clock that is read later: by a tick of the kernel, which this allows for.
	 */
	struct instant heard;
	struct stream_buffer buffer;
};

/* One mask for all who watch a folder: the kernel keeps one watch of it. */
#define WATCH_FOLDER                                                                               \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF |     \
	    IN_ONLYDIR)

/* A folder in which the file's name may come and go. */
struct folder {
	struct watch_user user;
	struct file *file;
	char name[NAME_MAX + 1]; /* of the file in it */
	struct list moved;	 /* what had that name since the last look, oldest first */
	size_t moved_count;
};

/* A file that was renamed, and what it is called now. */
struct moved {
	struct list link;
	uint32_t cookie;
	char name[NAME_MAX + 1]; /* "" while only half of the rename is known */
};

/* An open file, and the watch on it. */
struct open_log {
	struct list link;
	struct watch_user user;
	struct file *file;
	struct stream *stream;
};

struct file {
	struct list link; /* of all files */
	struct list ready;
	struct file_watcher *watcher;
	struct source_sink *sink;
	char *path;
	struct list logs; /* open_log: rotated ones, oldest first; the current one is last */
	size_t log_count;
	struct folder named, real; /* where path lies, and where a symlink in it leads */
	struct newline newline;
	bool polling, paused, live, closed;
	bool look; /* whether path still leads to the current log */
	bool folders_stale;
	bool remote; /* others may write to it without this kernel's knowing */
	/*
	 * From unheard on, the name may have come and gone without our being told: no folder was
	 * watched, or it was another.
	 */
	bool gap;
	struct instant unheard;
	struct instant dropped; /* the youngest log that was let go was made then */
	struct instant looked; /* polling: when last looked at */
	bool unreadable; /* said so already */
	bool packed;	 /* likewise */
	bool failing;	 /* likewise, until a read succeeds */
	struct file_position last;    /* behind the last line that was handed over */
	struct file_position resumed; /* where the former run ended */
	struct file_stats stats;
};

/* ---- file.c */

struct open_log *file_current(const struct file *f);

/* Tells the log. */
void file_note(struct file *f, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The path as a log may show it, in b. */
const char *file_shown(const struct file *f, struct buf *b);

/* f has something to do in the next turn. */
void file_ready(struct file *f);

/* Puts a log last, and takes it over. */
void file_log_add(struct file *f, struct stream *s);
int file_log_open(struct file *f, struct diag *d); /* what path leads to now */
struct open_log *file_log_find(const struct file *f, const struct stat *st); /* or NULL */
void file_log_drop(struct file *f, struct open_log *log);

/* The oldest that may have something, for what was written first is read first; or NULL. */
struct stream *file_next(const struct file *f);

/* One file's share of a turn of the loop: a block at most. */
void file_turn(struct file *f);

/* Frees it. Not while its sink is being called. */
void file_destroy(struct file *f);

/* ---- file_watch.c */

/* Watches the current log; where that does not work, polls. */
void file_watch(struct file *f);
void file_watch_folders(struct file *f);
void file_watch_end(struct file *f);
void file_watch_forget_moved(struct folder *folder);

/* Names that came and went from then on may have been missed. */
void file_watch_gap(struct file *f, struct instant since);

/* Joins path's folder with a name; false if that is too long. */
bool file_watch_beside(const char *path, const char *name, char out[PATH_MAX]);

/* ---- file_rotate.c */

/* Whether path still leads to the current log; if not, follows it. */
void file_rotate_look(struct file *f);

/* Lets go of what was rotated away and has come to rest. */
void file_rotate_drop(struct file *f, struct mono now);

/* Counts a rotation, and tells the log. */
void file_rotate_note(struct file *f, uint64_t size, uint64_t position, ino_t ino, ino_t old_ino,
    const char *hash, const char *old_hash);

/* ---- file_resume.c */

/* Goes to where a former run ended; with again, before that. path's log has just been opened. */
void file_resume(struct file *f, const struct file_position *stored, bool again);

/* ---- file_glob.c */

/* Looks for files of patterns whose folders have changed; again: and of those not looked at for long. */
void file_glob_look_all(struct file_watcher *w, bool again);

/* ---- file_watcher.c */

/* f gets a turn, soon also if nothing else happens. */
void file_watcher_wake(struct file *f);

void file_watcher_add(struct file_watcher *w, struct file *f);

/* Takes in what inotify has to tell; if it dropped some, everybody must look for himself. */
void file_watcher_hear(struct file_watcher *w);

/* The present, a tick of the kernel's clock early. */
struct instant file_watcher_now(void);

/* All that changed without a word from the kernel is looked for in a moment. */
void file_watcher_look_soon(struct file_watcher *w);

/* A file has left the list. */
void file_watcher_gone(struct file_watcher *w);

#endif
