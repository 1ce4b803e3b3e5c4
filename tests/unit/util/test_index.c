/* The index against a slow, obvious model: an array searched from the front. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/hash.h"
#include "util/index.h"

#define KEYS 400

static bool
is(const void *item, const void *key)
{
	return strcmp(item, key) == 0;
}

static void
random_operations_agree_with_a_model(void **state)
{
	static char names[KEYS][16];
	void *model[KEYS] = {0};
	struct index t;
	unsigned seed = 7;
	size_t live = 0;

	(void)state;
	index_init(&t, is);
	for (int i = 0; i < KEYS; i++)
		(void)snprintf(names[i], sizeof(names[i]), "key %d", i);
	for (int round = 0; round < 200000; round++) {
		int k = rand_r(&seed) % KEYS;
		const char *key = names[k];
		uint64_t hash = hash_text(slice_cstr(key));

		switch (rand_r(&seed) % 3) {
		case 0:
			if (model[k] == NULL)
				index_put(&t, hash, names[k]);
			live += model[k] == NULL;
			model[k] = names[k];
			break;
		case 1:
			assert_ptr_equal(index_take(&t, hash, key), model[k]);
			live -= model[k] != NULL;
			model[k] = NULL;
			break;
		default:
			assert_ptr_equal(index_get(&t, hash, key), model[k]);
		}
		assert_int_equal(t.n, live);
	}
	index_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_operations_agree_with_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
