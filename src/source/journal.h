#ifndef F2B_SOURCE_JOURNAL_H
#define F2B_SOURCE_JOURNAL_H

#include "source/source.h"

#include <uv.h>

/*
 * The systemd journal, read entry by entry as the lines that syslog would have written. Built with
 * libsystemd's headers, and with the library there; else journal_open() says that it is missing.
 */
struct journal_set;	/* all that are open: one for each that is named, however many read it */
struct journal;		/* one jail's part in one of them */

struct journal_entry {
	struct slice text;	/* "HOST IDENT[PID]: MESSAGE"; a newline in it is the two characters \n */
	struct slice date;	/* ISO 8601, local time with its zone, and a blank */
	struct instant when;	/* the sender's time where it gave one, else the journal's */
	bool live;		/* false for what was there before we opened */
	bool cut;		/* longer than SOURCE_LINE_MAX: text is its beginning, and not to be judged by */
};

struct journal_sink {
	void (*entry)(struct journal_sink *sink, const struct journal_entry *entry);
	/*
	 * A field of an entry could not be read: its line, if one came, lacks that; if none came, it may
	 * have been wanted.
	 */
	void (*lost)(struct journal_sink *sink);
	/* Everything that was there has been handed over. */
	void (*live)(struct journal_sink *sink);
	/*
	 * The journal could not be read, and why. It is opened again in a moment, as often as it
	 * takes, and goes on behind the last entry delivered. Must not close it.
	 */
	void (*failed)(struct journal_sink *sink, const char *why);
};

/* The options of "backend = systemd[...]". Empty slices where not given. */
struct journal_options {
	struct slice path;	/* a folder of journal files */
	struct slice files;	/* files, apart by commas; may hold glob characters */
	struct slice name_space;
	int flags;		/* of sd_journal_open(3); -1: system journal, this machine's */
};

/* True if this program can read journals at all. */
bool journal_available(void);

struct journal_set *journal_set_new(uv_loop_t *loop);
/* Every journal must have been closed. */
void journal_set_free(struct journal_set *set);	/* takes NULL */

/*
 * Opens the journal, or joins those who read it. matches are those of journalmatch, each "A=1 B=2 + C=3": words are fields
 * that must all be there, "+" parts alternatives; several matches are alternatives too. Without
 * any, every entry is delivered. Entries from since on are delivered, in the next turns of the
 * loop; delivery begins at journal_start().
 * Returns 0, or a negative errno with d.
 */
int journal_open(struct journal **out, struct journal_set *set, const struct journal_options *options,
    const struct slice *matches, size_t match_count, struct instant since,
    struct journal_sink *sink, struct diag *d);
void journal_start(struct journal *j);
void journal_pause(struct journal *j, bool paused);

/* The journal's time of the last entry delivered; 0 if there was none. */
struct instant journal_position(const struct journal *j);

/* Of all there is before, everything that was wanted has been delivered; 0 if that is not known. */
struct instant journal_reached(const struct journal *j);

/* Nothing is delivered any more once it returns. Takes NULL. */
void journal_close(struct journal *j);

#endif
