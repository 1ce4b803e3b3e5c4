/* A database that was closed in good order is not looked through; any other is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "store/cleanmark.h"
#include "store/store.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INSTANT_S(1000000)
#define BANS 3000

static char folder[] = "/tmp/f2b-cleanmark-XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/db.sqlite3", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return scratch_remove(folder);
}

static int
clear(void **state)
{
	(void)state;
	return scratch_clear(folder);
}

/* As the server does at its start. */
static struct store *
open_store(struct diag *d)
{
	struct store *s;

	diag_init(d);
	assert_int_equal(store_open(&s, slice_cstr(path), SPAN_MS(100), true, NULL, d), 0);
	return s;
}

static void
add_bans(struct store *s, int n)
{
	char id[32];

	store_add_jail(s, SLICE("j"));
	for (int i = 0; i < n; i++) {
		struct ticket *t;

		(void)snprintf(id, sizeof(id), "10.0.%d.%d", i >> 8, i & 255);
		t = ticket_new(slice_cstr(id), slice_cstr(id), INSTANT_S(999000));
		store_add_ban(s, SLICE("j"), t, 3600);
		ticket_unref(t);
	}
}

/* A database that was closed in good order. */
static void
make(int bans)
{
	struct diag d;
	struct store *s = open_store(&d);

	add_bans(s, bans);
	assert_int_equal(store_close(s, &d), 0);
	assert_true(cleanmark_is_set(path));
}

static void
overwrite(off_t at, size_t n)
{
	char bytes[4096];
	int fd = open(path, O_WRONLY);

	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(pwrite(fd, bytes, n, at), n);
	(void)close(fd);
}

static void
good_end_is_marked(void **state)
{
	struct stat before, after;
	struct diag d;
	struct store *s;

	(void)state;
	s = open_store(&d);
	assert_false(cleanmark_is_set(path));
	add_bans(s, 1);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(store_close(s, &d), 0);
	assert_true(cleanmark_is_set(path));
	assert_int_equal(stat(path, &after), 0);
	assert_in_range(after.st_mtim.tv_sec, before.st_mtim.tv_sec, before.st_mtim.tv_sec + 10);
	/* No earlier than what it was. */
	for (long ns = 0; ns < 1000000000; ns += 99999999) {
		const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000, .tv_nsec = ns}};

		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
		cleanmark_set(path);
		assert_true(cleanmark_is_set(path));
		assert_int_equal(stat(path, &after), 0);
		assert_in_range((after.st_mtim.tv_sec - 1000) * 1000000000 + after.st_mtim.tv_nsec - ns, 0, 999999999);
	}
	/* And again. */
	assert_int_equal(store_close(open_store(&d), &d), 0);
	assert_true(cleanmark_is_set(path));
}

static void
whoever_writes_takes_the_mark_away(void **state)
{
	sqlite3 *db;

	(void)state;
	make(1);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT * FROM bips", NULL, NULL, NULL), SQLITE_OK);
	assert_true(cleanmark_is_set(path));
	assert_int_equal(sqlite3_exec(db, "UPDATE jails SET enabled = 2", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	assert_false(cleanmark_is_set(path));
	make(1);
	overwrite(100, 1);
	assert_false(cleanmark_is_set(path));
	assert_int_equal(unlink(path), 0);
	make(1);
	assert_int_equal(truncate(path, 8192), 0);
	assert_false(cleanmark_is_set(path));
	assert_int_equal(unlink(path), 0);
	assert_false(cleanmark_is_set(path));
}

/* Written to by something that takes no locks, before the last transaction or after it. */
static void
none_is_left_after_somebody_elses_change(void **state)
{
	struct diag d;

	(void)state;
	for (int bans = 0; bans < 2; bans++) {
		struct store *s;

		make(1);
		s = open_store(&d);
		assert_false(cleanmark_is_set(path));
		assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
		add_bans(s, bans);
		assert_int_equal(store_close(s, &d), 0);
		assert_false(cleanmark_is_set(path));
	}
}

static void
only_the_file_that_was_open_is_marked(void **state)
{
	char other[80];
	struct diag d;
	struct store *s;

	(void)state;
	make(1);
	(void)snprintf(other, sizeof(other), "%s.other", path);
	s = open_store(&d);
	assert_int_equal(rename(path, other), 0);
	scratch_put(folder, "db.sqlite3", "another");
	assert_int_equal(store_close(s, &d), 0);
	assert_false(cleanmark_is_set(path));
	assert_false(cleanmark_is_set(other));
}

static void
file_that_was_not_looked_through_gets_none(void **state)
{
	struct diag d;
	struct store *s;

	(void)state;
	make(1);
	for (int check = 0; check < 2; check++) {
		assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
		diag_init(&d);
		assert_int_equal(store_open(&s, slice_cstr(path), SPAN_MS(100), check > 0, NULL, &d), 0);
		add_bans(s, 1);
		assert_int_equal(store_close(s, &d), 0);
		assert_int_equal(cleanmark_is_set(path), check > 0);
	}
}

static void
process_that_is_killed_leaves_none(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	make(1);
	pid = fork();
	if (pid == 0) {
		struct diag d;
		struct store *s = open_store(&d);

		add_bans(s, 2);
		_exit(store_commit(s, &d));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(cleanmark_is_set(path));
}

static void
none_is_left_while_somebody_else_writes(void **state)
{
	struct diag d;
	struct store *s;
	sqlite3 *db;

	(void)state;
	make(1);
	s = open_store(&d);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE jails SET enabled = 0; BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_close(s, &d), 0);
	assert_false(cleanmark_is_set(path));
	(void)sqlite3_close(db);
}

static void
count_ban(void *arg, struct ticket *t)
{
	(void)t;
	++*(int *)arg;
}

static int
restore(struct store *s, int *count)
{
	struct diag d;

	*count = 0;
	diag_init(&d);
	return store_each_ban(s, SLICE("j"), NOW, INSTANT_S(0), count_ban, count, &d);
}

/* A page in the middle of the table of the bans that run. */
static int64_t
page_of_bans(void)
{
	sqlite3_stmt *st;
	int64_t page;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT pageno FROM dbstat WHERE name = 'bips' AND "
	    "pagetype = 'leaf' LIMIT 1 OFFSET 10", -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	page = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	return page;
}

/*
 * A disk that forgets shows only when the page is read. From then on the mark is worth nothing: the file
 * is looked through and replaced, although nobody has written to it. It has to come last, for this process
 * leaves no marks after it.
 */
static void
damage_behind_the_mark_shows_at_work(void **state)
{
	struct diag d;
	struct store *s;
	int count;

	(void)state;
	make(BANS);
	overwrite((page_of_bans() - 1) * 4096, 4096);
	cleanmark_set(path);
	s = open_store(&d);
	assert_false(d.set);
	assert_int_equal(restore(s, &count), -EUCLEAN);
	diag_init(&d);
	assert_int_equal(store_renew(s, &d), 0);
	assert_non_null(strstr(d.text, "is damaged"));
	assert_int_equal(restore(s, &count), 0);
	assert_int_equal(count, BANS);
	assert_int_equal(store_close(s, &d), 0);
	assert_false(cleanmark_is_set(path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clear, NULL)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(good_end_is_marked),
	    TEST(whoever_writes_takes_the_mark_away),
	    TEST(none_is_left_after_somebody_elses_change),
	    TEST(only_the_file_that_was_open_is_marked),
	    TEST(file_that_was_not_looked_through_gets_none),
	    TEST(process_that_is_killed_leaves_none),
	    TEST(none_is_left_while_somebody_else_writes),
	    TEST(damage_behind_the_mark_shows_at_work),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
