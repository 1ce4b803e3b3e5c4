/* The hash table against a slow, obvious model: an array searched from the front. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/table.h"

#define KEYS 400

static void
random_operations_agree_with_a_model(void **state)
{
	static char names[KEYS][16];
	void *model[KEYS] = {0};
	struct table t;
	unsigned seed = 7;
	size_t live = 0;

	(void)state;
	table_init(&t);
	for (int i = 0; i < KEYS; i++)
		(void)snprintf(names[i], sizeof(names[i]), "key %d", i);
	for (int round = 0; round < 200000; round++) {
		int k = rand_r(&seed) % KEYS;
		struct slice key = slice_cstr(names[k]);

		switch (rand_r(&seed) % 3) {
		case 0:
			assert_ptr_equal(table_put(&t, key, names[(k + 1) % KEYS]), model[k]);
			live += model[k] == NULL;
			model[k] = names[(k + 1) % KEYS];
			break;
		case 1:
			assert_ptr_equal(table_take(&t, key), model[k]);
			live -= model[k] != NULL;
			model[k] = NULL;
			break;
		default:
			assert_ptr_equal(table_get(&t, key), model[k]);
		}
		assert_int_equal(t.n, live);
	}
	table_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_operations_agree_with_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
