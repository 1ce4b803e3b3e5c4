#include "store/salvage.h"

#include <inttypes.h>

/* Places in a table that are tried; a damaged page, or one above many, costs some. */
#define TRIES_MAX 100000

struct table_row {
	const char *name;
	const char *columns, *before; /* before: in databases of versions that lacked some */
	const char *count;  /* of an index, which has an entry for each row */
	const char *insert; /* where a row is there already, that is the better one */
};

static const struct table_row tables[] = {
    {"jails", "name, enabled", NULL, "SELECT count(*) FROM jails INDEXED BY jails_name",
	"INSERT OR IGNORE INTO jails(name, enabled) VALUES(?1, ?2)"},
    {"bans", "jail, ip, timeofban, bantime, bancount, data", "jail, ip, timeofban, -2, 1, data",
	"SELECT count(*) FROM bans INDEXED BY bans_ip",
	"INSERT OR IGNORE INTO bans(jail, ip, timeofban, bantime, bancount, data) "
	"VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
    {"bips", "jail, ip, timeofban, bantime, bancount, data", NULL,
	"SELECT count(*) FROM bips INDEXED BY bips_ip",
	"INSERT OR IGNORE INTO bips(jail, ip, timeofban, bantime, bancount, data) "
	"VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
    {"logs", "jail, path, firstlinemd5, lastfilepos", NULL,
	"SELECT count(*) FROM logs INDEXED BY logs_path",
	"INSERT OR IGNORE INTO logs(jail, path, firstlinemd5, lastfilepos) VALUES(?1, ?2, ?3, ?4)"},
};

static const char latest_anew[] =
    "INSERT OR IGNORE INTO bips(jail, ip, timeofban, bantime, bancount, data) "
    "SELECT jail, ip, timeofban, bantime, bancount, data FROM bans "
    "WHERE ip IS NOT NULL ORDER BY timeofban DESC, rowid DESC";

/* Of one table. */
struct rescue {
	sqlite3 *old, *db;
	const struct table_row *table;
	sqlite3_stmt *up, *down, *insert, *jail; /* rows of a range, in either direction */
	size_t rescued, tries;
};

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;

	(void)sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	return st;
}

static sqlite3_stmt *
prepare_walk(const struct rescue *r, const char *columns, const char *order)
{
	char sql[256];

	/* An index may be damaged, too. */
	(void)snprintf(sql, sizeof(sql),
	    "SELECT rowid, %s FROM %s NOT INDEXED WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid %s",
	    columns, r->table->name, order);
	return prepare(r->old, sql);
}

/* A row whose jail is lost would be refused. */
static void
add_jail(struct rescue *r, sqlite3_value *name)
{
	(void)sqlite3_bind_value(r->jail, 1, name);
	(void)sqlite3_step(r->jail);
	(void)sqlite3_reset(r->jail);
}

static void
copy_row(struct rescue *r, sqlite3_stmt *from)
{
	int columns = sqlite3_bind_parameter_count(r->insert);

	if (r->table != tables)
		add_jail(r, sqlite3_column_value(from, 1));
	for (int i = 1; i <= columns; i++)
		(void)sqlite3_bind_value(r->insert, i, sqlite3_column_value(from, i));
	if (sqlite3_step(r->insert) == SQLITE_DONE && sqlite3_changes(r->db) > 0)
		r->rescued++;
	(void)sqlite3_reset(r->insert);
	(void)sqlite3_clear_bindings(r->insert);
}

/*
 * Copies from one end of the range until a row cannot be read, or is none of the range, and moves that
 * end behind the last one. True if that was all.
 */
static bool
walk(struct rescue *r, sqlite3_stmt *st, int64_t *first, int64_t *last, bool up)
{
	int code;

	r->tries++;
	(void)sqlite3_bind_int64(st, 1, *first);
	(void)sqlite3_bind_int64(st, 2, *last);
	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t row = sqlite3_column_int64(st, 0);

		if (row < *first || row > *last)
			break;
		copy_row(r, st);
		if (row == (up ? *last : *first)) {
			code = SQLITE_DONE;
			break;
		}
		if (up)
			*first = row + 1;
		else
			*last = row - 1;
	}
	(void)sqlite3_reset(st);
	return code == SQLITE_DONE;
}

/* What lies between two places that cannot be read may be readable. The depth is that of the number. */
static void
rescue_range(struct rescue *r, int64_t first, int64_t last)
{
	int64_t middle;

	if (r->tries >= TRIES_MAX || walk(r, r->up, &first, &last, true) ||
	    walk(r, r->down, &first, &last, false) || first >= last)
		return;
	middle = first / 2 + last / 2;
	rescue_range(r, first, middle);
	rescue_range(r, middle + 1, last);
}

static int64_t
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = prepare(db, sql);
	int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;

	(void)sqlite3_finalize(st);
	return n;
}

static size_t
rescue_table(sqlite3 *old, sqlite3 *db, const struct table_row *table)
{
	struct rescue r = {.old = old, .db = db, .table = table};
	const char *columns = table->columns;

	r.up = prepare_walk(&r, columns, "ASC");
	if (r.up == NULL && table->before != NULL) {
		columns = table->before;
		r.up = prepare_walk(&r, columns, "ASC");
	}
	if (r.up == NULL)
		return 0;
	r.down = prepare_walk(&r, columns, "DESC");
	r.insert = prepare(db, table->insert);
	r.jail = prepare(db, "INSERT OR IGNORE INTO jails(name, enabled) VALUES(?1, 0)");
	/* Rows of ours have numbers from 1 on. */
	rescue_range(&r, 0, INT64_MAX);
	(void)sqlite3_finalize(r.up);
	(void)sqlite3_finalize(r.down);
	(void)sqlite3_finalize(r.insert);
	(void)sqlite3_finalize(r.jail);
	return r.rescued;
}

static void
tell(struct buf *out, const char *name, size_t rescued, int64_t there)
{
	buf_printf(out, "%s%zu", out->n > 0 ? ", " : "", rescued);
	if (there >= 0)
		buf_printf(out, " of %" PRId64, there);
	else
		buf_add_cstr(out, " of an unknown number");
	buf_printf(out, " rows of %s", name);
}

void
salvage(sqlite3 *db, const char *damaged, struct buf *out)
{
	size_t n = sizeof(tables) / sizeof(tables[0]), rescued[sizeof(tables) / sizeof(tables[0])];
	sqlite3 *old = NULL;

	/* To be written, as its journal may have to be played into it first. */
	(void)sqlite3_open_v2(damaged, &old, SQLITE_OPEN_READWRITE, NULL);
	(void)sqlite3_db_config(old, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_exec(old, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL);
	(void)sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		rescued[i] = rescue_table(old, db, &tables[i]);
	(void)sqlite3_exec(db, latest_anew, NULL, NULL, NULL);
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		buf_printf(out, "nothing, as that cannot be written: %s", sqlite3_errmsg(db));
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		tell(out, tables[i].name, rescued[i], number(old, tables[i].count));
	(void)sqlite3_close(old);
}
