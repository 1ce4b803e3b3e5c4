#ifndef F2B_SOURCE_STREAM_H
#define F2B_SOURCE_STREAM_H

#include "compat/sha1.h"
#include "source/lines.h"

#include <sys/stat.h>

/*
 * One open log file, whatever its name is by now: which file it is, how far it was read, and
 * whether what was read is still there. It keeps no bytes: a line that has no newline yet is read
 * again when there is more of it. One that never gets its newline is never taken: cut short, the
 * address at its end could be another's.
 */
#define STREAM_BLOCK ((size_t)256 * 1024)
#define STREAM_TAIL ((size_t)64)

/*
 * Where blocks are read to. It is known what is in it, so that a file that many follow is read once
 * for all of them, and looked at once in a turn.
 */
struct stream_buffer {
	char p[STREAM_TAIL + STREAM_BLOCK];
	uint64_t serial; /* grows with each read */
	bool looked;	 /* seen is how a file was a moment ago; its owner clears this */
	struct stat seen;
	bool known;	 /* the rest says what was read */
	struct stat file;
	uint64_t offset;
	size_t want, n;
	char *line;	/* one that is longer than a block, until the next is read; else NULL */
};

struct stream {
	int fd;
	dev_t dev;
	ino_t ino;
	uint64_t position;	/* of the first byte not taken: always the start of a line */
	uint64_t again;		/* bytes before this one were read by a former run */
	/*
	 * Bytes from position on that are known to hold no newline, when they are many; else 0.
	 */
	uint64_t scanned;
	bool pending;		/* there may be more to read */
	struct stat seen;	/* when last read to its end */
	struct mono grown;	/* when last something came */
	char first_line_hash[SHA1_HEX_SIZE];	/* "" while there is no complete line */
	bool first_line_known;	/* more bytes make no other hash of it, nor any of one that is too long */
	char tail[STREAM_TAIL];	/* the bytes before position */
	size_t tail_n;
	bool after_hole;	/* NUL at position are the rest of a hole, and no line */
	const char *base;	/* what stream_fill() read, with the tail before ... */
	const char *lent;	/* ... and where its lines began */
};

/*
 * Opens a regular file, at its start. Anything else is refused before it is opened, for opening a
 * FIFO would wake its writers.
 */
int stream_open(struct stream **out, const char *path, struct diag *d);
void stream_free(struct stream *s);	/* takes NULL; must be in no list */

/* Whether st is of the same file. */
bool stream_is(const struct stream *s, const struct stat *st);

/* Goes to offset, where a line begins. */
void stream_seek(struct stream *s, uint64_t offset);

/* Goes to the first line that begins at offset or behind it. */
void stream_seek_line(struct stream *s, uint64_t offset);

/* Goes to the end; to the start of the last line, if that lacks its newline. */
void stream_seek_end(struct stream *s);

/* True if no name leads to the file any more. */
bool stream_deleted(const struct stream *s);

/* When it was made; before all time if the file system does not know. */
struct instant stream_born(const struct stream *s);

/* True if the file was written since it was last read to its end. */
bool stream_changed(const struct stream *s);

enum stream_state {
	STREAM_END,	/* l holds all there is */
	STREAM_MORE,
	STREAM_PACKED,	/* compressed, as a rotated log is: it has no lines */
	STREAM_REPLACED,/* the content is another: truncated, perhaps written anew; start over */
};

/*
 * Reads the next block into buffer, or finds it there, for lines to be taken from l. Afterwards stream_take(), unless the state is STREAM_REPLACED or
 * STREAM_PACKED. A negative errno if reading fails.
 */
int stream_fill(struct stream *s, struct stream_buffer *buffer, struct lines *l);

/* Frees what stream_fill() took beyond the struct. */
void stream_buffer_done(struct stream_buffer *b);

/* l says how far its lines were taken; whole if it was emptied of them. */
void stream_take(struct stream *s, const struct lines *l, bool whole);

/* From the first byte again, with the hash of what now is the first line. */
void stream_restart(struct stream *s);

/* Asks for the hash again if it is not known; cheap otherwise. */
void stream_learn_hash(struct stream *s);

#endif
