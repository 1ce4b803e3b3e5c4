/* Addresses: what is one, how it is written, what lies within what. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "util/addr.h"

#include <arpa/inet.h>

static void
texts_have_one_canonical_form(void **state)
{
	static const struct {
		const char *in, *out;	/* out NULL: no address */
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"2001:DB8:0:0::1", "2001:db8::1"},
	    {"[2001:db8::1]", "2001:db8::1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"10.1.2.3/8", "10.0.0.0/8"},
	    {"10.1.2.3/255.255.0.0", "10.1.0.0/16"},
	    {"10.1.2.3/32", "10.1.2.3"},
	    {"2001:db8::ff/65", "2001:db8::/65"},
	    {"0.0.0.0/0", "0.0.0.0"},
	    {"192.0.2.01", NULL},
	    {"192.0.2", NULL},
	    {"192.0.2.256", NULL},
	    {"fe80::1%eth0", NULL},
	    {"", NULL},
	    {"a.example", NULL},
	    {"1.2.3.4/", NULL},
	    {"1.2.3.4/x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ADDR_TEXT_MAX];
		struct addr a;
		int r = addr_parse(slice_cstr(rows[i].in), &a);

		if (rows[i].out == NULL) {
			assert_int_equal(r, -EINVAL);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(addr_text(&a, text).p, rows[i].out);
	}
}

static void
impossible_masks_are_told_apart(void **state)
{
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse(SLICE("10.0.0.0/255.0.255.0"), &a), -EDOM);
	assert_int_equal(addr_parse(SLICE("10.0.0.0/33"), &a), -EDOM);
	assert_int_equal(addr_parse(SLICE("::/129"), &a), -EDOM);
}

static void
nul_does_not_end_an_address(void **state)
{
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse(SLICE("1.2.3.4\0"), &a), -EINVAL);
}

static void
networks_hold_their_addresses(void **state)
{
	static const struct {
		const char *a, *net;
		bool within;
	} rows[] = {
	    {"10.1.2.3", "10.0.0.0/8", true},
	    {"11.1.2.3", "10.0.0.0/8", false},
	    {"10.1.0.0/16", "10.0.0.0/8", true},
	    {"10.0.0.0/8", "10.1.0.0/16", false},
	    {"10.1.2.3", "10.1.2.3", true},
	    {"2001:db8:ffff::1", "2001:db8::/33", false},
	    {"2001:db8:7fff::1", "2001:db8::/33", true},
	    {"192.0.2.1", "::/0", false},
	    {"255.255.255.255", "0.0.0.0/0", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr a, net;

		assert_int_equal(addr_parse(slice_cstr(rows[i].a), &a), 0);
		assert_int_equal(addr_parse(slice_cstr(rows[i].net), &net), 0);
		assert_int_equal(addr_within(&a, &net), rows[i].within);
	}
}

static void
addresses_of_sockets_are_those_of_texts(void **state)
{
	static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sockaddr_in in4 = {.sin_family = AF_INET};
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
		bool v4 = inet_pton(AF_INET, texts[i], &in4.sin_addr) == 1;
		struct addr parsed, a;

		assert_true(v4 || inet_pton(AF_INET6, texts[i], &in6.sin6_addr) == 1);
		assert_int_equal(addr_parse(slice_cstr(texts[i]), &parsed), 0);
		assert_true(addr_of_sockaddr(
		    v4 ? (const struct sockaddr *)&in4 : (const struct sockaddr *)&in6, &a));
		assert_true(addr_eq(&a, &parsed));
	}
}

static void
other_sockets_have_no_address(void **state)
{
	const struct sockaddr local = {.sa_family = AF_UNIX};
	struct addr a;

	(void)state;
	assert_false(addr_of_sockaddr(&local, &a));
	assert_false(addr_of_sockaddr(NULL, &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_have_one_canonical_form),
	    cmocka_unit_test(impossible_masks_are_told_apart),
	    cmocka_unit_test(nul_does_not_end_an_address),
	    cmocka_unit_test(networks_hold_their_addresses),
	    cmocka_unit_test(addresses_of_sockets_are_those_of_texts),
	    cmocka_unit_test(other_sockets_have_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
