#ifndef F2B_SOURCE_FEED_H
#define F2B_SOURCE_FEED_H

#include "source/file.h"

#include <uv.h>

/*
 * Lines that come from no log file and no journal:
 *
 *	kmsg				the kernel's own log
 *	nflog[group=N]			packets that a firewall rule hands out, as the LOG target writes them
 *	pipe[command="..."]		what a command prints
 *	syslog[listen=udp:ADDR:PORT]	what others send by the syslog protocol
 *
 * Several jails may ask for the same feed: it is opened once where there is only one to be had (a
 * group has one reader, a port one listener, a command runs once).
 */
struct feed_set;	/* all that are open */
struct feed_user;	/* one jail's part in one of them */

/* An option in the brackets behind the kind's name. */
struct feed_option {
	struct slice name, value;
};

struct feed_line {
	struct slice text;	/* without newline, at most SOURCE_LINE_MAX; lent for the call */
	struct instant when;	/* 0: the text holds its own date */
};

struct feed_sink {
	void (*line)(struct feed_sink *sink, const struct feed_line *line);
	/* Something for the log; level is one of util/log.h. */
	void (*note)(struct feed_sink *sink, int level, const char *text);
};

struct feed_stats {
	uint64_t lines, bytes;
	uint64_t lost;		/* records that the kernel had no room for; never to be had again */
	uint64_t long_lines;	/* longer than SOURCE_LINE_MAX, or than a message may be: passed over */
	uint64_t refused;	/* what was no message: not of the form, or too many at once */
	uint64_t restarts;	/* of the command */
	struct instant last;	/* when the last line came; 0 if none did */
};

/* All kinds, as "kmsg, nflog, pipe, syslog", for messages. */
#define FEED_KINDS "kmsg, nflog, pipe, syslog"

/* Tries the options without opening anything. -EINVAL with d if one is wrong or missing. */
int feed_check(
    struct slice kind, const struct feed_option *options, size_t count, struct diag *d);

struct feed_set *feed_set_new(uv_loop_t *loop);
/* Every user must have left. */
void feed_set_free(struct feed_set *set);	/* takes NULL */

/* What to open, and for whom. */
struct feed_request {
	struct slice kind;
	struct slice spec;	/* as it was written, with its options: equal ones may be shared */
	const struct feed_option *options;
	size_t count;
	const struct file_position *stored;	/* where it was read to before; or NULL */
	struct instant since;	/* what is older, of what was there before, is not wanted */
};

/*
 * Opens the feed, or joins it. Lines come in later turns of the loop. A negative errno with d if it
 * cannot be opened.
 */
int feed_join(struct feed_user **out, struct feed_set *set, const struct feed_request *request,
    struct feed_sink *sink, struct diag *d);

/* Nothing is delivered any more once it returns. Takes NULL. */
void feed_leave(struct feed_user *u);

/* What comes while it is paused is not kept for it. */
void feed_pause(struct feed_user *u, bool paused);

/* Where to go on after a restart. False for a kind that cannot, or where nothing was read yet. */
bool feed_get_position(const struct feed_user *u, struct file_position *out);

void feed_get_stats(const struct feed_user *u, struct feed_stats *out);

#endif
