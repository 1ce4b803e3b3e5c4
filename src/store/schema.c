#include "store/schema.h"

#include <errno.h>

/* Spelt as fail2ban does: SQLite keeps the text, and dumps of either's file are the same. */
#define LOGS                                                                                       \
	"CREATE TABLE IF NOT EXISTS logs(jail TEXT NOT NULL, path TEXT, firstlinemd5 TEXT, "       \
	"lastfilepos INTEGER DEFAULT 0, FOREIGN KEY(jail) REFERENCES jails(name) ON DELETE "       \
	"CASCADE, UNIQUE(jail, path),UNIQUE(jail, path, firstlinemd5));"                           \
	"CREATE INDEX IF NOT EXISTS logs_path ON logs(path);"                                      \
	"CREATE INDEX IF NOT EXISTS logs_jail_path ON logs(jail, path);"
#define BANS                                                                                       \
	"CREATE TABLE IF NOT EXISTS bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT "      \
	"NULL, bantime INTEGER NOT NULL, bancount INTEGER NOT NULL default 1, data JSON, "         \
	"FOREIGN KEY(jail) REFERENCES jails(name) );"                                              \
	"CREATE INDEX IF NOT EXISTS bans_jail_timeofban_ip ON bans(jail, timeofban);"              \
	"CREATE INDEX IF NOT EXISTS bans_jail_ip ON bans(jail, ip);"                               \
	"CREATE INDEX IF NOT EXISTS bans_ip ON bans(ip);"
#define BIPS                                                                                       \
	"CREATE TABLE IF NOT EXISTS bips(ip TEXT NOT NULL, jail TEXT NOT NULL, timeofban "         \
	"INTEGER NOT NULL, bantime INTEGER NOT NULL, bancount INTEGER NOT NULL default 1, "        \
	"data JSON, PRIMARY KEY(ip, jail), FOREIGN KEY(jail) REFERENCES jails(name) );"            \
	"CREATE INDEX IF NOT EXISTS bips_timeofban ON bips(timeofban);"                            \
	"CREATE INDEX IF NOT EXISTS bips_ip ON bips(ip);"

static const char missing[] =
    "CREATE TABLE IF NOT EXISTS fail2banDb(version INTEGER);"
    "CREATE TABLE IF NOT EXISTS jails(name TEXT NOT NULL UNIQUE, "
    "enabled INTEGER NOT NULL DEFAULT 1);"
    "CREATE INDEX IF NOT EXISTS jails_name ON jails(name);" LOGS BANS BIPS;

static const char current[] = "DELETE FROM fail2banDb;"
			      "INSERT INTO fail2banDb VALUES(4);";

/* What each version changes in the one before it. */
static const struct {
	int from;
	const char *sql;
} steps[] = {
    /* A log may be read by several jails. */
    {1,
        "ALTER TABLE logs RENAME TO logs_old;"
        "DROP INDEX IF EXISTS logs_path;"
        "DROP INDEX IF EXISTS logs_jail_path;" LOGS
        "INSERT OR IGNORE INTO logs SELECT jail, path, firstlinemd5, lastfilepos FROM logs_old;"
        "DROP TABLE logs_old;"},
    /* Bans know their duration; -2 says that it was not known. */
    {2,
        "ALTER TABLE bans RENAME TO bans_old;"
        "DROP INDEX IF EXISTS bans_jail_timeofban_ip;"
        "DROP INDEX IF EXISTS bans_jail_ip;"
        "DROP INDEX IF EXISTS bans_ip;" BANS
        "INSERT INTO bans SELECT jail, ip, timeofban, -2, 1, data FROM bans_old;"
        "DROP TABLE bans_old;"},
    /* The latest ban of each address has a table of its own. */
    {3, BIPS
        "INSERT OR REPLACE INTO bips SELECT ip, jail, timeofban, bantime, bancount, data "
        "FROM bans WHERE ip IS NOT NULL ORDER BY timeofban;"},
};

int
schema_errno(int code)
{
	static const struct {
		int code, error;
	} rows[] = {
	    {SQLITE_OK, 0},
	    {SQLITE_BUSY, -EBUSY},
	    {SQLITE_LOCKED, -EBUSY},
	    {SQLITE_FULL, -ENOSPC},
	    {SQLITE_READONLY, -EROFS},
	    {SQLITE_PERM, -EACCES},
	    {SQLITE_CANTOPEN, -ENOENT},
	    {SQLITE_CORRUPT, -EUCLEAN},
	    {SQLITE_NOTADB, -EUCLEAN},
	    {SQLITE_FORMAT, -EUCLEAN},
	    {SQLITE_TOOBIG, -E2BIG},
	    {SQLITE_CONSTRAINT, -EINVAL},
	    {SQLITE_MISMATCH, -EINVAL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == (code & 0xff))
			return rows[i].error;
	return -EIO;
}

/* The number that sql selects; fallback where it selects nothing. */
static int
select_int(sqlite3 *db, const char *sql, int fallback, int *out)
{
	sqlite3_stmt *st;
	int code = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (code != SQLITE_OK)
		return schema_errno(code);
	code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int(st, 0);
	else if (code == SQLITE_DONE)
		*out = fallback;
	(void)sqlite3_finalize(st);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : schema_errno(code);
}

int
schema_version(sqlite3 *db)
{
	int tables = 0, version = 0, r;

	r = select_int(db,
	    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'fail2banDb'", 0,
	    &tables);
	if (r < 0 || tables == 0)
		return r;
	r = select_int(db, "SELECT version FROM fail2banDb LIMIT 1", 0, &version);
	if (r < 0)
		return r;
	return version >= 0 ? version : 0;
}

static int
run(sqlite3 *db, const char *sql)
{
	return schema_errno(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int
schema_upgrade(sqlite3 *db, int from)
{
	int r = run(db, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		if (from > 0 && from <= steps[i].from)
			r = run(db, steps[i].sql);
	if (r == 0)
		r = run(db, missing);
	/* One that is up to date is not written to, so that its bans come back with a full disk, too. */
	if (r == 0 && from != SCHEMA_VERSION)
		r = run(db, current);
	if (r == 0)
		r = run(db, "COMMIT");
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
