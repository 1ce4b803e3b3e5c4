/* Which scripts are known to make a set and its rules, and what they make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "action/nftscript.h"
#include "util/buf.h"

#include <linux/netfilter.h>
#include <netinet/in.h>

#define TABLE "nft add table inet t\n"
#define CHAIN "nft add chain inet t c { type filter hook input priority -1\\; }\n"
#define SET "nft add set inet t s { type ipv4_addr\\; }\n"
#define HEAD TABLE CHAIN SET

static void
a_set_and_its_rules_are_read(void **state)
{
	struct nft_plan p;
	bool locks;

	(void)state;
	assert_true(nftscript_parse(SLICE("nft add table inet f2b-table\n"
					  "nft -- add chain inet f2b-table f2b-chain \\{ type "
					  "filter hook forward priority -1 \\; \\}\n"
					  "nft add set inet f2b-table addr6-set-a \\{ type "
					  "ipv6_addr\\; flags interval\\; \\}\n"
					  "for proto in $(echo 'tcp,udp' | sed 's/,/ /g'); do\n"
					  "nft add rule inet f2b-table f2b-chain $proto dport \\{ "
					  "$(echo '22,80:90' | sed s/:/-/g) \\} ip6 saddr "
					  "@addr6-set-a counter drop\n"
					  "done"),
	    &p, &locks));
	assert_false(locks);
	assert_int_equal(p.addr, ADDR_INET6);
	assert_int_equal(p.set.family, NFPROTO_INET);
	assert_string_equal(p.set.table, "f2b-table");
	assert_string_equal(p.set.set, "addr6-set-a");
	assert_true(p.networks && !p.timeouts);
	assert_int_equal(p.chain_count, 1);
	assert_string_equal(p.chains[0].name, "f2b-chain");
	assert_int_equal(p.chains[0].hook, NF_INET_FORWARD);
	assert_string_equal(p.type, "filter");
	assert_int_equal(p.priority, -1);
	assert_true(p.by_port && p.ranges);
	assert_int_equal(p.port_count, 2);
	assert_int_equal(p.ports[0].first, 22);
	assert_int_equal(p.ports[1].first, 80);
	assert_int_equal(p.ports[1].last, 90);
	assert_int_equal(p.protocol_count, 2);
	assert_int_equal(p.protocols[0], IPPROTO_TCP);
	assert_int_equal(p.protocols[1], IPPROTO_UDP);
	assert_true(p.counter && !p.reject);
	assert_int_equal(p.verdict, NF_DROP);
}

static void
other_ways_to_write_it_are_read(void **state)
{
	static const struct {
		const char *script;
		bool by_port, locks;
		size_t protocols;
	} rows[] = {
	    {HEAD "nft add rule inet t c ip saddr @s drop", false, false, 0},
	    {HEAD "nft add rule inet t c meta l4proto { tcp, udp } ip saddr @s reject", false,
		false, 2},
	    {HEAD "nft add rule inet t c meta l4proto icmp ip saddr @s return", false, false, 1},
	    {HEAD "nft add rule inet t c th dport 22 ip saddr @s drop", true, false, 0},
	    {HEAD "nft add rule inet t c tcp dport { ssh } ip saddr @s reject with tcp reset", true,
		false, 1},
	    {"{ flock 9\n" HEAD "nft add rule inet t c ip saddr @s drop\n} 9< /", false, true, 0},
	    {"if nft -t list set inet t s > /dev/null 2>&1; then rm -rf x; fi\n"
	     "nft -- add table inet t\\; add chain inet t c { type filter hook input priority 0\\; "
	     "policy accept\\; \\}\\; "
	     "add set inet t s { type ipv4_addr\\; flags interval,timeout\\; } || exit 1\n"
	     "nft add rule inet t c ip saddr @s drop || exit 1",
		false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_plan p;
		bool locks;

		if (!nftscript_parse(slice_cstr(rows[i].script), &p, &locks))
			fail_msg("not read: %s", rows[i].script);
		assert_int_equal(p.by_port, rows[i].by_port);
		assert_int_equal(p.protocol_count, rows[i].protocols);
		assert_int_equal(locks, rows[i].locks);
	}
}

static void
any_other_script_is_left_to_the_shell(void **state)
{
	static const char *const rows[] = {
	    "",
	    "true",
	    HEAD,
	    CHAIN SET "nft add rule inet t c ip saddr @s drop",
	    TABLE SET "nft add rule inet t c ip saddr @s drop",
	    TABLE CHAIN "nft add rule inet t c ip saddr @s drop",
	    HEAD "nft add rule inet t c ip saddr @s drop\nreboot",
	    HEAD "nft add rule inet t c ip saddr @s drop\nnft add rule inet t c ip saddr @s drop",
	    HEAD "nft add rule inet t c tcp dport 22 ip saddr @s drop\nnft add rule inet t c udp "
		 "dport 23 ip saddr @s drop",
	    HEAD "nft add rule inet t c tcp dport 22 ip saddr @s drop\nnft add rule inet t c udp "
		 "dport 22 ip saddr @s reject",
	    HEAD "nft insert rule inet t c ip saddr @s drop",
	    HEAD "nft add rule inet t d ip saddr @s drop",
	    HEAD "nft add rule inet u c ip saddr @s drop",
	    HEAD "nft add rule ip t c ip saddr @s drop",
	    HEAD "nft add rule inet t c ip saddr @r drop",
	    HEAD "nft add rule inet t c ip6 saddr @s drop",
	    HEAD "nft add rule inet t c ip daddr @s drop",
	    HEAD "nft add rule inet t c ip saddr s drop",
	    HEAD "nft add rule inet t c ip saddr != @s drop",
	    HEAD "nft add rule inet t c ip saddr @s",
	    HEAD "nft add rule inet t c ip saddr @s log drop",
	    HEAD "nft add rule inet t c ip saddr @s jump d",
	    HEAD "nft add rule inet t c meta l4proto all ip saddr @s drop",
	    HEAD "nft add rule inet t c tcp sport 22 ip saddr @s drop",
	    HEAD "nft add rule inet t c tcp dport 022 ip saddr @s drop",
	    HEAD "nft add rule inet t c tcp dport 80:90 ip saddr @s drop",
	    HEAD "nft add rule inet t c tcp dport { 22 80 } ip saddr @s drop",
	    HEAD "nft add rule inet t c icmp dport 22 ip saddr @s drop",
	    HEAD "nft add rule inet t c iif eth0 ip saddr @s drop",
	    HEAD "nft -f x",
	    TABLE "nft add chain inet t c { type filter hook input priority filter\\; }\n" SET
		  "nft add rule inet t c ip saddr @s drop",
	    TABLE
	    "nft add chain inet t c { type filter hook input priority -1\\; policy drop\\; }\n" SET
	    "nft add rule inet t c ip saddr @s drop",
	    TABLE "nft add chain inet t c\n" SET "nft add rule inet t c ip saddr @s drop",
	    TABLE CHAIN "nft add set inet t s { type ipv4_addr\\; flags constant\\; }\nnft add "
			"rule inet t c ip saddr @s drop",
	    TABLE CHAIN "nft add set inet t s { type ipv4_addr\\; timeout 1h\\; }\nnft add rule "
			"inet t c ip saddr @s drop",
	    TABLE CHAIN
	    "nft add set inet t s { type inet_service\\; }\nnft add rule inet t c ip saddr @s drop",
	    "if nft list set inet t r > /dev/null 2>&1; then reboot; fi\n" HEAD
	    "nft add rule inet t c ip saddr @s drop",
	    "if nft list table inet t > /dev/null 2>&1; then reboot; fi\n" HEAD
	    "nft add rule inet t c ip saddr @s drop",
	    HEAD "nft flush set inet t s\nnft add rule inet t c ip saddr @s drop",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_plan p;
		bool locks;

		if (nftscript_parse(slice_cstr(rows[i]), &p, &locks))
			fail_msg("read: %s", rows[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_set_and_its_rules_are_read),
	    cmocka_unit_test(other_ways_to_write_it_are_read),
	    cmocka_unit_test(any_other_script_is_left_to_the_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
