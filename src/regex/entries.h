#ifndef F2B_REGEX_ENTRIES_H
#define F2B_REGEX_ENTRIES_H

#include "source/journal.h"

/* The systemd journal as LOG: "systemd-journal", with options in brackets as a jail's backend has
 * them. */
struct entries_sink {
	void (*entry)(struct entries_sink *sink, const struct journal_entry *entry);
};

/* Whether log means the journal; a file of that name is a file. */
bool entries_named(const char *log);

/*
 * The words of a match as they were given, split as a shell does, with a blank between: "A=1 B=2 +
 * C=3". out must hold what given has. -EINVAL with d for an open quote.
 */
int entries_match(struct buf *out, struct slice given, struct diag *d);

/*
 * Hands over every entry of the journal that log names and match (of entries_match(), or empty)
 * selects, from the oldest to the newest that is there now. Returns 0, or a negative errno with d.
 */
int entries_read(struct slice log, struct slice match, struct entries_sink *sink, struct diag *d);

#endif
