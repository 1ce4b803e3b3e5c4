/* Prefixes in place of addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "jail/ignore.h"
#include "jail/prefix.h"
#include "jail/ticket.h"

static void
text_is_read_and_written(void **state)
{
	static const struct {
		const char *text, *again;
	} rows[] = {{"", ""}, {"inet6/64", "inet6/64"}, {"ipv6/56 ipv4/24", "inet4/24, inet6/56"},
	    {" inet4/24,inet6/64 ", "inet4/24, inet6/64"}, {"inet4/32", ""}, {"inet6/128", ""}};
	static const char *const wrong[] = {"64", "/64", "inet6", "inet6/", "inet6/129", "inet6/8",
	    "inet4/7", "inet4/33", "inet5/24", "inet4/24/24", "inet4/x", "inet4/-1"};
	struct prefix_lengths p;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		diag_init(&d);
		buf_init(&b, 100);
		assert_int_equal(prefix_parse(slice_cstr(rows[i].text), &p, &d), 0);
		prefix_format(&b, &p);
		assert_string_equal(buf_cstr(&b), rows[i].again);
		buf_done(&b);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		p = (struct prefix_lengths){24, 64};
		diag_init(&d);
		assert_true(prefix_parse(slice_cstr(wrong[i]), &p, &d) < 0);
		assert_true(d.set);
		assert_int_equal(p.inet4, 24);
	}
}

static void
addresses_become_their_network(void **state)
{
	static const struct {
		uint8_t inet4, inet6;
		const char *addr, *net;
	} rows[] = {{0, 64, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	    {0, 61, "2001:db8:1:ff::1", "2001:db8:1:f8::/61"}, {0, 64, "192.0.2.7", NULL},
	    {24, 0, "192.0.2.7", "192.0.2.0/24"}, {23, 0, "192.0.3.7", "192.0.2.0/23"},
	    {24, 0, "2001:db8::1", NULL}, {24, 0, "192.0.0.0/16", NULL},
	    {16, 0, "192.0.2.0/24", "192.0.0.0/16"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix_lengths p = {rows[i].inet4, rows[i].inet6};
		char text[ADDR_TEXT_MAX];
		struct addr a;

		assert_int_equal(addr_parse(slice_cstr(rows[i].addr), &a), 0);
		assert_int_equal(prefix_widen(&p, &a), rows[i].net != NULL);
		assert_true(slice_eq(addr_text(&a, text),
		    slice_cstr(rows[i].net != NULL ? rows[i].net : rows[i].addr)));
	}
}

static void
network_with_somebody_to_ignore_is_known(void **state)
{
	static const struct {
		const char *net;
		bool touched;
	} rows[] = {{"192.0.2.0/24", true}, {"192.0.3.0/24", false}, {"10.1.0.0/16", true},
	    {"10.0.0.0/8", true}, {"2001:db8::/64", true}, {"2001:db8:1::/64", false}};
	struct ignore *ig = ignore_new();
	struct mono now = {1};
	struct addr a;

	(void)state;
	assert_int_equal(ignore_add(ig, SLICE("192.0.2.200")), 0);
	assert_int_equal(ignore_add(ig, SLICE("10.1.2.0/24")), 0);
	assert_int_equal(ignore_add(ig, SLICE("host.example")), 0);
	assert_int_equal(addr_parse(SLICE("2001:db8::77"), &a), 0);
	ignore_resolved(ig, SLICE("host.example"), &a, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(addr_parse(slice_cstr(rows[i].net), &a), 0);
		assert_int_equal(ignore_touches(ig, &a, now), rows[i].touched);
	}
	assert_int_equal(addr_parse(SLICE("127.0.0.0/8"), &a), 0);
	assert_false(ignore_touches(ig, &a, now));
	ignore_set_self(ig, true);
	assert_true(ignore_touches(ig, &a, now));
	ignore_free(ig);
}

static void
ticket_takes_the_network(void **state)
{
	const struct slice net = SLICE("192.0.2.0/24");
	struct ticket *t;
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse(net, &a), 0);
	t = ticket_new_addr(net, net, &a, INSTANT_S(1));
	assert_true(slice_eq(ticket_id(t), SLICE("192.0.2.0/24")));
	assert_true(slice_eq(ticket_ip(t), SLICE("192.0.2.0/24")));
	assert_int_equal(t->addr.plen, 24);
	ticket_unref(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_read_and_written),
	    cmocka_unit_test(addresses_become_their_network),
	    cmocka_unit_test(network_with_somebody_to_ignore_is_known),
	    cmocka_unit_test(ticket_takes_the_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
