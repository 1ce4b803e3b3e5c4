#ifndef F2B_STORE_DATABASE_H
#define F2B_STORE_DATABASE_H

#include "util/diag.h"
#include "util/slice.h"
#include "util/time.h"

#include <sqlite3.h>
#include <time.h>

/*
 * The file of the database: opened, checked, brought up to date, and replaced where it is damaged;
 * store.h says what becomes of the old one. What is in it is the store's business.
 */
struct database {
	sqlite3 *db; /* NULL: closed */
	char *path;  /* shorter than PATH_MAX by 32 bytes; its owner is the caller */
	struct span patience; /* to wait for another process that has it locked, while it is opened */
	bool check; /* all of it is looked through, unless it was closed in good order */
	/* Since it was looked through, or known to be sound, nobody else has written to it. */
	bool sound;
	struct timespec changed; /* the file, when it was written last */
};

/*
 * Returns the version that was found, 0 for a new file; a negative errno with d, and then the
 * database may be left open, for database_close(). d may be set on success, too.
 */
int database_open(struct database *f, struct diag *d);
void database_close(struct database *f);

/*
 * A transaction has begun, or one has been written: between two of them the file must not change, or it
 * does not count as sound any more.
 */
void database_begun(struct database *f);
void database_written(struct database *f);

/*
 * Just before the end: there is nothing left to write, so that the next one to open it need not look
 * through it (cleanmark.h). No mark is left where it is not known to be sound, or somebody is at work.
 */
void database_mark_sound(struct database *f);

/* Says what went wrong while doing something, after an SQLite call that failed; returns the error.
 */
int database_fail(const struct database *f, struct diag *d, int error, const char *doing);

/* A statement of NULL, which could not be prepared, takes what is bound without effect. */
void database_bind_text(sqlite3_stmt *st, int i, struct slice text);

#endif
