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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_networks_and_names),
	    cmocka_unit_test(own_addresses_only_when_asked),
	    cmocka_unit_test(files_are_read_again_when_they_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
