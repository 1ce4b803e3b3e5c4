#include "control/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KNOWN SLICE("192.0.2.1") /* what is an address already is looked up without a network */

struct told {
	struct resolver *resolver;
	size_t count;
	struct addr addr;
	bool asks; /* for another name, before it looks at the answer */
};

static void
nothing(void *arg, struct slice name, const struct addr *addrs, size_t count, const char *error)
{
	(void)arg, (void)name, (void)addrs, (void)count, (void)error;
}

/* It is refused at once, being no UTF-8, and remembered like any other. */
static void
ask_for_none(struct resolver *r, unsigned i)
{
	char name[32];
	int n = snprintf(name, sizeof(name), "\xff%u", i);

	resolver_lookup(r, slice_of(name, (size_t)n), nothing, NULL);
}

static void
take(void *arg, struct slice name, const struct addr *addrs, size_t count, const char *error)
{
	struct told *t = arg;

	(void)name, (void)error;
	if (t->asks)
		ask_for_none(t->resolver, RESOLVE_NAMES_MAX);
	t->count = count;
	if (count > 0)
		t->addr = addrs[0];
}

static void
freed(void *arg)
{
	*(bool *)arg = true;
}

static void
answer_outlives_what_who_is_told_asks(void **state)
{
	struct told t = {0};
	char text[ADDR_TEXT_MAX];
	bool gone = false;
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	t.resolver = resolver_new(&loop);
	resolver_lookup(t.resolver, KNOWN, take, &t);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(t.count, 1);
	/* It is the oldest of as many as are remembered: one more, and it is forgotten. */
	for (unsigned i = 1; i < RESOLVE_NAMES_MAX; i++)
		ask_for_none(t.resolver, i);
	t.asks = true;
	t.count = 0;
	resolver_lookup(t.resolver, KNOWN, take, &t);
	assert_int_equal(t.count, 1);
	assert_true(slice_eq(addr_text(&t.addr, text), KNOWN));
	resolver_free(t.resolver, freed, &gone);
	assert_true(gone);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answer_outlives_what_who_is_told_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
