/* Which files there are, asked of the system and of a load's list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "config/folder.h"
#include "tests/unit/scratch.h"

static char root[] = "/tmp/f2b-test-folder-XXXXXX";

static void
same_answers_with_and_without_a_list(void **state)
{
	static const struct {
		const char *name;
		bool there;
	} rows[] = {
	    {"a.conf", true},
	    {"a.con", false},
	    {"a.conf.d", false},
	    {"folder", true},
	    {"folder/", true},
	    {"folder/b", true},
	    {"folder/../a.conf", true},
	    {"folder/c", false},
	    {"none/a.conf", false},
	    {"link", true},
	    {"dangling", false},
	    {"a.conf/b", false},
	};
	struct arena a = {0};
	struct load_cache cache = {0};
	struct load asking = {.arena = &a}, listing = {.arena = &a, .cache = &cache};

	(void)state;
	assert_non_null(mkdtemp(root));
	scratch_put(root, "a.conf", "");
	assert_int_equal(mkdir(scratch_path(root, "folder"), 0700), 0);
	scratch_put(root, "folder/b", "");
	assert_int_equal(symlink("a.conf", scratch_path(root, "link")), 0);
	assert_int_equal(symlink("nowhere", scratch_path(root, "dangling")), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(folder_has(&asking, scratch_path(root, rows[i].name)), rows[i].there);
		assert_int_equal(folder_has(&listing, scratch_path(root, rows[i].name)), rows[i].there);
	}
	/* One load sees one version of a folder. */
	scratch_put(root, "late.conf", "");
	assert_true(folder_has(&asking, scratch_path(root, "late.conf")));
	assert_false(folder_has(&listing, scratch_path(root, "late.conf")));
	table_done(&cache.folders);
	arena_done(&a);
}

static void
a_folder_too_large_to_list_is_asked(void **state)
{
	struct arena a = {0};
	struct load_cache cache = {0};
	struct load l = {.arena = &a, .cache = &cache};
	char name[32];

	(void)state;
	assert_int_equal(mkdir(scratch_path(root, "large"), 0700), 0);
	for (size_t i = 0; i < FOLDER_MAX_ENTRIES; i++) {
		(void)snprintf(name, sizeof(name), "large/%zu", i);
		scratch_put(root, name, "");
	}
	assert_true(folder_has(&l, scratch_path(root, "large/0")));
	assert_true(folder_has(&l, scratch_path(root, "large/4095")));
	assert_false(folder_has(&l, scratch_path(root, "large/4096")));
	scratch_put(root, "large/4096", "");
	assert_true(folder_has(&l, scratch_path(root, "large/4096")));
	table_done(&cache.folders);
	arena_done(&a);
}

static int
remove_root(void **state)
{
	(void)state;
	return scratch_remove(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_answers_with_and_without_a_list),
	    cmocka_unit_test(a_folder_too_large_to_list_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, remove_root);
}
