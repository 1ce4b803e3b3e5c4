/* The database: what is entered comes back, also from files that others made or broke. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "store/store_state.h"
#include "util/mem.h"
#include "tests/unit/full_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INSTANT_S(1000000)

struct world {
	char folder[64];
	char path[128];
	struct store *store;
	struct diag d;
	struct buf got;	/* bans restored, "id bantime bancount failures|match|..." each in a line */
	size_t count;
};

static void
open_store(struct world *w)
{
	diag_init(&w->d);
	assert_int_equal(store_open(&w->store, slice_cstr(w->path), SPAN_MS(5000), true, NULL, &w->d), 0);
}

static void
reopen(struct world *w)
{
	(void)store_close(w->store, NULL);
	w->store = NULL;
	open_store(w);
}

static int
setup(void **state)
{
	struct world *w = MEM_NEW(struct world);

	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/f2b-store-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->path, sizeof(w->path), "%s/db.sqlite3", w->folder);
	buf_init(&w->got, 16 * 1024 * 1024);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	char pattern[128];
	glob_t g;

	(void)store_close(w->store, NULL);
	(void)snprintf(pattern, sizeof(pattern), "%s/*", w->folder);
	if (glob(pattern, 0, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++)
			(void)unlink(g.gl_pathv[i]);
	globfree(&g);
	assert_int_equal(rmdir(w->folder), 0);
	buf_done(&w->got);
	mem_free(w);
	return 0;
}

/* Runs sql with a connection of its own, as an outside tool would. */
static void
outside(struct world *w, const char *sql)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	(void)sqlite3_close(db);
}

static int64_t
outside_number(struct world *w, const char *sql)
{
	sqlite3_stmt *st;
	int64_t number;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	number = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	return number;
}

static void
commit_all(struct world *w)
{
	int r;

	diag_init(&w->d);
	while ((r = store_commit(w->store, &w->d)) > 0)
		continue;
	assert_int_equal(r, 0);
}

/* Of a jail that was added. */
static void
store_ban(struct world *w, const char *jail, const char *id, int64_t when_s, double bantime_s)
{
	struct ticket *t = ticket_new(slice_cstr(id), slice_cstr(id), INSTANT_S(when_s));

	t->failures = 3;
	t->bancount = 1;
	ticket_add_match(t, SLICE("line 1"), 5);
	ticket_add_match(t, SLICE("line 2"), 5);
	store_add_ban(w->store, slice_cstr(jail), t, bantime_s);
	ticket_unref(t);
}

static void
ban(struct world *w, const char *jail, const char *id, int64_t when_s, double bantime_s)
{
	store_add_jail(w->store, slice_cstr(jail));
	store_ban(w, jail, id, when_s, bantime_s);
}

/* Bans of addresses of their own, from that number on. */
static void
ban_many(struct world *w, const char *jail, int from, int n)
{
	char id[32];

	for (int i = from; i < from + n; i++) {
		(void)snprintf(id, sizeof(id), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		store_ban(w, jail, id, 999000, 3600);
	}
}

static void
take(void *arg, struct ticket *t)
{
	struct world *w = arg;

	buf_add(&w->got, ticket_id(t));
	buf_printf(&w->got, " %g %u %u", t->has_bantime ? t->bantime_s : -99, t->bancount,
	    t->failures);
	for (size_t i = 0; i < ticket_match_count(t); i++) {
		buf_add_char(&w->got, '|');
		buf_add(&w->got, ticket_match(t, i));
	}
	buf_add_char(&w->got, '\n');
	assert_true(t->restored);
	w->count++;
}

static int
restore(struct world *w, const char *jail)
{
	buf_clear(&w->got);
	w->count = 0;
	return store_each_ban(
	    w->store, slice_cstr(jail), NOW, INSTANT_S(0), take, w, &w->d);
}

static void
running_and_permanent_bans_come_back(void **state)
{
	struct world *w = *state;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	ban(w, "j", "192.0.2.2", 900000, 3600);
	ban(w, "j", "2001:db8::1", 5, BANTIME_PERMANENT);
	ban(w, "j", "a b", 999001, 1234.5);
	ban(w, "other", "192.0.2.3", 999000, 3600);
	reopen(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_string_equal(buf_cstr(&w->got), "192.0.2.1 3600 1 3|line 1|line 2\n"
	                                       "2001:db8::1 -1 1 3|line 1|line 2\n"
	                                       "a b 1234.5 1 3|line 1|line 2\n");
	buf_clear(&w->got);
	assert_int_equal(
	    store_each_ban(w->store, SLICE("j"), NOW, INSTANT_S(999000), take, w, &w->d), 0);
	assert_string_equal(buf_cstr(&w->got), "a b 1234.5 1 3|line 1|line 2\n");
}

static void
deleted_bans_do_not_come_back(void **state)
{
	struct world *w = *state;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	ban(w, "j", "192.0.2.2", 999000, 3600);
	ban(w, "k", "192.0.2.1", 999000, 3600);
	store_del_ban(w->store, SLICE("j"), SLICE("192.0.2.1"));
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 1);
	/* The empty id is one, too. */
	store_del_ban(w->store, SLICE("j"), SLICE_EMPTY);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 1);
	store_del_bans(w->store, SLICE("j"));
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 0);
	assert_int_equal(restore(w, "k"), 0);
	assert_int_equal(w->count, 1);
}

static void
what_was_committed_survives_a_kill(void **state)
{
	struct world *w = *state;
	pid_t pid = fork();

	if (pid == 0) {
		open_store(w);
		ban(w, "j", "192.0.2.1", 999000, 3600);
		assert_int_equal(store_commit(w->store, &w->d), 0);
		ban(w, "j", "192.0.2.2", 999000, 3600);
		(void)kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	open_store(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_string_equal(buf_cstr(&w->got), "192.0.2.1 3600 1 3|line 1|line 2\n");
}

static void
history_counts_one_jail_or_all(void **state)
{
	struct world *w = *state;
	struct store_history h;

	open_store(w);
	ban(w, "j", "192.0.2.1", 1000, 600);
	ban(w, "k", "192.0.2.1", 2000, 700);
	assert_int_equal(store_history(w->store, SLICE("j"), SLICE("192.0.2.1"), &h), 0);
	assert_int_equal(h.bancount, 1);
	assert_int_equal(h.last.us, INSTANT_S(1000).us);
	assert_int_equal(store_history(w->store, SLICE_EMPTY, SLICE("192.0.2.1"), &h), 0);
	assert_int_equal(h.bancount, 2);
	assert_int_equal(h.last.us, INSTANT_S(2000).us);
	assert_true(h.bantime_s == 1300);
	assert_int_equal(store_history(w->store, SLICE_EMPTY, SLICE("9"), &h), -ENOENT);
	assert_int_equal(store_history(w->store, SLICE("x"), SLICE("192.0.2.1"), &h), -ENOENT);
}

static void
merged_matches_are_the_newest_in_order(void **state)
{
	struct world *w = *state;
	unsigned failures = 0;
	struct ticket *own;
	struct buf lines;

	open_store(w);
	ban(w, "j", "192.0.2.1", 1000, 600);
	ban(w, "k", "192.0.2.1", 3000, 600);
	ban(w, "j", "192.0.2.1", 2000, 600);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	outside(w, "UPDATE bans SET data = '{\"matches\": [\"a\", \"b\"], \"failures\": 5}' "
	           "WHERE timeofban = 1000;"
	           "UPDATE bans SET data = '{\"matches\": [\"e\"], \"failures\": 7}' "
	           "WHERE timeofban = 3000");
	buf_init(&lines, 10000);
	assert_int_equal(
	    store_merged(w->store, SLICE_EMPTY, SLICE("192.0.2.1"), SLICE_EMPTY, NULL,
	                     &lines, &failures), 0);
	assert_string_equal(buf_cstr(&lines), "a\nb\nline 1\nline 2\ne");
	assert_int_equal(failures, 15);
	buf_clear(&lines);
	store_set_maxmatches(w->store, 4);
	assert_int_equal(
	    store_merged(w->store, SLICE_EMPTY, SLICE("192.0.2.1"), SLICE_EMPTY, NULL,
	                     &lines, &failures), 0);
	assert_string_equal(buf_cstr(&lines), "b\nline 1\nline 2\ne");
	buf_clear(&lines);
	assert_int_equal(store_merged(w->store, SLICE("k"), SLICE("192.0.2.1"), SLICE_EMPTY, NULL,
	                     &lines, &failures), 0);
	assert_string_equal(buf_cstr(&lines), "e");
	assert_int_equal(failures, 7);
	buf_clear(&lines);
	/* The ban that asks counts as it is, stored or not. */
	own = ticket_new(SLICE("192.0.2.1"), SLICE("192.0.2.1"), INSTANT_S(3000));
	own->failures = 2;
	ticket_add_match(own, SLICE("f"), 10);
	assert_int_equal(store_merged(w->store, SLICE_EMPTY, SLICE("192.0.2.1"), SLICE("k"), own, &lines,
	                     &failures), 0);
	assert_string_equal(buf_cstr(&lines), "b\nline 1\nline 2\nf");
	assert_int_equal(failures, 10);
	assert_int_equal(store_merged(w->store, SLICE("k"), SLICE("192.0.2.1"), SLICE("k"), own, &lines,
	                     &failures), -ENOENT);
	ticket_unref(own);
	assert_int_equal(
	    store_merged(w->store, SLICE("k"), SLICE("x"), SLICE_EMPTY, NULL, &lines, &failures), -ENOENT);
	buf_done(&lines);
}

static void
positions_are_kept_by_jail_and_path(void **state)
{
	struct world *w = *state;
	struct file_position pos = {"6fcf9dfbd479ed82697fee719b9f8c610a11ff2a", 77}, got;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	assert_int_equal(store_get_position(w->store, SLICE("j"), SLICE("/l"), &got), -ENOENT);
	store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	pos.offset = 78;
	store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	reopen(w);
	assert_int_equal(store_get_position(w->store, SLICE("j"), SLICE("/l"), &got), 0);
	assert_string_equal(got.first_line_hash, pos.first_line_hash);
	assert_int_equal(got.offset, 78);
	outside(w, "UPDATE logs SET firstlinemd5 = zeroblob(100000), lastfilepos = -1");
	assert_int_equal(store_get_position(w->store, SLICE("j"), SLICE("/l"), &got), 0);
	assert_string_equal(got.first_line_hash, "");
	assert_int_equal(got.offset, 0);
	/* A jail that was never entered has no positions. */
	/* Of a jail that nobody added: given up, and told of. */
	store_set_position(w->store, SLICE("x"), SLICE("/l"), &pos);
	diag_init(&w->d);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	assert_non_null(strstr(w->d.text, "1 changes could not be stored"));
}

static void
id_as_long_as_a_line_comes_back(void **state)
{
	static char id[65536 + 1];
	struct world *w = *state;

	memset(id, 'x', sizeof(id) - 1);
	open_store(w);
	ban(w, "j", id, 999000, 3600);
	reopen(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 1);
	assert_true(slice_starts(buf_slice(&w->got), slice_cstr(id)));
}

static void
hostile_rows_are_skipped_and_counted(void **state)
{
	struct world *w = *state;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	outside(w, "INSERT INTO bips VALUES('x1', 'j', 'soon', -1, 1, '{}');"
	           "INSERT INTO bips VALUES('x2', 'j', 9e99, -1, 1, '{}');"
	           "INSERT INTO bips VALUES('x3', 'j', 999999, 9e999, 1, '{}');"
	           "INSERT INTO bips VALUES('x4', 'j', 999999, -3, 1, '{}');"
	           "INSERT INTO bips VALUES('x5', 'j', 999999, -1, 'many', '{}');"
	           "INSERT INTO bips VALUES('x6', 'j', 999999, -1, -1, '{}');"
	           "INSERT INTO bips VALUES(zeroblob(9), 'j', 999999, -1, 1, '{}');"
	           "INSERT INTO bips VALUES('', 'j', 999999, -1, 1, '{}');"
	           "INSERT INTO bips VALUES(printf('%.*c', 5000000, 'x'), 'j', 999999, -1, 1, '{}');"
	           "INSERT INTO bips VALUES('good1', 'j', 999999, -1, 1, zeroblob(50000000));"
	           "INSERT INTO bips VALUES('good2', 'j', 999999, 60.5, 1, NULL);"
	           "INSERT INTO bips VALUES('good3', 'j', 999999, -2, 1, 77);"
	           "INSERT INTO bips VALUES('no' || char(0) || 'l', 'j', 999999, 60, 1, '{');");
	assert_int_equal(restore(w, "j"), 9);
	assert_int_equal(w->count, 5);
	assert_true(w->d.set);
	assert_non_null(strstr(buf_cstr(&w->got), "good1 -1 1 0\n"));
	assert_non_null(strstr(buf_cstr(&w->got), "good2 60.5 1 0\n"));
	assert_non_null(strstr(buf_cstr(&w->got), "good3 -99 1 0\n"));
}

static void
damaged_file_is_put_aside_and_what_is_readable_kept(void **state)
{
	struct world *w = *state;
	char pattern[200], page[4096];
	struct stat st;
	glob_t g;
	int fd;

	open_store(w);
	for (int i = 0; i < 3000; i++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "192.0.%d.%d", i / 256, i % 256);
		ban(w, "j", id, 999000, 3600);
	}
	(void)store_close(w->store, NULL);
	w->store = NULL;
	/* The last page belongs to one of the indices or tables; which does not matter. */
	assert_int_equal(stat(w->path, &st), 0);
	memset(page, 0x5a, sizeof(page));
	fd = open(w->path, O_WRONLY);
	assert_int_equal(pwrite(fd, page, sizeof(page), st.st_size - 4096), 4096);
	(void)close(fd);
	open_store(w);
	assert_true(w->d.set);
	assert_non_null(strstr(w->d.text, "damaged"));
	(void)snprintf(pattern, sizeof(pattern), "%s.2*", w->path);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	globfree(&g);
	/* One page was lost of two tables that hold the same bans. */
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 3000);
	ban(w, "j", "198.51.100.1", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), 0);
}

/* A page of rows of a table or index, by its place in the order of rows. */
static int64_t
page_of(struct world *w, const char *name, int nth, int *rows)
{
	char sql[200];
	int64_t page;

	(void)snprintf(sql, sizeof(sql),
	    "SELECT pageno FROM dbstat WHERE name = '%s' AND pagetype = 'leaf' LIMIT 1 OFFSET %d", name, nth);
	page = outside_number(w, sql);
	(void)snprintf(sql, sizeof(sql), "SELECT ncell FROM dbstat WHERE pageno = %lld", (long long)page);
	*rows = (int)outside_number(w, sql);
	return page;
}

/* Overwrites it. */
static void
damage(struct world *w, int64_t page)
{
	char bytes[4096];
	int fd = open(w->path, O_WRONLY);

	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), (page - 1) * 4096), 4096);
	(void)close(fd);
}

static void
close_store(struct world *w)
{
	assert_int_equal(store_close(w->store, NULL), 0);
	w->store = NULL;
}

/* Bans of two jails, some of the same addresses, on many pages. */
static void
fill(struct world *w)
{
	struct file_position pos = {"h", 4711};

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	store_add_jail(w->store, SLICE("k"));
	ban_many(w, "j", 0, 3000);
	ban_many(w, "k", 0, 2000);
	store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	close_store(w);
}

/* Rows of a page are lost, and no more; the latest bans are made anew from all bans. */
static void
latest_bans_are_rescued(void **state)
{
	struct world *w = *state;
	struct file_position pos;
	char expected[300];
	int lost;

	fill(w);
	damage(w, page_of(w, "bips", 20, &lost));
	assert_in_range(lost, 2, 200);
	open_store(w);
	(void)snprintf(expected, sizeof(expected),
	    "rescued into a new one: 2 of 2 rows of jails, 5000 of 5000 rows of bans, %d of 5000 rows of "
	    "bips, 1 of 1 rows of logs", 5000 - lost);
	assert_non_null(strstr(w->d.text, expected));
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 3000);
	assert_int_equal(restore(w, "k"), 0);
	assert_int_equal(w->count, 2000);
	assert_int_equal(store_get_position(w->store, SLICE("j"), SLICE("/l"), &pos), 0);
	assert_int_equal(pos.offset, 4711);
}

/* What lies between two damaged pages is rescued too, and an index that is damaged makes no difference. */
static void
rows_between_damaged_pages_are_rescued(void **state)
{
	int64_t pages[4];
	struct world *w = *state;
	char expected[300];
	int lost[4];

	fill(w);
	pages[0] = page_of(w, "bans", 10, &lost[0]);
	pages[1] = page_of(w, "bans", 40, &lost[1]);
	pages[2] = page_of(w, "bans", 41, &lost[2]);
	pages[3] = page_of(w, "bans_ip", 3, &lost[3]);
	for (size_t i = 0; i < 4; i++)
		damage(w, pages[i]);
	open_store(w);
	(void)snprintf(expected, sizeof(expected),
	    "%d of an unknown number rows of bans, 5000 of 5000 rows of bips", 5000 - lost[0] - lost[1] - lost[2]);
	assert_non_null(strstr(w->d.text, expected));
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 5000 - lost[0] - lost[1] - lost[2]);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 3000);
}

/* Damage that shows when the store is at work: what waits goes into the new file. */
static void
damage_that_shows_late_is_mended(void **state)
{
	struct world *w = *state;
	int lost, r;

	fill(w);
	damage(w, page_of(w, "bips", 20, &lost));
	diag_init(&w->d);
	assert_int_equal(store_open(&w->store, slice_cstr(w->path), SPAN_MS(10), false, NULL, &w->d), 0);
	assert_false(w->d.set);
	assert_int_equal(restore(w, "j"), -EUCLEAN);
	store_del_ban(w->store, SLICE("j"), SLICE("10.0.0.1"));
	for (int i = 0; i < 600; i++)
		store_ban(w, "j", "192.0.2.1", 999000 + i, 3600);
	ban_many(w, "j", 2, 2998);
	assert_int_equal(store_commit(w->store, &w->d), 1);
	while ((r = store_commit(w->store, &w->d)) > 0)
		continue;
	assert_int_equal(r, -EUCLEAN);
	diag_init(&w->d);
	assert_int_equal(store_renew(w->store, &w->d), 0);
	assert_non_null(strstr(w->d.text, "rescued into a new one: 2 of 2 rows of jails, 5000 of 5000 rows of bans"));
	commit_all(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 3000);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans WHERE ip = '192.0.2.1'"), 600);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips WHERE ip = '10.0.0.1' AND jail = 'j'"), 0);
	/* A sound one stays as it is. */
	store_ban(w, "j", "192.0.2.2", 999000, 3600);
	diag_init(&w->d);
	assert_int_equal(store_renew(w->store, &w->d), 0);
	assert_false(w->d.set);
	assert_int_equal(store_waiting(w->store), 1);
	commit_all(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 3001);
}

/* The page that leads to all of a table: nothing of it can be found, and that ends. */
static void
table_that_cannot_be_read_at_all_is_given_up(void **state)
{
	struct world *w = *state;

	fill(w);
	damage(w, outside_number(w, "SELECT rootpage FROM sqlite_master WHERE name = 'bans'"));
	open_store(w);
	assert_non_null(strstr(w->d.text, "0 of 5000 rows of bans, 5000 of 5000 rows of bips"));
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 3000);
}

static void
file_of_something_else_is_put_aside(void **state)
{
	struct world *w = *state;
	bool created = false;
	FILE *f = fopen(w->path, "w");

	for (int i = 0; i < 1000; i++)
		(void)fprintf(f, "this is no database, line %d\n", i);
	(void)fclose(f);
	diag_init(&w->d);
	assert_int_equal(store_open(&w->store, slice_cstr(w->path), SPAN_MS(5000), true, &created, &w->d), 0);
	assert_true(created);
	assert_true(w->d.set);
}

static void
newer_database_is_left_alone(void **state)
{
	struct world *w = *state;

	open_store(w);
	(void)store_close(w->store, NULL);
	w->store = NULL;
	outside(w, "UPDATE fail2banDb SET version = 5");
	assert_int_equal(
	    store_open(&w->store, slice_cstr(w->path), SPAN_MS(5000), true, NULL, &w->d), -EPROTONOSUPPORT);
	assert_int_equal(outside_number(w, "SELECT version FROM fail2banDb"), 5);
}

/* fail2ban makes it, too. */
static void
the_last_folder_of_its_path_is_made(void **state)
{
	struct world *w = *state;
	char path[100];
	struct store *s;

	(void)snprintf(path, sizeof(path), "%s/new/db", w->folder);
	assert_int_equal(store_open(&s, slice_cstr(path), SPAN_MS(5000), true, NULL, &w->d), 0);
	(void)store_close(s, NULL);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/new/db-journal", w->folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/new", w->folder);
	assert_int_equal(rmdir(path), 0);
}

static void
places_without_a_database_are_refused(void **state)
{
	struct world *w = *state;
	struct store *s;

	assert_int_equal(store_open(&s, SLICE("/nowhere/at/all/db"), SPAN_MS(5000), true, NULL, &w->d), -ENOENT);
	assert_non_null(strstr(w->d.text, "/nowhere/at/all/db"));
	assert_true(store_open(&s, slice_cstr(w->folder), SPAN_MS(5000), true, NULL, &w->d) < 0);
	assert_int_equal(store_open(&s, SLICE(""), SPAN_MS(5000), true, NULL, &w->d), -EINVAL);
	assert_int_equal(store_open(&s, SLICE("/tmp/a\0b"), SPAN_MS(5000), true, NULL, &w->d), -EINVAL);
}

static void
locked_database_is_reported_and_written_later(void **state)
{
	struct world *w = *state;
	sqlite3 *db;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	/* Somebody reads: the commit waits. */
	ban(w, "j", "192.0.2.2", 999000, 3600);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM bips", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 2);
	/* Somebody writes: what is entered waits. */
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ban(w, "j", "192.0.2.3", 999000, 3600);
	ban(w, "j", "192.0.2.4", 999000, 3600);
	store_del_ban(w->store, SLICE("j"), SLICE("192.0.2.1"));
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	assert_non_null(strstr(w->d.text, "locked"));
	assert_int_equal(store_waiting(w->store), 5);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	assert_int_equal(store_waiting(w->store), 0);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 3);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 3);
	(void)sqlite3_close(db);
}

static void
on_a_full_disk_bans_wait_until_there_is_room(void **state)
{
	struct world *w = *state;
	char id[32];
	int r = 0, n = 0;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	limit_files(80 * 1024);
	for (; n < 2000 && r == 0; n++) {
		(void)snprintf(id, sizeof(id), "id number %d", n);
		ban(w, "j", id, 999000, 3600);
		if (n % 100 == 99)
			r = store_commit(w->store, &w->d);
	}
	assert_true(r < 0);
	assert_true(w->d.set);
	/* Those that come now wait as well, and it fails again and again. */
	ban(w, "j", "192.0.2.9", 999000, 3600);
	assert_true(store_commit(w->store, &w->d) < 0);
	assert_true(store_waiting(w->store) > 0);
	limit_files(RLIM_INFINITY);
	while (store_commit(w->store, &w->d) > 0)
		continue;
	assert_int_equal(store_waiting(w->store), 0);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), n + 2);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), n + 2);
}

/* Another process that writes to the database, or reads it, until the end. */
static sqlite3 *
hold_locked(struct world *w, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void
file_that_was_moved_is_made_anew(void **state)
{
	struct world *w = *state;
	char moved[200];

	(void)snprintf(moved, sizeof(moved), "%s.moved", w->path);
	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	commit_all(w);
	assert_int_equal(rename(w->path, moved), 0);
	ban(w, "j", "192.0.2.2", 999000, 3600);
	store_ban(w, "j", "192.0.2.3", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), -ESTALE);
	assert_non_null(strstr(w->d.text, "moved or deleted"));
	assert_int_equal(store_renew(w->store, &w->d), 0);
	commit_all(w);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 2);
	/* It comes back. */
	assert_int_equal(rename(moved, w->path), 0);
	ban(w, "j", "192.0.2.4", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), -ESTALE);
	assert_int_equal(store_renew(w->store, &w->d), 0);
	commit_all(w);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 2);
}

/* A start with a full disk: nothing can be written, and all that is stored is read. */
static void
bans_come_back_with_a_full_disk(void **state)
{
	struct world *w = *state;
	int r;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	assert_int_equal(store_close(w->store, &w->d), 0);
	w->store = NULL;
	limit_files(0);
	r = store_open(&w->store, slice_cstr(w->path), SPAN_MS(100), true, NULL, &w->d);
	if (r == 0) {
		store_disable_all(w->store);
		store_add_jail(w->store, SLICE("j"));
		r = restore(w, "j");
	}
	limit_files(RLIM_INFINITY);
	assert_int_equal(r, 0);
	assert_string_equal(buf_cstr(&w->got), "192.0.2.1 3600 1 3|line 1|line 2\n");
	commit_all(w);
}

/* A jail that is started again meanwhile has its bans as they are, not as they were. */
static void
bans_are_read_as_they_wait(void **state)
{
	struct world *w = *state;
	sqlite3 *db;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	ban(w, "j", "192.0.2.2", 999000, 3600);
	ban(w, "k", "192.0.2.1", 999000, 3600);
	commit_all(w);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	ban(w, "j", "192.0.2.3", 999000, 3600);
	ban(w, "j", "192.0.2.4", 990000, 3600); /* over */
	ban(w, "k", "192.0.2.9", 999000, 3600);
	ban(w, "j", "192.0.2.2", 999500, -1);
	store_del_ban(w->store, SLICE("j"), SLICE("192.0.2.1"));
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 2);
	assert_non_null(strstr(buf_cstr(&w->got), "192.0.2.2 -1 1 3|line 1|line 2\n"));
	assert_non_null(strstr(buf_cstr(&w->got), "192.0.2.3 3600 1 3|line 1|line 2\n"));
	store_del_bans(w->store, SLICE("j"));
	ban(w, "j", "192.0.2.5", 999000, 3600);
	assert_int_equal(restore(w, "j"), 0);
	assert_string_equal(buf_cstr(&w->got), "192.0.2.5 3600 1 3|line 1|line 2\n");
	assert_int_equal(restore(w, "k"), 0);
	assert_int_equal(w->count, 2);
	(void)sqlite3_close(db);
	commit_all(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_string_equal(buf_cstr(&w->got), "192.0.2.5 3600 1 3|line 1|line 2\n");
}

/* Where the database takes nothing: bans give way, and what else is known does not. */
static void
what_waits_has_a_limit(void **state)
{
	struct world *w = *state;
	struct file_position pos = {"h", 0};
	sqlite3 *db;

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	ban(w, "j", "192.0.2.2", 999000, 3600);
	commit_all(w);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	store_del_ban(w->store, SLICE("j"), SLICE("192.0.2.1"));
	store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	ban_many(w, "j", 0, 100000);
	assert_int_equal(store_lost(w->store), 0);
	ban_many(w, "j", 100000, 500);
	assert_int_equal(store_lost(w->store), 500);
	assert_int_equal(store_waiting(w->store), 100002);
	for (pos.offset = 0; pos.offset < 110000; pos.offset++)
		store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	store_del_ban(w->store, SLICE("j"), SLICE("192.0.2.2"));
	/* Of one address the last ban is known, and takes the place of one that waits. */
	store_ban(w, "j", "10.0.0.7", 999500, 7200);
	store_del_ban(w->store, SLICE("j"), SLICE("10.0.0.8"));
	assert_int_equal(store_waiting(w->store), 100003);
	assert_int_equal(store_lost(w->store), 501);
	assert_false(store_gaps(w->store));
	(void)sqlite3_close(db);
	diag_init(&w->d);
	while (store_commit(w->store, &w->d) > 0)
		continue;
	assert_non_null(strstr(w->d.text, "501 changes could not be stored"));
	assert_true(store_gaps(w->store));
	assert_false(store_gaps(w->store));
	assert_int_equal(outside_number(w, "SELECT lastfilepos FROM logs"), 109999);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips WHERE ip LIKE '192%'"), 0);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 99999);
	assert_int_equal(outside_number(w, "SELECT bantime FROM bips WHERE ip = '10.0.0.7'"), 7200);
}

/* Ends of bans have a limit as well, of their own. */
static void
ends_that_wait_have_a_limit(void **state)
{
	struct world *w = *state;
	sqlite3 *db;
	char id[32];

	open_store(w);
	ban(w, "j", "192.0.2.1", 999000, 3600);
	commit_all(w);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	store_del_ban(w->store, SLICE("j"), SLICE("192.0.2.1"));
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	for (int i = 0; i < 100100; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		store_del_ban(w->store, SLICE("j"), slice_cstr(id));
	}
	assert_int_equal(store_waiting(w->store), 100000);
	assert_int_equal(store_lost(w->store), 101);
	store_ban(w, "j", "192.0.2.2", 999000, 3600);
	assert_int_equal(store_waiting(w->store), 100001);
	(void)sqlite3_close(db);
	commit_all(w);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 1);
	assert_false(store_gaps(w->store));
}

/* At the limit the database is tried once more, before anything is lost. */
static void
what_waits_is_written_when_there_is_no_room(void **state)
{
	struct world *w = *state;
	sqlite3 *db;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	commit_all(w);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	store_ban(w, "j", "192.0.2.1", 999000, 3600);
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	ban_many(w, "j", 0, 99999);
	(void)sqlite3_close(db);
	ban_many(w, "j", 99999, 10000);
	assert_int_equal(store_lost(w->store), 0);
	assert_in_range(store_waiting(w->store), 1, 100000);
	commit_all(w);
	assert_false(w->d.set);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 110000);
}

/* Somebody is banned, and the ban ends, each second for days: of that the last ten are kept. */
static void
one_address_does_not_fill_what_waits(void **state)
{
	struct world *w = *state;
	sqlite3 *db;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	commit_all(w);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	store_ban(w, "j", "192.0.2.2", 999000, 1);
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	for (int i = 0; i < 1000; i++)
		store_ban(w, "j", "192.0.2.1", 900000 + i, 1);
	for (int i = 0; i < 1000; i++) {
		store_add_jail(w->store, SLICE("k"));
		store_del_jail(w->store, SLICE("k"));
	}
	assert_int_equal(store_waiting(w->store), 13);
	(void)sqlite3_close(db);
	commit_all(w);
	assert_int_equal(outside_number(w, "SELECT timeofban FROM bips WHERE ip = '192.0.2.1'"), 900999);
	assert_int_equal(outside_number(w, "SELECT enabled FROM jails WHERE name = 'k'"), 0);
}

/* Lines of many bans that wait are not to fill the memory: the oldest go without. */
static void
what_waits_has_a_limit_in_bytes(void **state)
{
	static char line[60000];
	struct world *w = *state;
	struct ticket *t;
	sqlite3 *db;
	char id[32];

	memset(line, 'x', sizeof(line));
	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	store_ban(w, "j", "192.0.2.1", 999000, 3600);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(id, sizeof(id), "10.0.%d.%d", i / 256, i % 256);
		t = ticket_new(slice_cstr(id), slice_cstr(id), INSTANT_S(999000));
		t->failures = 7;
		t->bancount = 2;
		ticket_add_match(t, slice_of(line, sizeof(line)), 5);
		store_add_ban(w->store, SLICE("j"), t, 3600);
		ticket_unref(t);
	}
	(void)sqlite3_close(db);
	commit_all(w);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips WHERE bancount = 2"), 2000);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips WHERE CAST(data AS TEXT) LIKE '%\"failures\": 7%'"), 2000);
	assert_in_range(outside_number(w, "SELECT sum(length(data)) FROM bips"), 30000000, 68000000);
	assert_in_range(outside_number(w, "SELECT length(data) FROM bips WHERE ip = '10.0.7.207'"), 60000, 61000);
	assert_in_range(outside_number(w, "SELECT length(data) FROM bips WHERE ip = '10.0.0.0'"), 1, 1000);
}

/* While somebody reads, and so holds up a commit, that does not become larger. */
static void
commit_that_is_held_up_takes_no_more(void **state)
{
	struct world *w = *state;
	sqlite3 *db;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	commit_all(w);
	ban_many(w, "j", 0, 10);
	db = hold_locked(w, "BEGIN; SELECT * FROM bips");
	assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
	assert_int_equal(store_waiting(w->store), 0);
	ban_many(w, "j", 10, 600);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
		assert_int_equal(store_waiting(w->store), 600);
	}
	(void)sqlite3_close(db);
	assert_int_equal(store_commit(w->store, &w->d), 1);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 10);
	commit_all(w);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 610);
}

/* SQLite may end a transaction by itself where a question fails: what was entered is so again. */
static void
transaction_that_sqlite_ends_is_entered_again(void **state)
{
	struct world *w = *state;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	commit_all(w);
	for (int again = 0; again < 2; again++) {
		ban_many(w, "j", again * 1000, 600);
		assert_int_equal(store_commit(w->store, &w->d), 1);
		assert_int_equal(sqlite3_exec(w->store->queries.file.db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
		if (again == 1)
			(void)store_purge(w->store, NOW, SPAN_S(86400));
		commit_all(w);
		assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 600 * (again + 1));
	}
}

static void
jails_of_a_process_that_crashed_are_known(void **state)
{
	struct world *w = *state;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	store_add_jail(w->store, SLICE("k"));
	assert_false(store_jail_left(w->store, SLICE("j")));
	store_del_jail(w->store, SLICE("k"));
	reopen(w);
	store_disable_all(w->store);
	store_add_jail(w->store, SLICE("j"));
	assert_true(store_jail_left(w->store, SLICE("j")));
	assert_false(store_jail_left(w->store, SLICE("k")));
	store_del_jail(w->store, SLICE("j"));
	assert_false(store_jail_left(w->store, SLICE("j")));
}

static void
purge_keeps_what_still_matters(void **state)
{
	struct world *w = *state;

	open_store(w);
	ban(w, "old", "192.0.2.1", 1000, 600);
	ban(w, "j", "192.0.2.1", 1000, BANTIME_PERMANENT);
	ban(w, "j", "192.0.2.2", 800000, 60000);
	ban(w, "j", "192.0.2.3", 999000, 600);
	store_disable_all(w->store);
	store_add_jail(w->store, SLICE("empty"));
	commit_all(w);
	while (store_purge(w->store, NOW, SPAN_S(86400)))
		continue;
	assert_int_equal(store_commit(w->store, &w->d), 0);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 1);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 3);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM jails"), 2);
}

/* Each call looks at so many old rows; those that are not old are not looked at. */
static void
purge_goes_in_slices(void **state)
{
	struct world *w = *state;
	char id[32];
	int calls = 1;

	open_store(w);
	for (int i = 0; i < 3500; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		ban(w, "j", id, i % 2 == 0 ? 1000 : 999000, 600);
	}
	commit_all(w);
	while (store_purge(w->store, NOW, SPAN_S(86400))) {
		calls++;
		assert_int_equal(store_commit(w->store, &w->d), 0);
	}
	assert_int_equal(calls, 5);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 1750);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 1750);
	/* And once more from the start. */
	assert_true(store_purge(w->store, NOW, SPAN_S(86400)));
}

static const char version_1[] =
    "CREATE TABLE fail2banDb(version INTEGER); INSERT INTO fail2banDb VALUES(1);"
    "CREATE TABLE jails(name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE logs(jail TEXT NOT NULL, path TEXT, firstlinemd5 TEXT, "
    "lastfilepos INTEGER DEFAULT 0, FOREIGN KEY(jail) REFERENCES jails(name) ON DELETE CASCADE, "
    "UNIQUE(jail, path));"
    "CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, data JSON, "
    "FOREIGN KEY(jail) REFERENCES jails(name));"
    "CREATE INDEX bans_ip ON bans(ip);"
    "INSERT INTO jails VALUES('j', 1);"
    "INSERT INTO logs VALUES('j', '/l', 'h', 5);"
    "INSERT INTO bans VALUES('j', '192.0.2.1', 999000, '{\"failures\": 4}');"
    "INSERT INTO bans VALUES('j', '192.0.2.1', 999500, '{\"failures\": 5}');";

static void
old_database_is_upgraded_and_a_copy_kept(void **state)
{
	struct world *w = *state;
	struct file_position pos;
	char pattern[200];
	glob_t g;

	outside(w, version_1);
	open_store(w);
	assert_string_equal(w->d.text, "Database updated from '1' to '4'");
	assert_int_equal(restore(w, "j"), 0);
	assert_string_equal(buf_cstr(&w->got), "192.0.2.1 -99 1 5\n");
	assert_int_equal(store_get_position(w->store, SLICE("j"), SLICE("/l"), &pos), 0);
	assert_int_equal(pos.offset, 5);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans WHERE bantime = -2"), 2);
	(void)snprintf(pattern, sizeof(pattern), "%s.2*", w->path);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	globfree(&g);
	reopen(w);
	assert_false(w->d.set);
}

/* It is tried again every ten seconds: the copies of all those tries would fill the disk. */
static void
upgrade_that_fails_leaves_no_copy(void **state)
{
	struct world *w = *state;
	char pattern[200];
	sqlite3 *db;
	glob_t g;

	outside(w, version_1);
	(void)snprintf(pattern, sizeof(pattern), "%s.2*", w->path);
	db = hold_locked(w, "BEGIN IMMEDIATE");
	assert_int_equal(
	    store_open(&w->store, slice_cstr(w->path), SPAN_MS(10), false, NULL, &w->d), -EBUSY);
	(void)sqlite3_close(db);
	assert_int_equal(glob(pattern, 0, NULL, &g), GLOB_NOMATCH);
	limit_files(4096);
	assert_true(store_open(&w->store, slice_cstr(w->path), SPAN_MS(10), false, NULL, &w->d) < 0);
	limit_files(RLIM_INFINITY);
	assert_int_equal(glob(pattern, 0, NULL, &g), GLOB_NOMATCH);
	open_store(w);
	assert_string_equal(w->d.text, "Database updated from '1' to '4'");
}

static void
many_bans_are_entered_and_restored(void **state)
{
	struct world *w = *state;

	open_store(w);
	for (int i = 0; i < 20000; i++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		ban(w, "j", id, 999000 + i % 900, 36000);
	}
	commit_all(w);
	assert_int_equal(restore(w, "j"), 0);
	assert_int_equal(w->count, 20000);
}

/* No turn of the loop writes everything, and others see all of a commit or nothing. */
static void
commit_goes_in_parts(void **state)
{
	struct world *w = *state;
	char id[32];
	int calls = 1;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	commit_all(w);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		store_ban(w, "j", id, 999000, 600);
	}
	assert_false(store_writing(w->store));
	for (; store_commit(w->store, &w->d) == 1; calls++) {
		assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 0);
		assert_true(store_writing(w->store));
	}
	assert_int_equal(calls, 4);
	assert_false(store_writing(w->store));
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 2000);
}

/* What comes while a commit is under way belongs to the next one. */
static void
what_comes_during_a_commit_is_not_lost(void **state)
{
	struct world *w = *state;
	char id[32];

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	for (int i = 0; i < 600; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		store_ban(w, "j", id, 999000, 600);
	}
	assert_int_equal(store_commit(w->store, &w->d), 1);
	store_del_ban(w->store, SLICE("j"), SLICE("id 7"));
	store_ban(w, "j", "id 0", 999100, 600);
	assert_int_equal(store_commit(w->store, &w->d), 1);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 600);
	assert_int_equal(store_commit(w->store, &w->d), 0);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bips"), 599);
	assert_int_equal(outside_number(w, "SELECT count(*) FROM bans"), 600);
}

/* A storm is longer than what may wait. */
static void
very_many_changes_do_not_pile_up(void **state)
{
	struct world *w = *state;
	struct file_position pos = {"h", 1};

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	for (pos.offset = 0; pos.offset < 150000; pos.offset++)
		store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	assert_in_range(store_waiting(w->store), 1, 60001);
	commit_all(w);
	assert_false(w->d.set);
	assert_int_equal(outside_number(w, "SELECT lastfilepos FROM logs"), 149999);
}

/* One of many things that may be written: same for the same number. */
static void
random_change(struct world *w, unsigned number)
{
	const char *jail = number % 3 == 0 ? "j" : "k";
	char id[64];

	(void)snprintf(id, sizeof(id), "%.*s%u", (int)(number / 7 % 12), "so many bytes", number / 100 % 9);
	switch (number / 10000 % 10) {
	case 0:
		store_del_bans(w->store, slice_cstr(jail));
		break;
	case 1:
	case 2:
		store_del_ban(w->store, slice_cstr(jail), slice_cstr(id));
		break;
	default:
		store_ban(w, jail, id, 999000 + number / 100000 % 50, 600);
	}
}

/* Everything that is known of bans, in an order of its own. */
static void
all_rows(struct world *w, char out[8192])
{
	sqlite3_stmt *st;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
	    "SELECT group_concat(x, ';') FROM (SELECT jail || ip || timeofban || '/' || "
	    "row_number() OVER (PARTITION BY jail, ip ORDER BY rowid) AS x FROM bans "
	    "UNION ALL SELECT jail || ip || timeofban || '!' FROM bips ORDER BY 1)", -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	(void)snprintf(out, 8192, "%s", (const char *)sqlite3_column_text(st, 0));
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
}

/* Written in groups, changes come to the same as one after another. */
static void
order_within_a_group_makes_no_difference(void **state)
{
	static char grouped[8192], single[8192];
	struct world *w = *state;
	unsigned chance = 4711, start;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	store_add_jail(w->store, SLICE("k"));
	for (int round = 0; round < 30; round++) {
		start = chance;
		for (int way = 0; way < 3; way++) {
			sqlite3 *db = NULL;

			store_del_bans(w->store, SLICE("j"));
			store_del_bans(w->store, SLICE("k"));
			if (way == 2) {
				db = hold_locked(w, "BEGIN IMMEDIATE");
				assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
			}
			chance = start;
			for (int i = 0; i < 40; i++) {
				chance = chance * 1664525 + 1013904223;
				random_change(w, chance >> 8);
				if (way == 1)
					commit_all(w);
			}
			(void)sqlite3_close(db);
			commit_all(w);
			all_rows(w, way == 0 ? grouped : single);
			if (way > 0)
				assert_string_equal(grouped, single);
		}
	}
}

/* All that is known of the ids that random_change() makes. */
static void
all_histories(struct world *w, char *out, size_t size)
{
	static const char *const jails[] = {"j", "k", ""};
	struct store_history h;
	size_t at = 0;
	char id[64];
	int r;

	for (unsigned i = 0; i < 12 * 9; i++)
		for (size_t j = 0; j < 3; j++) {
			(void)snprintf(id, sizeof(id), "%.*s%u", (int)(i % 12), "so many bytes", i / 12);
			h = (struct store_history){0};
			r = store_history(w->store, slice_cstr(jails[j]), slice_cstr(id), &h);
			at += (size_t)snprintf(out + at, size - at, "%d %u %lld %g;", r, h.bancount,
			    (long long)h.last.us, h.bantime_s);
			assert_true(at < size);
		}
}

/* What is known of an address is the same before its changes are written, while they are, and then. */
static void
history_knows_what_waits(void **state)
{
	static char waiting[32768], entering[32768], stored[32768];
	struct world *w = *state;
	unsigned chance = 815;
	size_t waited;
	sqlite3 *db;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	store_add_jail(w->store, SLICE("k"));
	for (int round = 0; round < 40; round++) {
		db = NULL;
		commit_all(w);
		if (round % 4 == 3) {
			db = hold_locked(w, "BEGIN IMMEDIATE");
			store_add_jail(w->store, SLICE("j"));
			assert_int_equal(store_commit(w->store, &w->d), -EBUSY);
		}
		for (int i = 0; i < (round % 4 == 2 ? 600 : 40); i++) {
			chance = chance * 1664525 + 1013904223;
			/* None that lifts all bans of a jail, but sometimes. */
			if ((chance >> 8) / 10000 % 10 != 0 || (round % 8 == 0 && i == 20))
				random_change(w, chance >> 8);
		}
		waited = store_waiting(w->store);
		all_histories(w, waiting, sizeof(waiting));
		if (round % 8 != 0)
			assert_int_equal(store_waiting(w->store), waited);
		(void)sqlite3_close(db);
		(void)store_commit(w->store, &w->d);
		all_histories(w, entering, sizeof(entering));
		commit_all(w);
		all_histories(w, stored, sizeof(stored));
		assert_string_equal(waiting, stored);
		assert_string_equal(entering, stored);
	}
}

/* The same of how far a log was read. */
static void
position_that_waits_is_known(void **state)
{
	struct file_position pos = {"abc", 4711}, got;
	struct world *w = *state;

	open_store(w);
	store_add_jail(w->store, SLICE("j"));
	store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	pos.offset++;
	store_set_position(w->store, SLICE("j"), SLICE("/l"), &pos);
	store_ban(w, "j", "/l", 999000, 600);
	assert_int_equal(store_get_position(w->store, SLICE("k"), SLICE("/l"), &got), -ENOENT);
	assert_int_equal(store_get_position(w->store, SLICE("j"), SLICE("/l"), &got), 0);
	assert_int_equal(got.offset, 4712);
	assert_string_equal(got.first_line_hash, "abc");
	assert_int_equal(store_waiting(w->store), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(running_and_permanent_bans_come_back),
	    TEST(deleted_bans_do_not_come_back),
	    TEST(what_was_committed_survives_a_kill),
	    TEST(history_counts_one_jail_or_all),
	    TEST(merged_matches_are_the_newest_in_order),
	    TEST(positions_are_kept_by_jail_and_path),
	    TEST(id_as_long_as_a_line_comes_back),
	    TEST(hostile_rows_are_skipped_and_counted),
	    TEST(damaged_file_is_put_aside_and_what_is_readable_kept),
	    TEST(latest_bans_are_rescued),
	    TEST(rows_between_damaged_pages_are_rescued),
	    TEST(damage_that_shows_late_is_mended),
	    TEST(table_that_cannot_be_read_at_all_is_given_up),
	    TEST(file_of_something_else_is_put_aside),
	    TEST(newer_database_is_left_alone),
	    TEST(the_last_folder_of_its_path_is_made),
	    TEST(places_without_a_database_are_refused),
	    TEST(locked_database_is_reported_and_written_later),
	    TEST(on_a_full_disk_bans_wait_until_there_is_room),
	    TEST(file_that_was_moved_is_made_anew),
	    TEST(bans_come_back_with_a_full_disk),
	    TEST(bans_are_read_as_they_wait),
	    TEST(what_waits_has_a_limit),
	    TEST(ends_that_wait_have_a_limit),
	    TEST(what_waits_is_written_when_there_is_no_room),
	    TEST(one_address_does_not_fill_what_waits),
	    TEST(what_waits_has_a_limit_in_bytes),
	    TEST(commit_that_is_held_up_takes_no_more),
	    TEST(transaction_that_sqlite_ends_is_entered_again),
	    TEST(jails_of_a_process_that_crashed_are_known),
	    TEST(purge_keeps_what_still_matters),
	    TEST(purge_goes_in_slices),
	    TEST(old_database_is_upgraded_and_a_copy_kept),
	    TEST(upgrade_that_fails_leaves_no_copy),
	    TEST(many_bans_are_entered_and_restored),
	    TEST(commit_goes_in_parts),
	    TEST(what_comes_during_a_commit_is_not_lost),
	    TEST(very_many_changes_do_not_pile_up),
	    TEST(order_within_a_group_makes_no_difference),
	    TEST(history_knows_what_waits),
	    TEST(position_that_waits_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
