#ifndef F2B_SOURCE_FEED_KIND_H
#define F2B_SOURCE_FEED_KIND_H

#include "source/feed.h"
#include "util/list.h"

/* What a kind of feed is made of; for source/feed.c and the kinds themselves. */

struct feed {
	const struct feed_kind *kind;
	uv_loop_t *loop;
	struct feed_set *set;
	struct list link;	/* of the set's; of none while it closes */
	struct list users;
	char *spec;
	struct feed_stats stats;
	uint64_t untold;	/* of stats.lost: what the users have not heard of */
	struct mono told;	/* when they did last; 0 if never */
	uv_timer_t *tell;	/* NULL: nothing was lost yet */
};

struct feed_kind {
	const char *name;
	const char *options;	/* their names, for messages; "" for none */
	bool shared;		/* one feed serves all who ask for the same */
	/*
	 * Makes a feed of what the options say, opening nothing. Freed by free, or by close once it
	 * was opened.
	 */
	int (*make)(struct feed **out, const struct feed_option *options, size_t count, struct diag *d);
	void (*free)(struct feed *f);
	/* After an error it is freed by free. */
	int (*open)(struct feed *f, const struct feed_request *request, struct diag *d);
	/* Frees it too, perhaps later, when libuv has closed its handles. */
	void (*close)(struct feed *f);
	/* NULL where there is none. */
	bool (*position)(const struct feed *f, struct file_position *out);
	/* Tells the users that so many were lost. NULL where nothing ever is. */
	void (*tell_lost)(struct feed *f, uint64_t count);
};

extern const struct feed_kind kmsg_kind, nflog_kind, pipe_kind, syslog_kind;

/* Hands a line of at most SOURCE_LINE_MAX bytes to all users. when is 0 if the text holds its own date. */
void feed_deliver(struct feed *f, struct slice text, struct instant when);

/*
 * Counts what was lost. The users are told a second later, when a burst is over as a rule, and of what is
 * lost afterwards once a minute.
 */
void feed_lost(struct feed *f, uint64_t count);

/* Tells all users. */
void feed_note(struct feed *f, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of an option, or an empty slice. */
struct slice feed_option_get(
    const struct feed_option *options, size_t count, const char *name);

/*
 * Adds " HOST kernel: [   12.345678] ", which in a log file is between the date and the kernel's
 * words: what a filter sees of both is the same.
 */
void feed_kernel_prefix(struct buf *out, struct span since_boot);

#endif
