/* Which texts are run in the kernel, and that no other is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "action/form.h"

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
		struct form f;
		char text[ADDR_TEXT_MAX];

		assert_true(form_parse(slice_cstr(rows[i].text), &f));
		assert_int_equal(f.add, rows[i].add);
		assert_int_equal(f.nft.family, rows[i].family);
		assert_string_equal(f.nft.table, rows[i].table);
		assert_string_equal(f.nft.set, rows[i].set);
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
	    "ipset add s 192.0.2.1",
	    "ipset add s 192.0.2.1 timeout 60",
	    "ipset -exist add s 192.0.2.0/24",
	    "ipset -exist add s 192.0.2.1 timeout 2147484",
	    "ipset -exist add s 192.0.2.1 timeout",
	    "ipset -exist add s 192.0.2.1 timeout -1",
	    "ipset -exist add s 192.0.2.1 timeout $(reboot)",
	    "ipset -exist add s 192.0.2.1 timeout $([ \"6\" -le 2147483 ] && echo \"7\" || echo 0)",
	    "ipset -exist add s 192.0.2.1 timeout $([ \"6\" -le 2147483 ] && echo \"6\" || reboot)",
	    "ipset -exist add s 192.0.2.1 timeout $([ \"6\" -le 2147483 ] && echo \"6\" || echo 0) x",
	    "ipset -exist del s 192.0.2.1 timeout 0",
	    "ipset -exist add s 192.0.2.1 comment x",
	    "ipset -exist add name-longer-than-ip-set-has-it-31 192.0.2.1",
	    "ipset -exist test s 192.0.2.1",
	    "ipset flush s",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1 -j",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1 -j DROP; reboot",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1 -j DROP -t nat",
	    "iptables -w -t nat -I f2b-a 1 -s 192.0.2.1 -j DROP",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1 -j LOG --log-prefix \"a b\"",
	    "iptables -w -I f2b-a 1 ! -s 192.0.2.1 -j DROP",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1 -p tcp -j DROP",
	    "iptables -w -C f2b-a -s 192.0.2.1 -j DROP",
	    "iptables -w -I $chain 1 -s 192.0.2.1 -j DROP",
	    "iptables -w -I f2b-a 1 -s 192.0.2.1 -j DROP || true",
	    "iptables-legacy -w -I f2b-a 1 -s 192.0.2.1 -j DROP # x",
	    "sudo iptables -w -I f2b-a 1 -s 192.0.2.1 -j DROP",
	    "$(x)iptables -w -I f2b-a 1 -s 192.0.2.1 -j DROP",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct form f;

		assert_false(form_parse(slice_cstr(rows[i]), &f));
	}
}

static void
names_beyond_the_maximum_are_refused(void **state)
{
	char text[512];
	struct form f;

	(void)state;
	(void)snprintf(text, sizeof(text), "nft add element ip t s%0*d { 192.0.2.1 }",
	    NFT_NAME_MAX - 2, 7);
	assert_true(form_parse(slice_cstr(text), &f));
	(void)snprintf(text, sizeof(text), "nft add element ip t s%0*d { 192.0.2.1 }",
	    NFT_NAME_MAX - 1, 7);
	assert_false(form_parse(slice_cstr(text), &f));
}

static void
ipset_forms_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		bool add, timed, capped;
		unsigned seconds;
	} rows[] = {
	    {"ipset -exist add f2b-sshd 192.0.2.1 timeout 0", true, true, false, 0},
	    {"ipset -exist add f2b-sshd 192.0.2.1", true, false, false, 0},
	    {"ipset add f2b-sshd 192.0.2.1 timeout 2147483 -exist", true, true, false, 2147483},
	    {"ipset -exist del f2b-sshd 192.0.2.1", false, false, false, 0},
	    {"ipset del f2b-sshd 192.0.2.1 -exist", false, false, false, 0},
	    {"ipset -exist add f2b-sshd 192.0.2.1 timeout "
	     "$([ \"600\" -le 2147483 ] && echo \"600\" || echo 0)",
		true, true, true, 600},
	    {"ipset -exist add f2b-sshd 192.0.2.1 timeout $([ \"60\" -ge 0 ] && [ \"60\" -le 2147483 ] "
	     "&& echo \"60\" || echo 0)",
		true, true, true, 60},
	    {"ipset -exist add f2b-sshd 192.0.2.1 timeout "
	     "$([ \"2147484\" -le 2147483 ] && echo \"2147484\" || echo 0)",
		true, true, true, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct form f;

		assert_true(form_parse(slice_cstr(rows[i].text), &f));
		assert_int_equal(f.kind, FORM_IPSET);
		assert_int_equal(f.add, rows[i].add);
		assert_int_equal(f.timed, rows[i].timed);
		assert_int_equal(f.capped, rows[i].capped);
		assert_int_equal(f.timeout_s, rows[i].seconds);
		assert_string_equal(f.ipset, "f2b-sshd");
	}
}

static void
iptables_forms_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *program, *before, *after;
		bool add;
	} rows[] = {
	    {"iptables -w -I f2b-a 1 -s 192.0.2.1 -j REJECT --reject-with icmp-port-unreachable",
		"iptables-restore -w", "-I f2b-a 1 -s",
		"-j REJECT --reject-with icmp-port-unreachable", true},
	    {"/usr/sbin/ip6tables --wait 5 -D f2b-a -s 2001:db8::1 -j DROP",
		"/usr/sbin/ip6tables-restore -w 5", "-D f2b-a -s", "-j DROP", false},
	    {"iptables -A f2b-a -s 192.0.2.0/24 -j f2b-a-log", "iptables-restore", "-A f2b-a -s",
		"-j f2b-a-log", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct form f;

		assert_true(form_parse(slice_cstr(rows[i].text), &f));
		assert_int_equal(f.kind, FORM_IPTABLES);
		assert_int_equal(f.add, rows[i].add);
		assert_string_equal(f.rule.program, rows[i].program);
		assert_string_equal(f.rule.before, rows[i].before);
		assert_string_equal(f.rule.after, rows[i].after);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_forms_are_taken_apart),
	    cmocka_unit_test(any_other_text_is_left_to_the_shell),
	    cmocka_unit_test(names_beyond_the_maximum_are_refused),
	    cmocka_unit_test(ipset_forms_are_taken_apart),
	    cmocka_unit_test(iptables_forms_are_taken_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
