#include "store/query.h"

#include "store/schema.h"

/* A cell that is far too large is not even loaded. */
#define SMALL(column, max) "CASE WHEN length(" column ") <= " max " THEN " column " END"

static const char *const texts[QUERIES] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ADD_JAIL] = "INSERT INTO jails(name, enabled) VALUES(?1, 1) "
                 "ON CONFLICT(name) DO UPDATE SET enabled = 1",
    [DISABLE_JAIL] = "UPDATE jails SET enabled = 0 WHERE name = ?1",
    [DISABLE_ALL] = "UPDATE jails SET enabled = 0",
    [NOTE_LEFT] = "CREATE TEMP TABLE left_jails AS SELECT name FROM jails WHERE enabled",
    [IS_LEFT] = "SELECT 1 FROM temp.left_jails WHERE name = ?1",
    [FORGET_LEFT] = "DELETE FROM temp.left_jails WHERE name = ?1",
    [GET_POSITION] = "SELECT " SMALL("firstlinemd5", "64") ", lastfilepos FROM logs WHERE jail = ?1 AND path = ?2",
    [SET_POSITION] = "INSERT INTO logs(jail, path, firstlinemd5, lastfilepos) "
                     "VALUES(?1, ?2, ?3, ?4) ON CONFLICT(jail, path) DO UPDATE "
                     "SET firstlinemd5 = ?3, lastfilepos = ?4",
    [ADD_BAN] = "INSERT INTO bans(jail, ip, timeofban, bantime, bancount, data) "
                "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SET_LATEST] = "INSERT INTO bips(jail, ip, timeofban, bantime, bancount, data) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(ip, jail) DO UPDATE "
                   "SET timeofban = ?3, bantime = ?4, bancount = ?5, data = ?6",
    [DEL_BAN] = "DELETE FROM bans WHERE jail = ?1 AND ip = ?2",
    [DEL_LATEST] = "DELETE FROM bips WHERE jail = ?1 AND ip = ?2",
    [DEL_BANS] = "DELETE FROM bans WHERE jail = ?1",
    [DEL_LATESTS] = "DELETE FROM bips WHERE jail = ?1",
    [EACH_BAN] = "SELECT " SMALL("ip", "262144") ", timeofban, bantime, bancount, " SMALL("data",
        "1048576") " FROM bips WHERE jail = ?1 AND "
                   "(bantime <= -1 OR timeofban + bantime > ?2) AND timeofban > ?3 "
                   "ORDER BY ip",
    [HISTORY] = "SELECT bancount, timeofban, bantime, jail FROM bips WHERE ip = ?2 AND "
                "(?1 = '' OR jail = ?1)",
    [MERGED] = "SELECT " SMALL("data", "1048576") ", timeofban FROM bans WHERE ip = ?2 AND "
               "(?1 = '' OR jail = ?1) AND NOT (jail = ?3 AND timeofban = ?4) "
               "ORDER BY timeofban DESC, rowid DESC LIMIT 1000",
    [PURGE_BANS] = "DELETE FROM bans WHERE rowid IN (SELECT bans.rowid FROM jails CROSS JOIN bans "
		   "ON bans.jail = jails.name AND bans.timeofban < ?1 LIMIT ?2)",
    [PURGE_LATEST_TO] = "SELECT timeofban, rowid FROM bips WHERE (timeofban, rowid) > (?1, ?2) AND "
			"timeofban < ?3 ORDER BY timeofban, rowid LIMIT 1 OFFSET ?4",
    [PURGE_LATEST] = "DELETE FROM bips WHERE (timeofban, rowid) > (?1, ?2) AND "
		     "(timeofban, rowid) <= (?3, ?4) AND timeofban < ?5 AND bantime <> -1 AND "
		     "timeofban + 3 * bantime < ?5",
    [PURGE_JAILS] = "DELETE FROM jails WHERE enabled = 0 AND "
                    "NOT EXISTS(SELECT 1 FROM bans WHERE jail = name) AND "
                    "NOT EXISTS(SELECT 1 FROM bips WHERE jail = name)",
};

void
queries_done(struct queries *q)
{
	for (size_t i = 0; i < QUERIES; i++) {
		(void)sqlite3_finalize(q->prepared[i]);
		q->prepared[i] = NULL;
	}
	database_close(&q->file);
}

sqlite3_stmt *
query_get(struct queries *q, enum query which)
{
	sqlite3_stmt **st = &q->prepared[which];

	if (*st == NULL &&
	    sqlite3_prepare_v3(q->file.db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL) !=
		SQLITE_OK)
		return NULL;
	return *st;
}

sqlite3_stmt *
query_for(struct queries *q, enum query which, struct slice jail)
{
	sqlite3_stmt *st = query_get(q, which);

	if (st != NULL)
		database_bind_text(st, 1, jail);
	return st;
}

int
query_unprepared(const struct queries *q, struct diag *d, const char *doing)
{
	return database_fail(&q->file, d, schema_errno(sqlite3_errcode(q->file.db)), doing);
}

int
query_run(struct queries *q, sqlite3_stmt *st, struct diag *d, const char *doing)
{
	int code, r = 0;

	if (st == NULL)
		return query_unprepared(q, d, doing);
	code = sqlite3_step(st);
	if (code != SQLITE_DONE && code != SQLITE_ROW)
		r = database_fail(&q->file, d, schema_errno(code), doing);
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return r;
}

struct slice
query_text(sqlite3_stmt *st, int column)
{
	const char *p = sqlite3_column_blob(st, column);

	return p != NULL ? slice_of(p, (size_t)sqlite3_column_bytes(st, column)) : SLICE_EMPTY;
}
