/* Things made once for all who need the same; under ASan, that each is freed, and only once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/mem.h"
#include "util/shared.h"

struct thing {
	struct shared shared;
	char key[16];
	struct shared *other; /* that it uses, or NULL */
};

static size_t alive;

static void
thing_free(struct shared *s)
{
	struct thing *t = LIST_ITEM(s, struct thing, shared);

	shared_drop(t->other);
	alive--;
	mem_free(t);
}

static struct shared_set things = {.free = thing_free};

static struct thing *
thing_new(const char *key)
{
	struct shared *known = shared_use(&things, slice_cstr(key));
	struct thing *t;

	if (known != NULL)
		return LIST_ITEM(known, struct thing, shared);
	t = MEM_NEW(struct thing);
	(void)snprintf(t->key, sizeof(t->key), "%s", key);
	shared_enter(&things, &t->shared, slice_cstr(t->key));
	alive++;
	return t;
}

static void
equal_keys_give_one_thing(void **state)
{
	struct thing *a = thing_new("a"), *b = thing_new("b"), *again = thing_new("a");

	(void)state;
	assert_ptr_equal(again, a);
	assert_ptr_not_equal(b, a);
	assert_int_equal(alive, 2);
	shared_drop(&a->shared);
	assert_int_equal(alive, 2);
	shared_share(&again->shared);
	shared_drop(&again->shared);
	shared_drop(&again->shared);
	assert_int_equal(alive, 1);
	assert_null(shared_use(&things, SLICE("a")));
	shared_drop(&b->shared);
	shared_drop(NULL);
	assert_int_equal(alive, 0);
}

static void
what_is_held_is_found_again(void **state)
{
	struct thing *a;

	(void)state;
	shared_hold();
	shared_hold();
	a = thing_new("a");
	shared_drop(&a->shared);
	shared_release();
	assert_int_equal(alive, 1);
	assert_ptr_equal(thing_new("a"), a);
	shared_release();
	/* It has a user again. */
	assert_int_equal(alive, 1);
	shared_drop(&a->shared);
	assert_int_equal(alive, 0);
}

static void
what_is_released_lets_go_of_others(void **state)
{
	struct thing *outer, *inner, *alone;

	(void)state;
	shared_hold();
	outer = thing_new("outer");
	inner = thing_new("inner");
	alone = thing_new("alone");
	outer->other = &inner->shared;
	shared_drop(&outer->shared);
	shared_drop(&alone->shared);
	assert_int_equal(alive, 3);
	shared_release();
	assert_int_equal(alive, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equal_keys_give_one_thing),
	    cmocka_unit_test(what_is_held_is_found_again),
	    cmocka_unit_test(what_is_released_lets_go_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
