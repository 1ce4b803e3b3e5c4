#include "store/database.h"

#include "store/cleanmark.h"
#include "store/salvage.h"
#include "store/schema.h"
#include "util/escape.h"
#include "util/folder.h"
#include "util/time.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

int
database_fail(const struct database *f, struct diag *d, int error, const char *doing)
{
	const char *why = f->db != NULL ? sqlite3_errmsg(f->db) : "out of memory";
	struct buf path;

	if (error == -ENOENT && f->db != NULL && sqlite3_system_errno(f->db) != 0) {
		error = -sqlite3_system_errno(f->db);
		why = strerror(-error);
	}
	if (error == -EROFS && f->db != NULL && sqlite3_extended_errcode(f->db) == SQLITE_READONLY_DBMOVED) {
		error = -ESTALE;
		why = "the file was moved or deleted";
	}
	buf_init(&path, 4 * PATH_MAX);
	escape_format(&path, slice_upto(slice_cstr(f->path), 1000));
	(void)diag_fail(
	    d, error, (struct place){0}, "database %s: %s: %s", buf_cstr(&path), doing, why);
	buf_done(&path);
	return error;
}

void
database_bind_text(sqlite3_stmt *st, int i, struct slice text)
{
	/* A pointer of NULL would be SQL's NULL. */
	(void)sqlite3_bind_text64(
	    st, i, text.n > 0 ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

/* A database that this process had open was damaged: from now on, no mark is trusted. */
static bool met_damage;

/*
 * Observed: SQLite logs each damage where it comes upon it, also that which a query then goes on
 * without.
 */
static void
sqlite_says(void *arg, int code, const char *text)
{
	(void)arg, (void)text;
	if (schema_errno(code) == -EUCLEAN || (code & 0xff) == SQLITE_IOERR)
		met_damage = true;
}

/* Its path, as SQLite opened it; NULL if it is in no file, or another file is there now. */
static const char *
own_file(const struct database *f)
{
	const char *path = sqlite3_db_filename(f->db, "main");
	int moved = 0;

	(void)sqlite3_file_control(f->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return path != NULL && path[0] != '\0' && moved == 0 ? path : NULL;
}

/* When it was changed last; 0 where that is not known. */
static struct timespec
changed_at(const struct database *f)
{
	const char *path = own_file(f);
	struct stat st;

	return path != NULL && stat(path, &st) == 0 ? st.st_mtim : (struct timespec){0};
}

void
database_begun(struct database *f)
{
	struct timespec t = changed_at(f);

	if (t.tv_sec != f->changed.tv_sec || t.tv_nsec != f->changed.tv_nsec)
		f->sound = false;
}

void
database_written(struct database *f)
{
	f->changed = changed_at(f);
}

void
database_mark_sound(struct database *f)
{
	const char *path;

	/* With the lock, no other process is writing; one that is has it for itself. */
	(void)sqlite3_busy_timeout(f->db, 0);
	if (sqlite3_exec(f->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return;
	database_begun(f);
	path = own_file(f);
	if (f->sound && !met_damage && path != NULL)
		cleanmark_set(path);
	(void)sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
}

void
database_close(struct database *f)
{
	(void)sqlite3_close(f->db);
	f->db = NULL;
}

/* PATH.YYYYMMDD-HHMMSS, as fail2ban names what it puts aside. */
static void
dated_name(const struct database *f, char out[PATH_MAX])
{
	struct civil c;

	civil_utc(time_now(), &c);
	(void)snprintf(out, PATH_MAX, "%s.%04d%02d%02d-%02d%02d%02d", f->path, c.year, c.month,
	    c.day, c.hour, c.minute, c.second);
}

/*
 * The journal is a file that is rolled back where we were killed in a commit, and not a log beside
 * the database (WAL): outside tools read ours, also from where they cannot write.
 */
static const char pragmas[] = "PRAGMA journal_mode = TRUNCATE;"
			      "PRAGMA synchronous = NORMAL;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA cache_size = -2048;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA foreign_keys = ON;";

/*
 * SQLite is used by one thread, the loop's, and nobody asks how much memory it has: without its locks
 * a ban takes a tenth less. This has an effect before the first database is opened.
 */
static void
configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_LOG, sqlite_says, NULL);
}

static int
open_database(struct database *f, struct diag *d)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int code;

	configure();
	folder_make(f->path);
	code = sqlite3_open_v2(f->path, &f->db, flags, NULL);
	if (code == SQLITE_OK) {
		(void)sqlite3_busy_timeout(f->db, (int)(f->patience.us / US_PER_MS));
		(void)sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		code = sqlite3_exec(f->db, pragmas, NULL, NULL, NULL);
	}
	if (code != SQLITE_OK)
		return database_fail(f, d, schema_errno(code), "cannot be opened");
	return 0;
}

/*
 * A copy of the database as it is, before it is changed. None is left where that fails: it is tried
 * again and again, and the disk may be full.
 */
static int
keep_copy(struct database *f, char name[PATH_MAX], struct diag *d)
{
	sqlite3_stmt *st = NULL;
	bool there;

	dated_name(f, name);
	there = access(name, F_OK) == 0;
	(void)sqlite3_prepare_v2(f->db, "VACUUM INTO ?1", -1, &st, NULL);
	database_bind_text(st, 1, slice_cstr(name));
	if (sqlite3_step(st) != SQLITE_DONE) {
		(void)sqlite3_finalize(st);
		if (!there)
			(void)unlink(name);
		return database_fail(f, d, -EIO, "cannot be copied before its upgrade");
	}
	(void)sqlite3_finalize(st);
	return 0;
}

/* Brings the tables up to date. Returns the version found, 0 for a new database. */
static int
prepare_schema(struct database *f, struct diag *d)
{
	int version = schema_version(f->db), r;
	bool old = version > 0 && version < SCHEMA_VERSION;
	char copy[PATH_MAX];

	if (version < 0)
		return database_fail(f, d, version, "cannot be read");
	if (sqlite3_db_readonly(f->db, "main") == 1)
		return diag_fail(d, -EROFS, (struct place){0},
		    "database %s: may only be read; make it and its folder writable", f->path);
	if (version > SCHEMA_VERSION)
		return diag_fail(d, -EPROTONOSUPPORT, (struct place){0},
		    "database %s: has version %d, and this program knows %d; move it away or use "
		    "the program that made it",
		    f->path, version, SCHEMA_VERSION);
	if (old) {
		r = keep_copy(f, copy, d);
		if (r < 0)
			return r;
	}
	r = schema_upgrade(f->db, version);
	if (r < 0) {
		/* It is as it was. */
		if (old)
			(void)unlink(copy);
		return database_fail(f, d, r, "its tables cannot be made");
	}
	if (old)
		(void)diag_fail(d, 0, (struct place){0}, "Database updated from '%d' to '%d'",
		    version, SCHEMA_VERSION);
	return version;
}

/* Damage that shows at once, rather than in the middle of a restore. */
static int
check(struct database *f, struct diag *d)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(f->db, "PRAGMA quick_check(1)", -1, &st, NULL);
	bool sound;

	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	sound = code == SQLITE_ROW &&
		slice_eq(slice_cstr((const char *)sqlite3_column_text(st, 0)), SLICE("ok"));
	(void)sqlite3_finalize(st);
	if (sound)
		return 0;
	if (schema_errno(code) == -EBUSY)
		return database_fail(f, d, -EBUSY, "cannot be read");
	return database_fail(f, d, -EUCLEAN, "is damaged");
}

static int
open_checked(struct database *f, struct diag *d)
{
	int r = open_database(f, d);

	f->sound = false;
	if (r == 0 && f->check) {
		const char *path = own_file(f);

		/* What was left in a journal has been played back by now, which takes the mark away. */
		if (path == NULL || !cleanmark_take(path) || met_damage)
			r = check(f, d);
		f->sound = r == 0;
	}
	if (r == 0)
		r = prepare_schema(f, d);
	if (r >= 0)
		database_written(f);
	return r;
}

/* The journal goes with its database: it must not be played into the new one. */
static void
move_journal(const struct database *f, const char *aside, const char *kind)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 16];

	(void)snprintf(from, sizeof(from), "%s-%s", f->path, kind);
	(void)snprintf(to, sizeof(to), "%s-%s", aside, kind);
	/* Usually there is none. */
	(void)rename(from, to);
}

static int
replace_damaged(struct database *f, struct diag *d)
{
	char aside[PATH_MAX], why[256];
	struct buf rescued;
	int r;

	(void)snprintf(why, sizeof(why), "%s", sqlite3_errmsg(f->db));
	database_close(f);
	dated_name(f, aside);
	if (rename(f->path, aside) < 0)
		return diag_fail(d, -errno, (struct place){0},
		    "database %s: is damaged (%s), and cannot be moved to %s: %s", f->path, why,
		    aside, strerror(errno));
	move_journal(f, aside, "journal");
	move_journal(f, aside, "wal");
	f->check = false; /* it is new */
	r = open_checked(f, d);
	if (r < 0)
		return r;
	buf_init(&rescued, 1000);
	salvage(f->db, aside, &rescued);
	(void)diag_fail(d, 0, (struct place){0},
	    "database %s: is damaged; moved to %s; rescued into a new one: %s", f->path, aside,
	    buf_cstr(&rescued));
	buf_done(&rescued);
	return 0;
}

int
database_open(struct database *f, struct diag *d)
{
	int r = open_checked(f, d);

	return r == -EUCLEAN ? replace_damaged(f, d) : r;
}
