#ifndef F2B_CONTROL_GUARDJOURNAL_H
#define F2B_CONTROL_GUARDJOURNAL_H

#include "control/guard.h"
#include "control/hold.h"
#include "control/sources.h"
#include "source/journal.h"

/* The systemd journal as what a jail reads: "backend = systemd[...]" and its matches. */
struct guardjournal;

/* backend is the jail's, with its options in brackets. -EINVAL with d if these are wrong. */
int guardjournal_new(
    struct guardjournal **out, struct guard *g, struct slice backend, struct diag *d);
/* Only tries the options, and whether this program can read journals at all. */
int guardjournal_check(struct slice backend, struct diag *d);
/* Closes it without a word. Takes NULL, as do all that follow. */
void guardjournal_free(struct guardjournal *gj);

/*
 * Matches, as "A=1 B=2 + C=3". A change while the journal is read takes effect with the next
 * guardjournal_start(). -EEXIST and -ENOENT for one that is there or is not.
 */
int guardjournal_add(struct guardjournal *gj, struct slice match);
int guardjournal_del(struct guardjournal *gj, struct slice match);
void guardjournal_clear(struct guardjournal *gj);
size_t guardjournal_count(const struct guardjournal *gj);
struct slice guardjournal_match(const struct guardjournal *gj, size_t index);

/*
 * Opens the journal and begins to read: from where the store says that it was read before, but
 * nothing that is older than findtime. What was open is closed first. A failure is logged, and tried
 * again with guardjournal_retry().
 */
void guardjournal_start(struct guardjournal *gj);
/* Opens what could not be opened before; cheap where nothing is to be done. */
void guardjournal_retry(struct guardjournal *gj);
void guardjournal_pause(struct guardjournal *gj, bool paused);

/* Since the jail was made. */
struct guardjournal_stats {
	uint64_t lines;		/* entries that were read */
	uint64_t lost;		/* entries of which a field could not be read */
	uint64_t long_lines;	/* longer than SOURCE_LINE_MAX: passed over */
	uint64_t errors;	/* of reading; the journal was then opened again */
};
/* Not of NULL. Lent, and kept up to date. */
const struct guardjournal_stats *guardjournal_stats(const struct guardjournal *gj);

/* Kept by sources.c. */
struct source_rate *guardjournal_rate(struct guardjournal *gj);

/* Holds the position before the entry that is being taken. The reference is the caller's. */
struct hold *guardjournal_hold(struct guardjournal *gj);

/* Gives the position, if it has moved, to the store. */
void guardjournal_store(struct guardjournal *gj);

#endif
