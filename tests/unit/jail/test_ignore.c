#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "jail/ignore.h"

static enum ignore_reason
check(struct ignore *ig, const char *text)
{
	static int64_t clock_us = 1;
	struct slice file = SLICE_EMPTY;
	struct addr a;

	assert_int_equal(addr_parse(slice_cstr(text), &a), 0);
	clock_us += 2 * US_PER_S;
	return ignore_check(ig, &a, (struct mono){clock_us}, &file);
}

static void
addresses_networks_and_names(void **state)
{
	struct ignore *ig = ignore_new();
	struct addr resolved;
	struct slice name;

	(void)state;
	assert_int_equal(ignore_add(ig, SLICE("192.0.2.7")), 0);
	assert_int_equal(ignore_add(ig, SLICE("10.1.2.3/8")), 0);
	assert_int_equal(ignore_add(ig, SLICE("2001:DB8::/32")), 0);
	assert_int_equal(ignore_add(ig, SLICE("admin.example")), 0);
	assert_int_equal(ignore_add(ig, SLICE("")), 0);
	assert_int_equal(ignore_add(ig, SLICE("10.0.0.0/255.0.0.0")), -EEXIST);
	assert_int_equal(ignore_add(ig, SLICE("10.0.0.0/255.0.255.0")), -EDOM);
	assert_int_equal(ignore_add(ig, SLICE("203.0.113.9/33")), 0);
	assert_int_equal(check(ig, "203.0.113.9"), IGNORE_IP);
	assert_int_equal(ignore_del(ig, SLICE("203.0.113.9")), 0);

	assert_int_equal(check(ig, "192.0.2.7"), IGNORE_IP);
	assert_int_equal(check(ig, "192.0.2.8"), IGNORE_NOT);
	assert_int_equal(check(ig, "10.200.0.1"), IGNORE_IP);
	assert_int_equal(check(ig, "::ffff:10.200.0.1"), IGNORE_IP);
	assert_int_equal(check(ig, "2001:db8:5::1"), IGNORE_IP);
	assert_int_equal(check(ig, "2001:db9::1"), IGNORE_NOT);

	assert_true(ignore_name(ig, 0, &name));
	assert_true(slice_eq(name, SLICE("admin.example")));
	assert_false(ignore_name(ig, 1, &name));
	assert_int_equal(check(ig, "198.51.100.9"), IGNORE_NOT);
	assert_int_equal(addr_parse(SLICE("198.51.100.9"), &resolved), 0);
	ignore_resolved(ig, SLICE("admin.example"), &resolved, 1);
	assert_int_equal(check(ig, "198.51.100.9"), IGNORE_DNS);

	/* Single addresses come last. */
	assert_int_equal(ignore_count(ig), 4);
	assert_true(slice_eq(ignore_text(ig, 0), SLICE("10.0.0.0/8")));
	assert_true(slice_eq(ignore_text(ig, 3), SLICE("192.0.2.7")));

	assert_int_equal(ignore_del(ig, SLICE("10.0.0.0/8")), 0);
	assert_int_equal(ignore_del(ig, SLICE("10.0.0.0/8")), -ENOENT);
	assert_int_equal(check(ig, "10.200.0.1"), IGNORE_NOT);
	ignore_free(ig);
}

static void
own_addresses_only_when_asked(void **state)
{
	struct ignore *ig = ignore_new();

	(void)state;
	assert_int_equal(check(ig, "127.0.0.1"), IGNORE_NOT);
	ignore_set_self(ig, true);
	assert_int_equal(check(ig, "127.0.0.1"), IGNORE_SELF);
	ignore_free(ig);
}

static void
files_are_read_again_when_they_change(void **state)
{
	char path[] = "/tmp/f2b-ignore-XXXXXX", entry[64];
	struct ignore *ig = ignore_new();
	int fd = mkstemp(path);
	const char first[] = "# own\n192.0.2.1, 192.0.2.2 ; both\n10.0.0.0/8\n", more[] = "192.0.2.9\n";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, first, sizeof(first) - 1), sizeof(first) - 1);
	(void)snprintf(entry, sizeof(entry), "file:%s", path);
	assert_int_equal(ignore_add(ig, slice_cstr(entry)), 0);
	assert_int_equal(check(ig, "192.0.2.2"), IGNORE_FILE);
	assert_int_equal(check(ig, "10.9.9.9"), IGNORE_FILE);
	assert_int_equal(check(ig, "192.0.2.9"), IGNORE_NOT);
	assert_int_equal(write(fd, more, sizeof(more) - 1), sizeof(more) - 1);
	assert_int_equal(check(ig, "192.0.2.9"), IGNORE_FILE);
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(check(ig, "192.0.2.9"), IGNORE_FILE);
	ignore_free(ig);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* What is known of a name stays when the file changes. */
static void
names_in_files_are_looked_up(void **state)
{
	char path[] = "/tmp/f2b-ignore-XXXXXX", entry[64];
	struct ignore *ig = ignore_new();
	struct addr home, office;
	struct mono now = {1};
	struct slice name;

	(void)state;
	(void)close(mkstemp(path));
	write_file(path, "192.0.2.1, home.example # own\n10.0.0.0/33\n");
	(void)snprintf(entry, sizeof(entry), "file:%s", path);
	assert_int_equal(ignore_add(ig, slice_cstr(entry)), 0);
	assert_int_equal(ignore_add(ig, SLICE("admin.example")), 0);
	assert_true(ignore_unanswered(ig, now, &name));
	assert_true(slice_eq(name, SLICE("home.example")));
	assert_true(ignore_name(ig, 1, &name));
	assert_true(slice_eq(name, SLICE("admin.example")));
	assert_false(ignore_name(ig, 2, &name));
	assert_int_equal(addr_parse(SLICE("198.51.100.9"), &home), 0);
	assert_int_equal(addr_parse(SLICE("198.51.100.10"), &office), 0);
	assert_false(ignore_resolved(ig, SLICE("home.example"), &home, 1));
	assert_int_equal(check(ig, "198.51.100.9"), IGNORE_FILE);
	assert_true(ignore_touches(ig, &home, now));

	/* That a look-up fails is news once. */
	assert_true(ignore_resolved(ig, SLICE("admin.example"), NULL, 0));
	assert_false(ignore_resolved(ig, SLICE("admin.example"), NULL, 0));
	assert_false(ignore_resolved(ig, SLICE("another.example"), NULL, 0));

	write_file(path, "office.example,home.example\n");
	assert_int_equal(check(ig, "198.51.100.9"), IGNORE_FILE);
	assert_int_equal(check(ig, "192.0.2.1"), IGNORE_NOT);
	assert_true(ignore_unanswered(ig, now, &name));
	assert_true(slice_eq(name, SLICE("office.example")));
	assert_false(ignore_resolved(ig, SLICE("office.example"), &office, 1));
	assert_false(ignore_unanswered(ig, now, &name));
	assert_int_equal(check(ig, "198.51.100.10"), IGNORE_FILE);
	write_file(path, "\n");
	assert_int_equal(check(ig, "198.51.100.9"), IGNORE_NOT);
	(void)unlink(path);
	ignore_free(ig);
}

/* As lists of whole countries are. What it takes is a matter of how many there are, not of their square. */
static void
large_files_are_read(void **state)
{
	char path[] = "/tmp/f2b-ignore-XXXXXX", entry[64];
	struct ignore *ig = ignore_new();
	FILE *f;

	(void)state;
	(void)close(mkstemp(path));
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 200000; i++)
		assert_true(fprintf(f, "10.%d.%d.%d\n", i >> 16, i >> 8 & 255, i & 255) > 0);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(entry, sizeof(entry), "file:%s", path);
	assert_int_equal(ignore_add(ig, slice_cstr(entry)), 0);
	(void)alarm(60);
	assert_int_equal(check(ig, "10.3.13.63"), IGNORE_FILE);
	assert_int_equal(check(ig, "10.3.13.64"), IGNORE_NOT);
	(void)alarm(0);
	(void)unlink(path);
	ignore_free(ig);
}

static void
file_that_cannot_be_read_is_told_of_once(void **state)
{
	struct ignore *ig = ignore_new();
	struct mono now = {1};
	struct slice path;
	int error = 0;

	(void)state;
	assert_int_equal(ignore_add(ig, SLICE("file:/nowhere/at/all")), 0);
	assert_int_equal(ignore_add(ig, SLICE("file:///")), 0);
	ignore_refresh(ig, now);
	assert_true(ignore_unread(ig, &path, &error));
	assert_true(slice_eq(path, SLICE("/nowhere/at/all")));
	assert_int_equal(error, -ENOENT);
	assert_true(ignore_unread(ig, &path, &error));
	assert_int_equal(error, -EISDIR);
	now.us += 2 * US_PER_S;
	ignore_refresh(ig, now);
	assert_false(ignore_unread(ig, &path, &error));
	ignore_free(ig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_networks_and_names),
	    cmocka_unit_test(own_addresses_only_when_asked),
	    cmocka_unit_test(files_are_read_again_when_they_change),
	    cmocka_unit_test(names_in_files_are_looked_up),
	    cmocka_unit_test(large_files_are_read),
	    cmocka_unit_test(file_that_cannot_be_read_is_told_of_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
