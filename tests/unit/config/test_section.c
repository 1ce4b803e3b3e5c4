/* Sections: options by name, in the order of entry, small and large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/section.h"

static struct option
numbered(struct arena *a, size_t i)
{
	struct slice name = arena_printf(a, "option%zu", i);

	return (struct option){.name = name, .value.text = arena_printf(a, "value%zu", i)};
}

static void
options_are_found_and_keep_their_order(void **state)
{
	struct arena a = {0};
	struct section s = {0}, copy = {0};

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		struct option o = numbered(&a, i), changed = numbered(&a, i / 2), old;

		if (i % 7 == 0)
			section_reserve(&a, &s, i % 5);
		assert_null(section_get(&s, o.name));
		assert_int_equal(section_put(&a, &s, &o, &old), 0);
		assert_null(old.name.p);
		changed.value.text = SLICE("changed");
		assert_int_equal(section_put(&a, &s, &changed, &old), 0);
		assert_true(slice_eq(old.name, changed.name));
	}
	assert_int_equal(s.count, 300);
	section_put_all(&a, &copy, &s);
	for (size_t i = 0; i < s.count; i++) {
		struct option o = numbered(&a, i);

		assert_true(slice_eq(s.options[i].name, o.name));
		assert_ptr_equal(section_get(&s, o.name), &s.options[i]);
		assert_ptr_equal(section_get(&copy, o.name), &copy.options[i]);
	}
	arena_done(&a);
}

static void
a_full_section_refuses_and_stays(void **state)
{
	struct arena a = {0};
	struct section s = {0};
	struct option o;

	(void)state;
	for (size_t i = 0; i < SECTION_MAX_OPTIONS; i++) {
		o = numbered(&a, i);
		assert_int_equal(section_put(&a, &s, &o, NULL), 0);
	}
	o = numbered(&a, SECTION_MAX_OPTIONS);
	assert_true(section_put(&a, &s, &o, NULL) < 0);
	assert_int_equal(s.count, SECTION_MAX_OPTIONS);
	assert_null(section_get(&s, o.name));
	arena_done(&a);
}

/* As often as options are added or replaced: the lender keeps what it has. */
static void
a_section_that_was_lent_changes_alone(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t size = 0; size < 20; size++) {
		struct section from = {0}, s = {.name = SLICE("borrower")}, other = {0};
		struct option changed;

		for (size_t i = 0; i < size; i++) {
			struct option o = numbered(&a, i);

			assert_int_equal(section_put(&a, &from, &o, NULL), 0);
		}
		section_lend(&s, &from);
		section_lend(&other, &s);
		assert_true(slice_eq(s.name, SLICE("borrower")));
		assert_int_equal(s.count, size);
		for (size_t i = 0; i <= size; i++) {
			changed = numbered(&a, i);
			changed.value.text = SLICE("changed");
			assert_int_equal(section_put(&a, &s, &changed, NULL), 0);
		}
		assert_int_equal(s.count, size + 1);
		assert_int_equal(from.count, size);
		assert_int_equal(other.count, size);
		for (size_t i = 0; i < size; i++) {
			struct option o = numbered(&a, i);

			assert_true(slice_eq(section_get(&from, o.name)->value.text, o.value.text));
			assert_true(slice_eq(section_get(&other, o.name)->value.text, o.value.text));
			assert_true(slice_eq(section_get(&s, o.name)->value.text, SLICE("changed")));
		}
		assert_null(section_get(&from, changed.name));
	}
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_are_found_and_keep_their_order),
	    cmocka_unit_test(a_full_section_refuses_and_stays),
	    cmocka_unit_test(a_section_that_was_lent_changes_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
