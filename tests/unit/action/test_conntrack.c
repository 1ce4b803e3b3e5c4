/* Whose connections are to end: found among many, for many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "action/conntrack.c"

static struct addr
address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(slice_cstr(text), &a), 0);
	return a;
}

static struct addr
numbered(uint32_t i)
{
	return (struct addr){ADDR_INET4, 32,
	    {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
}

static void
add(struct addr a)
{
	conntrack_end(uv_default_loop(), &a);
}

static void
fill(size_t singles)
{
	static const char *const others[] = {
	    "198.51.100.0/24", "2001:db8::/32", "2001:db9::7", "10.200.0.0/16", "255.255.255.255"};

	for (uint32_t i = 0; i < singles; i++)
		add(numbered(i));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		add(address(others[i]));
	banned_sort();
}

static void
empty(void)
{
	uv_close((uv_handle_t *)pending.timer, timer_closed);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	mem_free(pending.banned);
	pending.banned = NULL;
	pending.timer = NULL;
	pending.count = pending.cap = 0;
}

static void
addresses_and_networks_are_found(void **state)
{
	static const struct {
		const char *address;
		bool banned;
	} rows[] = {
	    {"10.0.0.0", true}, {"10.0.0.99", true}, {"10.0.0.100", false}, {"10.199.255.255", false},
	    {"10.200.0.0", true}, {"10.200.255.255", true}, {"10.201.0.0", false}, {"198.51.100.0", true},
	    {"198.51.100.255", true}, {"198.51.101.0", false}, {"255.255.255.255", true},
	    {"2001:db8::", true}, {"2001:db8:ffff::1", true}, {"2001:db9::7", true},
	    {"2001:db9::8", false}, {"0.0.0.0", false}, {"::", false}};

	(void)state;
	fill(100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a = address(rows[i].address);

		assert_int_equal(is_banned(&a), rows[i].banned);
	}
	empty();
}

/* As after a start with so many bans: to go through them for each connection takes a third of a minute. */
static void
many_connections_of_many_are_looked_up_in_time(void **state)
{
	size_t found = 0;

	(void)state;
	fill(90000);
	for (uint32_t i = 0; i < 200000; i++) {
		struct addr a = numbered(i);

		found += is_banned(&a);
	}
	assert_int_equal(found, 90000);
	empty();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_and_networks_are_found),
	    cmocka_unit_test(many_connections_of_many_are_looked_up_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
