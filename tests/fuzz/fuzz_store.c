/*
 * A database that somebody else wrote, or that is damaged. The input is lines: "0" to "4" is the version that
 * is claimed; "b", "i", "j" and "l" are rows of bans, bips, jails and logs, with fields parted by tabs, each of
 * which is a letter for its kind (i, r, t, b, n) and a value; "x OFFSET BYTES" writes into the file itself.
 * Claims: it opens, perhaps as a new one, or says why not; what is read of it is within limits; a ban that is
 * added then can be read again; and it is sound once it was closed.
 */
#include "store/database.h"
#include "store/row.h"
#include "store/schema.h"
#include "store/store.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW INSTANT_S(1000000)
#define WRITES_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* These stand in for the C library's own: no crash is to be survived, and a disk takes long. */

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static char folder[] = "/tmp/f2b-fuzz-XXXXXX";

static void
bind_field(sqlite3_stmt *st, int i, struct slice field)
{
	struct slice value = slice_from(field, 1);
	int64_t number = 0;
	char text[64];

	(void)snprintf(text, sizeof(text), "%.*s", (int)(value.n < 63 ? value.n : 63), value.p);
	switch (field.n > 0 ? field.p[0] : 'n') {
	case 'i':
		(void)slice_i64(value, INT64_MIN, INT64_MAX, &number);
		(void)sqlite3_bind_int64(st, i, number);
		break;
	case 'r':
		(void)sqlite3_bind_double(st, i, strtod(text, NULL));
		break;
	case 't':
		(void)sqlite3_bind_text64(st, i, value.p, value.n, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	case 'b':
		(void)sqlite3_bind_blob64(st, i, value.p, value.n, SQLITE_TRANSIENT);
		break;
	default:
		break;
	}
}

/* Takes what fits; the rest is refused by the database itself. */
static void
add_row(sqlite3 *db, char kind, struct slice fields)
{
	static const char *const inserts[] = {
	    "bINSERT INTO bans VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	    "iINSERT INTO bips VALUES(?2, ?1, ?3, ?4, ?5, ?6)",
	    "jINSERT INTO jails VALUES(?1, ?2)", "lINSERT INTO logs VALUES(?1, ?2, ?3, ?4)"};
	sqlite3_stmt *st = NULL;
	struct slice field;

	for (size_t i = 0; i < sizeof(inserts) / sizeof(inserts[0]); i++)
		if (inserts[i][0] == kind)
			(void)sqlite3_prepare_v2(db, inserts[i] + 1, -1, &st, NULL);
	for (int i = 1; st != NULL && slice_next(&fields, '\t', &field); i++)
		bind_field(st, i, field);
	if (st != NULL)
		(void)sqlite3_step(st);
	(void)sqlite3_finalize(st);
}

static void
write_rows(const char *path, struct slice lines)
{
	struct database f = {.path = (char *)(uintptr_t)path};
	struct slice line;

	if (database_open(&f, NULL) < 0)
		abort();
	(void)sqlite3_exec(f.db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
	while (slice_next(&lines, '\n', &line)) {
		char sql[60];

		if (line.n == 1 && char_digit(line.p[0])) {
			(void)snprintf(sql, sizeof(sql), "UPDATE fail2banDb SET version = %c", line.p[0]);
			(void)sqlite3_exec(f.db, sql, NULL, NULL, NULL);
		} else if (line.n > 1) {
			add_row(f.db, line.p[0], slice_from(line, 2));
		}
	}
	(void)sqlite3_exec(f.db, "COMMIT", NULL, NULL, NULL);
	database_close(&f);
}

static void
damage(const char *path, struct slice lines)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct slice line, offset;
	uint64_t at;

	for (int i = 0; i < WRITES_MAX && slice_next(&lines, '\n', &line);) {
		if (!slice_starts(line, SLICE("x ")))
			continue;
		line = slice_from(line, 2);
		if (slice_next(&line, ' ', &offset) && slice_u64(offset, 100000, &at) == 0)
			assert(pwrite(fd, line.p, line.n, (off_t)at) == (ssize_t)line.n);
		i++;
	}
	(void)close(fd);
}

static void
take(void *arg, struct ticket *t)
{
	*(bool *)arg = *(bool *)arg || slice_eq(ticket_id(t), SLICE("192.0.2.200"));
	assert(ticket_id(t).n <= ROW_ID_MAX && t->restored);
	assert(!t->has_bantime || t->bantime_s >= -1);
}

static void
read_all(struct store *s, bool *ours)
{
	static const char *const ids[] = {"192.0.2.1", "user"};
	struct file_position pos;
	struct store_history h;
	struct buf matches;
	unsigned failures;
	struct diag d;

	*ours = false;
	diag_init(&d);
	(void)store_jail_left(s, SLICE("j"));
	(void)store_get_position(s, SLICE("j"), SLICE("/log"), &pos);
	(void)store_each_ban(s, SLICE("j"), NOW, INSTANT_S(0), take, ours, &d);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		buf_init(&matches, (size_t)4 * 1024 * 1024);
		(void)store_history(s, SLICE_EMPTY, slice_cstr(ids[i]), &h);
		(void)store_history(s, SLICE("j"), slice_cstr(ids[i]), &h);
		(void)store_merged(
		    s, SLICE("j"), slice_cstr(ids[i]), SLICE_EMPTY, NULL, &matches, &failures);
		buf_done(&matches);
	}
}

static void
use(const char *path)
{
	struct ticket *t;
	struct store *s;
	struct diag d;
	bool ours;

	diag_init(&d);
	if (store_open(&s, slice_cstr(path), SPAN_MS(0), true, NULL, &d) < 0) {
		assert(d.text[0] != '\0');
		return;
	}
	read_all(s, &ours);
	t = ticket_new(SLICE("192.0.2.200"), SLICE("192.0.2.200"), NOW);
	store_add_jail(s, SLICE("j"));
	store_add_ban(s, SLICE("j"), t, 600);
	ticket_unref(t);
	assert(store_commit(s, &d) >= 0);
	read_all(s, &ours);
	assert(ours);
	while (store_purge(s, INSTANT_S(2000000), SPAN_S(86400)))
		;
	(void)store_close(s, &d);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type;
	return at->level > 0 ? unlink(path) : 0;
}

static void
end(void)
{
	(void)rmdir(folder);
}

static void
begin(void)
{
	static bool begun;

	if (begun)
		return;
	begun = true;
	if (mkdtemp(folder) == NULL)
		abort();
	(void)atexit(end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice lines = slice_of((const char *)data, size);
	char path[64];

	if (size > 20000)
		return 0;
	begin();
	(void)snprintf(path, sizeof(path), "%s/db.sqlite3", folder);
	write_rows(path, lines);
	damage(path, lines);
	use(path);
	(void)nftw(folder, remove_one, 4, FTW_PHYS);
	return 0;
}
