#ifndef F2B_STORE_QUERY_H
#define F2B_STORE_QUERY_H

#include "store/database.h"

/* The statements of the store, each prepared when it is first needed. */
enum query {
	BEGIN,
	COMMIT,
	ADD_JAIL,
	DISABLE_JAIL,
	DISABLE_ALL,
	NOTE_LEFT,
	IS_LEFT,
	FORGET_LEFT,
	GET_POSITION,
	SET_POSITION,
	ADD_BAN,
	SET_LATEST,
	DEL_BAN,
	DEL_LATEST,
	DEL_BANS,
	DEL_LATESTS,
	EACH_BAN,
	HISTORY,
	MERGED,
	PURGE_BANS,
	PURGE_LATEST_TO,
	PURGE_LATEST,
	PURGE_JAILS,
	QUERIES,
};

struct queries {
	struct database file;
	sqlite3_stmt *prepared[QUERIES];
};

void queries_done(struct queries *q); /* closes the database, too */

/* Ready to be bound; NULL where SQLite cannot prepare it. query_for() binds the jail as ?1. */
sqlite3_stmt *query_get(struct queries *q, enum query which);
sqlite3_stmt *query_for(struct queries *q, enum query which, struct slice jail);

/* Why a statement could not be prepared. */
int query_unprepared(const struct queries *q, struct diag *d, const char *doing);

/* Runs st, which may be NULL, to its end. What it selects is not looked at. */
int query_run(struct queries *q, sqlite3_stmt *st, struct diag *d, const char *doing);

/* Of a row; lent until the statement's next step. */
struct slice query_text(sqlite3_stmt *st, int column);

#endif
