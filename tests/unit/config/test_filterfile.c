/* Settings of one filter: from a file, and as a jail uses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "config/filterfile.h"

static char dir[] = "/tmp/f2b-filterfile-XXXXXX";
static struct arena arena;

static void
put(const char *name, const char *text)
{
	char path[200];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
make_folder(void **state)
{
	char path[200];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/filter.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put("filter.d/door.conf", "[Definition]\n"
				  "failregex = ^<word> <HOST>$\n"
				  "            ^b <HOST>$\n"
				  "ignoreregex = ^friend\n"
				  "maxlines = 3\n"
				  "datepattern = %%H:%%M\n"
				  "word = a\n");
	put("filter.d/loop.conf", "[Definition]\n"
				  "failregex = ^<word> <HOST>$\n"
				  "word = <re_<word>>\n"
				  "[Init]\n"
				  "word = a\n");
	put("filter.d/plain.conf", "[Definition]\nfailregex = ^<logtype> <HOST>$\n");
	put("filter.d/journal.conf", "[Definition]\nlogtype = journal\nfailregex = ^<logtype> <HOST>$\n");
	put("jail.conf", "[DEFAULT]\nusedns = no\n"
			 "[front]\nfilter = door[word=knock]\nlogtimezone = UTC+0100\n"
			 "[own]\nfailregex = ^own <HOST>$\nmaxlines = 5\n"
			 "[lost]\nfilter = nowhere\n");
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = {
	    "filter.d/door.conf", "filter.d/loop.conf", "filter.d/plain.conf",
	    "filter.d/journal.conf", "jail.conf", "filter.d", ""};
	char path[200];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	arena_done(&arena);
	return 0;
}

static struct load
load(void)
{
	return (struct load){.arena = &arena, .dir = slice_cstr(dir)};
}

static void
expect(struct slice got, const char *wanted)
{
	if (!slice_eq(got, slice_cstr(wanted)))
		fail_msg("%.*s instead of %s", SLICE_ARG(got), wanted);
}

static void
file_gives_regexes_with_their_places(void **state)
{
	struct load l = load();
	struct section none = {0};
	struct filterfile f;

	(void)state;
	assert_int_equal(filterfile_read(&l, SLICE("filter.d/door"), &none, &f), 0);
	assert_int_equal(f.fail.count, 2);
	expect(f.fail.v[0].text, "^a <HOST>$");
	expect(f.fail.v[1].text, "^b <HOST>$");
	assert_int_equal(f.fail.v[1].at.line, 3);
	assert_int_equal(f.ignore.count, 1);
	expect(f.maxlines.text, "3");
	expect(f.datepattern.text, "%H:%M");
	assert_int_equal(f.prefregex.text.n, 0);
}

/* A file is read, unless the filter says otherwise. */
static void
logtype_is_file(void **state)
{
	struct load l = load();
	struct section none = {0};
	struct filterfile f;

	(void)state;
	assert_int_equal(filterfile_read(&l, SLICE("filter.d/plain"), &none, &f), 0);
	expect(f.fail.v[0].text, "^file <HOST>$");
	assert_int_equal(filterfile_read(&l, SLICE("filter.d/journal"), &none, &f), 0);
	expect(f.fail.v[0].text, "^journal <HOST>$");
}

static void
given_options_win(void **state)
{
	struct load l = load();
	struct sections jails;
	struct section given = {0};
	struct option word = {
	    .name = SLICE("word"), .value = traced_of(&arena, SLICE("c"), (struct place){0})};
	struct filterfile f;

	(void)state;
	assert_int_equal(section_put(&arena, &given, &word, NULL), 0);
	assert_int_equal(filterfile_read(&l, SLICE("filter.d/door"), &given, &f), 0);
	expect(f.fail.v[0].text, "^c <HOST>$");
	assert_true(filterfile_is_jail(&l, SLICE("front"), &jails));
	assert_int_equal(filterfile_read_jail(&l, &jails, SLICE("front"), &given, &f), 0);
	expect(f.fail.v[0].text, "^c <HOST>$");
}

static void
what_init_replaces_may_be_wrong(void **state)
{
	struct load l = load();
	struct section none = {0};
	struct filterfile f;

	(void)state;
	assert_int_equal(filterfile_read(&l, SLICE("filter.d/loop"), &none, &f), 0);
	expect(f.fail.v[0].text, "^a <HOST>$");
}

static void
jail_gives_its_filter_options_and_its_own(void **state)
{
	struct load l = load();
	struct sections jails;
	struct section none = {0};
	struct filterfile f;

	(void)state;
	assert_false(filterfile_is_jail(&l, SLICE("door"), &jails));
	assert_false(filterfile_is_jail(&l, SLICE("DEFAULT"), &jails));
	assert_true(filterfile_is_jail(&l, SLICE("front"), &jails));
	assert_int_equal(filterfile_read_jail(&l, &jails, SLICE("front"), &none, &f), 0);
	expect(f.fail.v[0].text, "^knock <HOST>$");
	expect(f.usedns.text, "no");
	expect(f.zone, "UTC+0100");
	assert_int_equal(filterfile_read_jail(&l, &jails, SLICE("own"), &none, &f), 0);
	assert_int_equal(f.fail.count, 1);
	expect(f.fail.v[0].text, "^own <HOST>$");
	expect(f.maxlines.text, "5");
}

static void
what_is_not_there_is_told(void **state)
{
	struct load l = load();
	struct sections jails;
	struct section none = {0};
	struct filterfile f;

	(void)state;
	assert_int_equal(filterfile_read(&l, SLICE("filter.d/nowhere"), &none, &f), -ENOENT);
	assert_false(filterfile_is_jail(&l, SLICE("nobody"), &jails));
	assert_int_equal(filterfile_read_jail(&l, &jails, SLICE("lost"), &none, &f), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(file_gives_regexes_with_their_places),
	    cmocka_unit_test(logtype_is_file),
	    cmocka_unit_test(given_options_win),
	    cmocka_unit_test(what_init_replaces_may_be_wrong),
	    cmocka_unit_test(jail_gives_its_filter_options_and_its_own),
	    cmocka_unit_test(what_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
