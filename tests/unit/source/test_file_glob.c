/* Names that come to match a pattern, by the thousand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "source/file_glob.h"
#include "util/time.h"
#include "tests/unit/scratch.h"

#include <unistd.h>

#define MANY 5000
#define FLOOD 300

struct seen {
	size_t looks; /* those at which the last of the many was found */
	bool late;    /* the one that came last was found */
};

static char folder[] = "/tmp/f2b-glob-XXXXXX";

static void
on_found(void *arg, struct slice path)
{
	struct seen *seen = arg;

	seen->looks += slice_ends(path, SLICE("/0.log"));
	seen->late |= slice_ends(path, SLICE("/late.log"));
}

static void
a_flood_of_names_is_not_looked_at_one_by_one(void **state)
{
	struct seen seen = {0};
	struct file_watcher *w;
	struct file_glob *g;
	char pattern[64], name[32];
	struct mono began;
	uv_loop_t loop;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "%u.log", i);
		scratch_put(folder, name, "");
	}
	assert_int_equal(uv_loop_init(&loop), 0);
	w = file_watcher_new(&loop);
	(void)snprintf(pattern, sizeof(pattern), "%s/*.log", folder);
	g = file_glob_open(w, slice_cstr(pattern), on_found, &seen);
	while (seen.looks == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	for (unsigned i = 0; i < FLOOD; i++) {
		scratch_put(folder, "flood.log", "");
		assert_int_equal(unlink(scratch_path(folder, "flood.log")), 0);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_in_range(seen.looks, 1, FLOOD / 5);
	/* But who comes is found, also if nothing follows. */
	scratch_put(folder, "late.log", "");
	began = time_mono();
	while (!seen.late && mono_since(time_mono(), began).us < 60 * US_PER_S)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_true(seen.late);
	file_glob_close(g);
	file_watcher_free(w);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(scratch_remove(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_flood_of_names_is_not_looked_at_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
