/* Which texts are run in the kernel, and that no other is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "action/nftform.h"

#include <linux/netfilter.h>

static void
known_forms_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		bool add;
		uint8_t family;
		const char *table, *set, *addr;
	} rows[] = {
	    {"nft add element inet f2b-table addr-set-sshd \\{ 192.0.2.1 \\}", true, NFPROTO_INET,
		"f2b-table", "addr-set-sshd", "192.0.2.1"},
	    {"nft delete element inet f2b-table addr6-set-a \\{ 2001:db8::1 \\}", false,
		NFPROTO_INET, "f2b-table", "addr6-set-a", "2001:db8::1"},
	    {"nft add element ip t s { 192.0.2.0/24 }", true, NFPROTO_IPV4, "t", "s", "192.0.2.0/24"},
	    {" nft  add\telement ip6 t s '{' ::1 \"}\"\n", true, NFPROTO_IPV6, "t", "s", "::1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_form f;
		char text[ADDR_TEXT_MAX];

		assert_true(nftform_parse(slice_cstr(rows[i].text), &f));
		assert_int_equal(f.add, rows[i].add);
		assert_int_equal(f.set.family, rows[i].family);
		assert_string_equal(f.set.table, rows[i].table);
		assert_string_equal(f.set.set, rows[i].set);
		assert_true(slice_eq(addr_text(&f.addr, text), slice_cstr(rows[i].addr)));
	}
}

static void
any_other_text_is_left_to_the_shell(void **state)
{
	static const char *const rows[] = {
	    "",
	    "nft",
	    "nft add element inet t s \\{ 192.0.2.1",
	    "nft add element inet t s \\{ 192.0.2.1 \\} ; reboot",
	    "nft add element inet t s \\{ 192.0.2.1 \\}\nreboot",
	    "nft add element inet t\ns \\{ 192.0.2.1 \\}",
	    "nft add element inet t s \\{ 192.0.2.1, 192.0.2.2 \\}",
	    "nft add element inet t s \\{ 192.0.2.1-192.0.2.9 \\}",
	    "nft add element inet t s \\{ 192.0.2.1/24 \\}",
	    "nft add element inet t s \\{ ::ffff:192.0.2.1 \\}",
	    "nft add element inet t s \\{ 2001:DB8::1 \\}",
	    "nft add element inet t s \\{ host.example \\}",
	    "nft add element inet t s \\{ 192.0.2.1 timeout 1h \\}",
	    "nft add element inet t $(s) \\{ 192.0.2.1 \\}",
	    "nft add element inet t s\\; \\{ 192.0.2.1 \\}",
	    "nft add element bridge t s \\{ 192.0.2.1 \\}",
	    "nft add element inet t \\{ 192.0.2.1 \\}",
	    "nft get element inet t s \\{ 192.0.2.1 \\}",
	    "/usr/sbin/nft add element inet t s \\{ 192.0.2.1 \\}",
	    "sudo nft add element inet t s \\{ 192.0.2.1 \\}",
	    "nft add element inet 1t s \\{ 192.0.2.1 \\}",
	    "nft -- add element inet t s \\{ 192.0.2.1 \\}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_form f;

		assert_false(nftform_parse(slice_cstr(rows[i]), &f));
	}
}

static void
names_beyond_the_maximum_are_refused(void **state)
{
	char text[512];
	struct nft_form f;

	(void)state;
	(void)snprintf(text, sizeof(text), "nft add element ip t s%0*d { 192.0.2.1 }",
	    NFT_NAME_MAX - 2, 7);
	assert_true(nftform_parse(slice_cstr(text), &f));
	(void)snprintf(text, sizeof(text), "nft add element ip t s%0*d { 192.0.2.1 }",
	    NFT_NAME_MAX - 1, 7);
	assert_false(nftform_parse(slice_cstr(text), &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_forms_are_taken_apart),
	    cmocka_unit_test(any_other_text_is_left_to_the_shell),
	    cmocka_unit_test(names_beyond_the_maximum_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
