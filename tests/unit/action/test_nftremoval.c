/* Which scripts are known to take a set and its rules away, or to empty the set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "action/nftremoval.h"

#include <linux/netfilter.h>

#define LIST "nft -a list chain inet t c"
#define HANDLES LIST " | sed -n 's/.*@s-1[[:space:]].*# handle \\([0-9]*\\)$/\\1/p'"
#define RULES "for h in $(" HANDLES "); do nft delete rule inet t c handle \"$h\"; done\n"
#define SET "nft delete set inet t s-1\n"
#define SETS "nft list table inet t | grep -q '^[[:space:]]*set '"
#define REMOVE(sed)                                                                                \
	"for h in $(" LIST " | sed -n " sed "); do nft delete rule inet t c handle $h; done\n" SET TABLE
#define TABLE SETS " || nft delete table inet t"

static void
removals_are_read(void **state)
{
	static const char *const rows[] = {
	    RULES SET TABLE,
	    "{ flock 9\n" RULES SET TABLE "\n} 9< /",
	    HANDLES " | while read h; do nft delete rule inet t c handle $h; done; " SET TABLE,
	    "{ " LIST " | grep -oP '@s-1\\s.*\\s\\Khandle\\s+\\d+$'; } | while read -r h; do\n"
	    "nft delete rule inet t c $h\ndone\n" SET "{ nft list table inet t | grep -qP '^\\s+set\\s'; } || {\n"
	    "nft delete table inet t\n}\n",
	    LIST " | sed -nE 's/^.* @s-1 .*(handle [0-9]+)$/\\1/p' | while read -r h; do nft delete rule inet t c $h; done\n"
	    SET "nft list table inet t | grep -qE '^.set' || nft delete table inet t",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_removal r;

		if (!nftremoval_parse(slice_cstr(rows[i]), &r))
			fail_msg("not read: %s", rows[i]);
		assert_false(r.flushes);
		assert_int_equal(r.locks, i == 1);
		assert_int_equal(r.plan.set.family, NFPROTO_INET);
		assert_string_equal(r.plan.set.table, "t");
		assert_string_equal(r.plan.set.set, "s-1");
		assert_int_equal(r.plan.chain_count, 1);
		assert_string_equal(r.plan.chains[0].name, "c");
	}
}

static void
flushes_are_read(void **state)
{
	static const char *const rows[] = {
	    "nft flush set ip6 t s-1",
	    "nft flush set ip6 t s-1 || exit 1",
	    "{ nft flush set ip6 t s-1 2> /dev/null; } || {\n" RULES SET "nft add set inet t s-1 {}\n}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_removal r;

		if (!nftremoval_parse(slice_cstr(rows[i]), &r))
			fail_msg("not read: %s", rows[i]);
		assert_true(r.flushes && !r.locks);
		assert_int_equal(r.plan.set.family, NFPROTO_IPV6);
		assert_string_equal(r.plan.set.table, "t");
		assert_string_equal(r.plan.set.set, "s-1");
	}
}

static void
any_other_script_is_left_to_the_shell(void **state)
{
	static const char *const rows[] = {
	    "",
	    "true",
	    SET,
	    SET TABLE,
	    RULES SET,
	    RULES TABLE,
	    SET RULES TABLE,
	    RULES SET SETS " && nft delete table inet t",
	    RULES SET "nft delete table inet t",
	    RULES SET TABLE "\nreboot",
	    RULES SET TABLE "\n" TABLE,
	    RULES SET "nft list table inet t | grep -q set || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q '^[[:space:]]*chain ' || nft delete table inet t",
	    RULES SET "nft list table inet u | grep -q '^[[:space:]]*set ' || nft delete table inet u",
	    RULES SET "nft list table ip t | grep -q '^[[:space:]]*set ' || nft delete table ip t",
	    RULES "nft delete set inet t s\n" TABLE,
	    RULES "nft delete set inet t s-12\n" TABLE,
	    /* Rules of other sets, not all of its own, or another number of theirs. */
	    "for h in $(" LIST " | sed -n 's/.*@s-1.*# handle \\([0-9]*\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(" LIST " | sed -n 's/.*s-1 .*# handle \\([0-9]*\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(" LIST " | sed -n 's/.*@s-1 .*# handle \\([0-9]\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(" LIST " | sed -n 's/.*@s-1 drop.*# handle \\([0-9]*\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(" LIST " | sed -n 's/tcp .*@s-1 .*# handle \\([0-9]*\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(" LIST " | sed -n 's/.*@s-1 .*# handle [0-9]*\\([0-9]\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(nft list chain inet t c | sed -n 's/.*@s-1 .*# handle \\([0-9]*\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    "for h in $(nft -a list chain inet t d | sed -n 's/.*@s-1 .*# handle \\([0-9]*\\)$/\\1/p'); do nft delete rule inet t c handle $h; done\n"
	    SET TABLE,
	    REMOVE("'s/.*@s-1[^0-9].*# handle \\([0-9]*\\)$/\\1/p'"),
	    REMOVE("'s/.*@s-1\\([[:space:]]\\|_\\).*# handle \\([0-9]*\\)$/\\1/p'"),
	    REMOVE("'s/.* saddr @s-1 .*# handle \\([0-9]*\\)$/\\1/p'"),
	    REMOVE("'s/.*@s-1 \\(drop\\|reject\\|counter\\).*# handle \\([0-9]*\\)$/\\1/p'"),
	    REMOVE("'s/.*@s-1 .*# handle \\([0-9][0-9]\\?\\)$/\\1/p'"),
	    "for h in $(" HANDLES "); do nft delete rule inet t c handle \"0$h\"; done\n" SET TABLE,
	    RULES SET "nft list chain inet t c | grep -q saddr || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q elements || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q 'type ipv4_addr' || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q 'set s-' || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q @ || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q -1 || nft delete table inet t",
	    RULES SET "nft list table inet t | grep -q '[:space:]*set [a-z]' || nft delete table inet t",
	    /* Of a set whose name a regex may take for another. */
	    "for h in $(nft -a list chain inet t c | sed -n 's/.*@s.1 .*# handle \\([0-9]*\\)$/\\1/p'); do\n"
	    "nft delete rule inet t c handle $h; done\nnft delete set inet t s.1\n" TABLE,
	    "nft list table inet t | grep -q 'tcp dport' || nft flush set inet t s-1",
	    "flock 9 || exit 1\nnft flush set inet t s-1",
	    "{ flock 8 || exit 1\nnft flush set inet t s-1\n} 9< /",
	    "flock 9 || echo ${y:-a; nft flush set inet t s-1 || b }",
	    "'nft flush' set inet t s-1",
	    "nft flush set inet t s-1\n" RULES,
	    "nft flush set inet t s-1\nnft flush set inet t s-1",
	    "nft flush set inet t",
	    "nft flush set inet t 's-1;'",
	    "nft flush set some t s-1",
	    "nft flush chain inet t c",
	    "nft flush set inet t s-1; nft add element inet t s-1 { 192.0.2.1 }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nft_removal r;

		if (nftremoval_parse(slice_cstr(rows[i]), &r))
			fail_msg("read: %s", rows[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(removals_are_read),
	    cmocka_unit_test(flushes_are_read),
	    cmocka_unit_test(any_other_script_is_left_to_the_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
