/* Which files make up a definition, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

/* Every read is one of ours, so that a file can change between two of them. */
static ssize_t changing_read(int fd, void *p, size_t n);
#define read changing_read
#include "config/include_bytes.c"
#undef read
#include "tests/unit/scratch.h"

static char root[] = "/tmp/f2b-test-include-XXXXXX";

/* What option x of [s] is, as a terminated text; NULL if the files cannot be read. */
static const char *
read_x(const char *name)
{
	static char text[256];
	struct arena a = {0};
	struct load l = {.arena = &a, .dir = slice_cstr(root)};
	struct sections tree = {0};
	const struct option *x;
	int r = include_read(&l, slice_cstr(name), &tree);

	text[0] = '\0';
	x = r == 0 ? section_get(sections_find(&tree, SLICE("s")), SLICE("x")) : NULL;
	if (x != NULL)
		(void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(x->value.text));
	arena_done(&a);
	return x != NULL ? text : NULL;
}

static void
later_files_win(void **state)
{
	/* In the order in which they are read; 1.yaml stands as 1.conf would, before 1a.conf. */
	static const char *const files[] = {"j.conf", "j.yaml", "j.d/1.conf", "j.d/1.yaml",
	    "j.d/1.z.yaml", "j.d/2.conf", "j.local", "j.local.yaml", "j.d/1.local",
	    "j.d/1.local.yaml", "j.d/2.local"};
	size_t count = sizeof(files) / sizeof(files[0]);

	(void)state;
	scratch_put(root, "j.d/.3.yaml", "s: {x: hidden}\n");
	scratch_put(root, "j.d/3.yml", "s: {x: not read}\n");
	for (size_t i = 0; i < count; i++) {
		char text[128];

		(void)snprintf(text, sizeof(text),
		    include_is_yaml(slice_cstr(files[i])) ? "s:\n  x: %s\n" : "[s]\nx = %s\n",
		    files[i]);
		scratch_put(root, files[i], text);
	}
	for (size_t i = count; i-- > 0;) {
		const char *x = read_x("j");

		assert_non_null(x);
		assert_string_equal(x, files[i]);
		assert_int_equal(unlink(scratch_path(root, files[i])), 0);
	}
	assert_null(read_x("j"));
}

static void
an_include_means_both_forms(void **state)
{
	static const char *const names[] = {"c.conf", "c.yaml"};
	static const char *const files[] = {"c.conf", "c.yaml", "c.local", "c.local.yaml"};

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		char text[128];

		(void)snprintf(
		    text, sizeof(text), "INCLUDES:\n  before: [%s, none.yaml]\ns:\n", names[n]);
		scratch_put(root, "k.yaml", text);
		scratch_put(root, "c.conf", "[s]\nx = c.conf\n");
		scratch_put(root, "c.yaml", "s: {x: c.yaml}\n");
		scratch_put(root, "c.local", "[s]\nx = c.local\n");
		scratch_put(root, "c.local.yaml", "s: {x: c.local.yaml}\n");
		for (size_t i = 4; i-- > 0;) {
			const char *x = read_x("k");

			assert_non_null(x);
			assert_string_equal(x, files[i]);
			assert_int_equal(unlink(scratch_path(root, files[i])), 0);
		}
	}
	assert_int_equal(unlink(scratch_path(root, "k.yaml")), 0);
}

static unsigned changes; /* how often the file still changes behind its first read */

static ssize_t
changing_read(int fd, void *p, size_t n)
{
	char link[64], file[300];
	ssize_t got = read(fd, p, n), length;

	if (got == 0 || changes == 0 || lseek(fd, 0, SEEK_CUR) > got)
		return got;
	changes--;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, file, sizeof(file) - 1);
	assert_true(length > 0);
	file[length] = '\0';
	fd = open(file, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "# more\n", 7), 7);
	assert_int_equal(close(fd), 0);
	return got;
}

static void
a_file_is_read_in_one_version(void **state)
{
	struct arena a = {0};
	struct load l = {.arena = &a, .dir = slice_cstr(root)};
	struct slice text = SLICE_EMPTY;

	(void)state;
	scratch_put(root, "v.conf", "[s]\n");
	changes = 2;
	assert_int_equal(include_bytes(&l, scratch_path(root, "v.conf"), &text), 0);
	assert_true(slice_eq(text, SLICE("[s]\n# more\n# more\n")));
	changes = 1000;
	assert_int_equal(include_bytes(&l, scratch_path(root, "v.conf"), &text), -EAGAIN);
	changes = 0;
	assert_int_equal(unlink(scratch_path(root, "v.conf")), 0);
	arena_done(&a);
}

static void
a_local_twin_counts_each_time(void **state)
{
	struct arena a = {0};
	struct load l = {.arena = &a, .dir = slice_cstr(root)};
	struct sections tree = {0};
	const struct section *s;

	(void)state;
	scratch_put(root, "i.conf", "[INCLUDES]\nafter = t.conf\n t.local\n[s]\nx = 0\n");
	scratch_put(root, "t.local", "[s]\nx = 1\n");
	assert_int_equal(include_read(&l, SLICE("i"), &tree), 0);
	s = sections_find(&tree, SLICE("s"));
	assert_true(slice_eq(section_get(s->known, SLICE("x"))->value.text, SLICE("1")));
	arena_done(&a);
}

/* Option x and what it was before, as this and other loads see them. */
static void
expect_x(struct load *l, const char *name, const char *now, const char *before)
{
	struct sections tree = {0};
	const struct section *s;

	assert_int_equal(include_read(l, slice_cstr(name), &tree), 0);
	s = sections_find(&tree, SLICE("s"));
	assert_true(slice_eq(section_get(s, SLICE("x"))->value.text, slice_cstr(now)));
	assert_int_equal(s->known != NULL, before != NULL);
	if (before != NULL)
		assert_true(
		    slice_eq(section_get(s->known, SLICE("x"))->value.text, slice_cstr(before)));
}

static void
loops_end_where_they_were_met_first(void **state)
{
	struct arena a = {0};
	struct load_cache cache = {0};
	struct load l = {.arena = &a, .dir = slice_cstr(root)};

	(void)state;
	scratch_put(root, "o.conf", "[INCLUDES]\nbefore = o.conf\n[s]\nx = o\n");
	scratch_put(root, "p.conf", "[INCLUDES]\nafter = q.conf\n[s]\nx = p\n");
	scratch_put(root, "q.conf", "[INCLUDES]\nafter = r.conf\n[s]\nx = q\n");
	scratch_put(root, "r.conf", "[INCLUDES]\nafter = q.conf\n[s]\nx = r\n");
	expect_x(&l, "r", "q", "r");
	l.cache = &cache;
	expect_x(&l, "o", "o", "o");
	expect_x(&l, "p", "r", "q");
	expect_x(&l, "r", "r", NULL);
	table_done(&cache.folders);
	table_done(&cache.files);
	table_done(&cache.included);
	arena_done(&a);
}

/* What is not known then is what [DEFAULT] says. */
static void
a_section_is_known_once_it_comes_again(void **state)
{
	struct arena a = {0};
	struct load l = {.arena = &a, .dir = slice_cstr(root)};
	struct sections tree = {0};

	(void)state;
	scratch_put(root, "u.conf", "[INCLUDES]\nbefore = u2.conf\n[s]\nx = 1\n[t]\nx = 2\n");
	scratch_put(root, "u2.conf", "[s]\n");
	assert_int_equal(include_read(&l, SLICE("u"), &tree), 0);
	assert_non_null(sections_find(&tree, SLICE("s"))->known);
	assert_null(sections_find(&tree, SLICE("t"))->known);
	arena_done(&a);
}

static void
a_condition_stands_behind_a_word(void **state)
{
	struct arena a = {0};
	struct load l = {.arena = &a, .dir = slice_cstr(root)};
	struct sections tree = {0};

	(void)state;
	scratch_put(root, "q.conf", "[w1?family=inet6]\nx = 1\n[a-b?family=inet6]\nx = 2\n[w?]\nx = 3\n");
	assert_int_equal(include_read(&l, SLICE("q"), &tree), 0);
	assert_int_equal(tree.count, 3);
	assert_non_null(section_get(sections_find(&tree, SLICE("w1")), SLICE("x?family=inet6")));
	assert_non_null(section_get(sections_find(&tree, SLICE("a-b?family=inet6")), SLICE("x")));
	assert_non_null(section_get(sections_find(&tree, SLICE("w?")), SLICE("x")));
	arena_done(&a);
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(root) == NULL || mkdir(scratch_path(root, "j.d"), 0700) < 0;
}

static int
teardown(void **state)
{
	(void)state;
	return scratch_remove(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(later_files_win),
	    cmocka_unit_test(an_include_means_both_forms),
	    cmocka_unit_test(a_file_is_read_in_one_version),
	    cmocka_unit_test(a_local_twin_counts_each_time),
	    cmocka_unit_test(loops_end_where_they_were_met_first),
	    cmocka_unit_test(a_section_is_known_once_it_comes_again),
	    cmocka_unit_test(a_condition_stands_behind_a_word),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
