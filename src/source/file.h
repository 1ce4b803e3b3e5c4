#ifndef F2B_SOURCE_FILE_H
#define F2B_SOURCE_FILE_H

#include "source/source.h"
#include "util/newline.h"

#include <uv.h>

/*
 * Log files, followed as they grow and through rotation: by rename and re-creation (the old file
 * is read to its end first), by copy and truncation, by deletion. One watcher serves all files of
 * the process, with inotify, or by asking every second or so where that is wanted or inotify does
 * not work.
 */
struct file_watcher;
struct file;

struct file_watcher *file_watcher_new(uv_loop_t *loop);
/* Every file must have been closed. Frees itself when libuv has closed its handles. */
void file_watcher_free(struct file_watcher *w);

enum file_start {
	FILE_HEAD,	/* from the stored position, or from the start */
	FILE_AGAIN,	/* as FILE_HEAD, and before it some of what was read, marked as such */
	FILE_TAIL,	/* only what comes from now on */
};

/* What is stored to resume after a restart: as fail2ban keeps it in its logs table. */
struct file_position {
	char first_line_hash[41];	/* SHA-1 of the first line with its newline, in hex; "" if none */
	uint64_t offset;
};

/*
 * Opens path and begins to deliver in the next turn of the loop. stored is used if its hash is that
 * of the file's first line, or of that of a file that was rotated away meanwhile (its name with
 * ".1", "-20260131" or the like behind); then those are read first, to their end. It may be NULL.
 * polling asks for no inotify.
 * Returns 0; a negative errno with d if the file cannot be opened.
 */
int file_open(struct file **out, struct file_watcher *w, struct slice path, enum file_start start,
    const struct file_position *stored, bool polling, struct source_sink *sink, struct diag *d);

/* Nothing is delivered any more once it returns. */
void file_close(struct file *f);

/* Stops and resumes delivery; what is written meanwhile is delivered later. */
void file_pause(struct file *f, bool paused);

/* How its lines end, those that were not delivered yet. Until it is said: with one byte. */
void file_set_newline(struct file *f, struct newline newline);

struct slice file_path(const struct file *f);

/*
 * Where to go on so that no line is passed over: in the oldest file that is not read to its end,
 * which may have been rotated away.
 */
void file_get_position(const struct file *f, struct file_position *out);

struct file_stats {
	uint64_t lines, bytes, long_lines, rotations;
	uint64_t errors;	/* of reading; what was not read is read later */
	uint64_t lag_bytes;	/* size of the file behind our position, when last looked at */
};
void file_get_stats(const struct file *f, struct file_stats *out);

#endif
