/* Static tags: what is put in, in which order, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "config/tags.h"

/* name, value, name, value, ... */
static const char *const known[] = {
    "a",
    "1",
    "b",
    "<a><a>",
    "empty",
    "",
    "mode",
    "x",
    "re-x",
    "found",
    "open",
    "<a",
    "half",
    "> <b",
    "two",
    "<b> <u> <b>",
    "loop",
    "<pool>",
    "pool",
    "<loop>",
};

struct fixture {
	struct tags tags;
	unsigned asked;
	struct traced value;
};

static struct traced values[sizeof(known) / sizeof(known[0]) / 2];

static int
find(struct tags *tags, struct slice name, const struct traced **out)
{
	((struct fixture *)tags)->asked++;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i += 2)
		if (slice_eq(slice_cstr(known[i]), name)) {
			values[i / 2].text = slice_cstr(known[i + 1]);
			*out = &values[i / 2];
			return 0;
		}
	return -ENOENT;
}

static void
ignore(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	(void)sink, (void)level, (void)module, (void)d;
}

static void
tags_are_replaced_from_the_left(void **state)
{
	static const struct {
		const char *text, *result; /* NULL: a mistake */
	} rows[] = {
	    {"", ""},
	    {"none", "none"},
	    {"<a>", "1"},
	    {"x<a>y<b>z", "x1y11z"},
	    {"<u> <a> <u>", "<u> 1 <u>"},
	    {"<empty>", ""},
	    {"<>a<", "<>a<"},
	    {"<a b> <a\n>", "<a b> <a\n>"},
	    {"<<a>", "<1"},
	    {"<re-<mode>>", "found"},
	    {"<re-<mode>> <re-<u>> <re-<mode>>", "found <re-<u>> found"},
	    {"<re-<empty><mode>>", "found"},
	    {"<re-<mode<empty>>>", "found"},
	    {"<re-<mode<empty>> <re-<mode<empty>>>", "<re-x found"},
	    {"<u<a>> <re-<a>>", "<u1> <re-1>"},
	    {"<open>>", "1"},
	    {"<open><half>>", "1 11"},
	    {"<two>", "11 <u> 11"},
	    {"<u><u><two><u>", "<u><u>11 <u> 11<u>"},
	    {"<loop>", NULL},
	    {"<self>", "<self>"},
	};
	struct arena a = {0};
	struct diag_sink sink = {ignore};
	struct load l = {.arena = &a, .sink = &sink, .during = SLICE("")};

	(void)state;
	for (int traced = 0; traced < 2; traced++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct traced value = {.text = slice_cstr(rows[i].text)}, out = value;
			struct fixture f = {.asked = 0};
			int r;

			tags_init(&f.tags, find, traced != 0);
			r = tags_replace(&l, &f.tags, SLICE("option"), &value, &out);
			assert_int_equal(r, rows[i].result != NULL ? 0 : -EINVAL);
			if (r == 0)
				assert_memory_equal(
				    out.text.p, rows[i].result, strlen(rows[i].result) + 1);
			tags_done(&f.tags);
		}
	arena_done(&a);
}

static void
each_tag_is_asked_for_once(void **state)
{
	struct traced value = {.text = SLICE("<a> <u> <a> <b> <u>")}, out;
	struct fixture f = {.asked = 0};
	struct arena a = {0};
	struct load l = {.arena = &a};

	(void)state;
	tags_init(&f.tags, find, true);
	for (int i = 0; i < 50; i++)
		assert_int_equal(tags_replace(&l, &f.tags, SLICE("o"), &value, &out), 0);
	assert_int_equal(f.asked, 3);
	tags_done(&f.tags);
	arena_done(&a);
}

static void
places_stay_with_what_was_written_there(void **state)
{
	const struct mark marks[] = {
	    {.file = "x", .line = 1, .column = 1},
	    {.offset = 6, .file = "x", .line = 2, .column = 1}};
	struct traced value = {SLICE("<a> <b\n<b>"), marks, 2}, out;
	struct fixture f = {.asked = 0};
	struct arena a = {0};
	struct load l = {.arena = &a};

	(void)state;
	tags_init(&f.tags, find, true);
	assert_int_equal(tags_replace(&l, &f.tags, SLICE("o"), &value, &out), 0);
	assert_memory_equal(out.text.p, "1 <b\n11", 8);
	assert_int_equal(traced_place(&out, 1, 1).column, 4);
	assert_int_equal(traced_place(&out, 4, 1).line, 2);
	tags_done(&f.tags);
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tags_are_replaced_from_the_left),
	    cmocka_unit_test(each_tag_is_asked_for_once),
	    cmocka_unit_test(places_stay_with_what_was_written_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
