#ifndef F2B_SOURCE_JOURNAL_STATE_H
#define F2B_SOURCE_JOURNAL_STATE_H

#include "source/journal.h"
#include "source/journal_lib.h"
#include "source/journal_match.h"
#include "util/list.h"

/* Of a reader and its users: for journal.c, where they come and go, and journal_read.c. */

/*
 * libsystemd opens every file of a journal for each reader. So there is one for all who name the
 * same journal: it asks for what any of them wants, and each gets his part.
 */
struct reader {
	struct list link;
	struct journal_set *set;
	struct journal_options options; /* the texts are in the arena */
	struct arena arena;
	sd_journal *journal;
	uv_poll_t changes;
	uv_timer_t again;
	unsigned open_handles;
	struct list users;
	struct journal_terms terms;
	bool changed; /* users came, left, or want other entries */
	bool busy;    /* a sink is being called */
	bool damaged; /* the present entry: a field of it could not be read */
	bool failed;  /* not read any more, but to be opened again */
	struct instant place; /* of the last entry that was looked at */
	struct mono last_entry;
	struct buf text, date;
};

struct journal {
	struct list link;
	struct reader *reader;
	struct journal_sink *sink;
	struct arena arena;
	struct slice *matches;
	size_t match_count;
	struct journal_match match;
	bool running, paused, live, closed;
	struct instant position; /* of the last entry that was delivered */
	/*
	 * Where the reader is, unless the user is behind: then what was there before place was
	 * delivered, and of what has that very time so many entries.
	 */
	bool behind;
	struct instant place;
	size_t done_at_place, skip;
};

/* Asks journal for one match of one user, too. */
int journal_add_match(sd_journal *journal, struct slice match, struct diag *d);

/* From here on the user has a place of his own. */
void journal_fall_behind(struct journal *j);

/* Frees a user, and the reader with the last one. */
void journal_user_free(struct journal *j);

/* Reads what there is, so many milliseconds from now. */
void journal_look_in(struct reader *r, uint64_t ms);

/* Tells the users why the journal cannot be read, and has it opened again in a moment. */
void journal_failed(struct reader *r, const char *why);

/* Gives the users a reader of the same journal opened anew, where each goes on; frees this one. */
void journal_reopen(struct reader *r);

/* For the notification of the journal, whose data is the reader. */
void journal_files_changed(uv_poll_t *handle, int status, int events);

#endif
