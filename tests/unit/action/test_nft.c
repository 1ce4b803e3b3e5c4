/*
 * The native module against nft(8) in a network namespace of the test's own: the same listing as
 * after nft's own commands, and bans that survive somebody else's flush.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <unistd.h>
#include <cmocka.h>

#include "action/contest.h"
#include "action/direct.h"
#include "action/nft.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

/* What the jail has; for ever, unless a test says otherwise. */
static double bantime;

struct bench {
	uv_loop_t loop;
	struct action_jail jail;
	struct action_list *list;
	unsigned repairs;
	struct ticket *banned[20000];	/* what the jail says */
	size_t banned_count;
};

static double
bench_bantime(struct action_jail *jail)
{
	(void)jail;
	return bantime;
}

static bool
bench_tag(struct action_jail *jail, const struct ticket *t, struct slice tag, struct buf *out)
{
	(void)jail;
	(void)t;
	(void)tag;
	(void)out;
	return false;
}

static unsigned
bench_repaired(struct action_jail *jail)
{
	return ++LIST_ITEM(jail, struct bench, jail)->repairs;
}

static void
bench_each_ban(struct action_jail *jail, void (*each)(void *arg, const struct ticket *t), void *arg)
{
	struct bench *b = LIST_ITEM(jail, struct bench, jail);

	for (size_t i = 0; i < b->banned_count; i++)
		each(arg, b->banned[i]);
}

static void
shell(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int
setup(void **state)
{
	struct bench *b = MEM_NEW(struct bench);

	bantime = -1;
	(void)uv_loop_init(&b->loop);
	b->jail = (struct action_jail){
	    SLICE("j"), bench_bantime, bench_tag, bench_repaired, bench_each_ban};
	b->list = action_list_new(&b->loop, &b->jail);
	shell("nft flush ruleset");
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	action_list_free(b->list, NULL, NULL);
	for (size_t i = 0; i < b->banned_count; i++)
		ticket_unref(b->banned[i]);
	(void)uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	mem_free(b);
	return 0;
}

static void
add(struct bench *b, const char *name, const char *const props[][2], size_t count)
{
	assert_int_equal(action_add(b->list, slice_cstr(name), NULL), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(action_set(b->list, slice_cstr(name), slice_cstr(props[i][0]),
				     slice_cstr(props[i][1]), NULL),
		    0);
}

static void
settle(struct bench *b)
{
	while (action_pending(b->list) > 0)
		(void)uv_run(&b->loop, UV_RUN_ONCE);
}

static void
event(struct bench *b, void (*f)(struct action_list *l, struct ticket *t), const char *ip)
{
	struct ticket *t = ticket_new(slice_cstr(ip), slice_cstr(ip), INSTANT_S(1000));

	(void)addr_parse(slice_cstr(ip), &t->addr);
	f(b->list, t);
	ticket_unref(t);
	settle(b);
}

static void
listing(char *out, size_t size)
{
	FILE *f = popen("nft list ruleset", "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	assert_int_equal(pclose(f), 0);
}

#define BASE "add table inet f2b-table\nadd chain inet f2b-table f2b-chain " \
	     "{ type filter hook input priority -1; }\n" \
	     "add set inet f2b-table addr-set-j { type ipv4_addr; flags timeout; }\n" \
	     "add set inet f2b-table addr-net-set-j { type ipv4_addr; flags interval,timeout; }\n"
#define RULE(text) "add rule inet f2b-table f2b-chain " text "\n"
#define ELEMENTS "add element inet f2b-table addr-set-j { 192.0.2.1 }\n" \
		 "add element inet f2b-table addr-net-set-j { 198.51.100.0/24 }\n" \
		 "add element inet f2b-table addr-net-set-j { 255.255.255.0/24 }\n" \
		 "add element inet f2b-table addr-set-j { 255.255.255.255 }\n"

/* The rules with a set's name in place of "@SET". */
static void
put_rules(FILE *f, const char *rules, const char *set)
{
	const char *at;

	while ((at = strstr(rules, "@SET")) != NULL) {
		(void)fprintf(f, "%.*s@%s", (int)(at - rules), rules, set);
		rules = at + 4;
	}
	(void)fputs(rules, f);
}

static void
listing_is_that_of_nft(void **state)
{
	static const struct {
		const char *props[3][2];
		const char *rules;
	} rows[] = {
	    {{{"port", "ssh"}},
		RULE("tcp dport { ssh } ip saddr @SET reject")},
	    {{{"port", "ssh,80:90,http,91"}, {"protocol", "tcp,udp"}},
		RULE("tcp dport { ssh,80-90,http,91 } ip saddr @SET reject")
		    RULE("udp dport { ssh,80-90,http,91 } ip saddr @SET reject")},
	    {{{"port", "22,25,80"}, {"blocktype", "drop"}},
		RULE("tcp dport { 22,25,80 } ip saddr @SET drop")},
	    {{{"port", "80:90"}, {"protocol", "all"}},
		RULE("th dport { 80-90 } ip saddr @SET reject")},
	    {{{"type", "allports"}},
		RULE("meta l4proto { tcp } ip saddr @SET reject")},
	    {{{"type", "allports"}, {"protocol", "tcp,udp"}},
		RULE("meta l4proto { tcp,udp } ip saddr @SET reject")},
	    {{{"type", "allports"}, {"protocol", "all"},
		 {"blocktype", "counter reject with icmpx type host-unreachable"}},
		RULE("ip saddr @SET counter reject with icmpx type host-unreachable")
		   },
	};
	static char ours[65536], theirs[65536];
	static const char *const common[][2] = {{"module", "nft"}, {"name", "j"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *bench;
		FILE *f;

		(void)setup(&bench);
		add(bench, "a", common, 2);
		for (size_t k = 0; k < 3 && rows[i].props[k][0] != NULL; k++)
			assert_int_equal(action_set(((struct bench *)bench)->list, SLICE("a"),
					     slice_cstr(rows[i].props[k][0]),
					     slice_cstr(rows[i].props[k][1]), NULL),
			    0);
		event(bench, action_ban, "192.0.2.1");
		event(bench, action_ban, "198.51.100.0/24");
		event(bench, action_ban, "255.255.255.0/24");
		event(bench, action_ban, "255.255.255.255");
		listing(ours, sizeof(ours));
		shell("nft flush ruleset");
		f = popen("nft -f -", "w");
		assert_non_null(f);
		(void)fputs(BASE, f);
		put_rules(f, rows[i].rules, "addr-set-j");
		put_rules(f, rows[i].rules, "addr-net-set-j");
		(void)fputs(ELEMENTS, f);
		assert_int_equal(pclose(f), 0);
		listing(theirs, sizeof(theirs));
		assert_string_equal(ours, theirs);
		(void)teardown(&bench);
	}
}

static const char *const plain[][2] = {{"module", "nft"}, {"name", "j"}};

static void
bans_come_and_go(void **state)
{
	static char text[65536];
	struct bench *b = *state;

	add(b, "a", plain, 2);
	event(b, action_ban, "192.0.2.1");
	event(b, action_ban, "192.0.2.1");
	event(b, action_ban, "192.0.2.2");
	event(b, action_ban, "2001:db8::1");
	event(b, action_unban, "192.0.2.2");
	event(b, action_unban, "192.0.2.2");
	listing(text, sizeof(text));
	assert_non_null(strstr(text, "elements = { 192.0.2.1 }"));
	assert_non_null(strstr(text, "elements = { 2001:db8::1 }"));
	action_flush(b->list, NULL, 0, false);
	settle(b);
	listing(text, sizeof(text));
	assert_null(strstr(text, "elements"));
	assert_non_null(strstr(text, "@addr6-set-j"));
	action_stop(b->list, NULL, NULL);
	action_start(b->list);
	action_stop(b->list, NULL, NULL);
	settle(b);
	listing(text, sizeof(text));
	assert_string_equal(text, "");
}

static void
rules_that_are_there_are_not_doubled(void **state)
{
	static char before[65536], after[65536];
	struct bench *b = *state;

	add(b, "a", plain, 2);
	add(b, "b", plain, 2);
	event(b, action_ban, "192.0.2.1");
	listing(before, sizeof(before));
	event(b, action_ban, "192.0.2.1");
	listing(after, sizeof(after));
	assert_string_equal(before, after);
}

static void
lost_table_is_made_again(void **state)
{
	static char text[65536];
	struct bench *b = *state;

	add(b, "a", plain, 2);
	event(b, action_ban, "192.0.2.1");
	shell("nft flush ruleset");
	event(b, action_ban, "192.0.2.2");
	assert_int_equal(b->repairs, 1);
	listing(text, sizeof(text));
	assert_non_null(strstr(text, "elements = { 192.0.2.2 }"));
	assert_non_null(strstr(text, "@addr-set-j reject"));
	shell("nft flush ruleset");
	event(b, action_unban, "192.0.2.2");
	assert_int_equal(b->repairs, 1);
}

static void
table_stays_while_others_have_sets_in_it(void **state)
{
	static char text[65536];
	struct bench *b = *state;

	add(b, "a", plain, 2);
	event(b, action_ban, "192.0.2.1");
	shell("nft add set inet f2b-table other '{ type ipv4_addr; }'");
	action_start(b->list);
	action_stop(b->list, NULL, NULL);
	settle(b);
	listing(text, sizeof(text));
	assert_non_null(strstr(text, "set other"));
	assert_null(strstr(text, "addr-set-j"));
}

static void
unknown_values_are_refused_and_change_nothing(void **state)
{
	static const char *const wrong[][2] = {{"blocktype", "redirect to 2222"},
	    {"port", "no-such-service"}, {"port", "90:80"}, {"protocol", "icmp"},
	    {"type", "oneport"}, {"table_family", "bridge"}, {"chain_hook", "ingress"},
	    {"chain_type", "x"}, {"chain_priority", "soon"}, {"module", "pf"}, {"table", ""}};
	static char text[65536];
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		add(b, "a", plain, 2);
		assert_int_equal(action_set(b->list, SLICE("a"), slice_cstr(wrong[i][0]),
				     slice_cstr(wrong[i][1]), NULL),
		    0);
		event(b, action_ban, "192.0.2.1");
		listing(text, sizeof(text));
		assert_string_equal(text, "");
		assert_int_equal(action_remove(b->list, SLICE("a")), 0);
	}
}

/* What an administrator's own action does with nft's words. */
static void
fast_path_leaves_what_the_shell_leaves(void **state)
{
	static const char *const props[][2] = {
	    {"actionstart", "nft add table inet t; nft add set inet t s4 \\{ type ipv4_addr\\; "
			    "flags interval\\; \\}; nft add set inet t s6 \\{ type ipv6_addr\\; \\}"},
	    {"set", "s4"}, {"set?family=inet6", "s6"},
	    {"actionban", "nft add element inet t <set> \\{ <ip> \\}"},
	    {"actionunban", "nft delete element inet t <set> \\{ <ip> \\}"}};
	static const char *const bans[] = {"192.0.2.1", "10.0.0.0/8", "255.255.255.255", "0.0.0.0",
	    "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
	static char text[2][65536];

	(void)state;
	for (unsigned off = 0; off < 2; off++) {
		void *bench;

		(void)setup(&bench);
		direct_set(off == 0);
		add(bench, "a", props, 5);
		for (size_t i = 0; i < sizeof(bans) / sizeof(bans[0]); i++)
			event(bench, action_ban, bans[i]);
		event(bench, action_unban, bans[1]);
		event(bench, action_unban, bans[2]);
		listing(text[off], sizeof(text[off]));
		(void)teardown(&bench);
	}
	direct_set(true);
	assert_non_null(strstr(text[0], "192.0.2.1"));
	assert_string_equal(text[0], text[1]);
}

/* The stock form, in a set of its own; "broken" is an element that the kernel has reason to refuse. */
static const char *const batched[][2] = {
    {"actionstart", "nft add table inet t; nft add set inet t s \\{ type ipv4_addr\\; "
		    "flags interval\\; \\}"},
    {"actioncheck", "nft list set inet t s"},
    {"actionstop", "nft delete table inet t"},
    {"actionban", "nft add element inet t s \\{ <ip> \\}"},
    {"actionunban", "nft delete element inet t s \\{ <ip> \\}"}};

/* Addresses 10.a.b.c, one for each number. */
static void
event_number(struct bench *b, void (*f)(struct action_list *l, struct ticket *t), unsigned i)
{
	char ip[32];
	struct ticket *t;

	(void)snprintf(ip, sizeof(ip), "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
	t = ticket_new(slice_cstr(ip), slice_cstr(ip), INSTANT_S(1000));
	(void)addr_parse(slice_cstr(ip), &t->addr);
	f(b->list, t);
	ticket_unref(t);
}

static unsigned
count_elements(const char *list)
{
	char command[256];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(command, sizeof(command),
	    "%s 2>/dev/null | grep -o '[0-9]*\\.[0-9]*\\.[0-9]*\\.[0-9]*' | wc -l", list);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &n), 1);
	assert_int_equal(pclose(f), 0);
	return n;
}

static int
generation_attribute(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == NFTA_GEN_ID)
		*(uint32_t *)arg = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

static void
note_generation(void *arg, const struct nlmsghdr *h)
{
	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), generation_attribute, arg);
}

/* How many transactions this namespace has seen. */
static uint32_t
generation(void)
{
	struct nft *n;
	uint32_t id = 0;

	assert_int_equal(nft_share(&n), 0);
	assert_int_equal(nft_ask(n, nft_question(n, NFT_MSG_GETGEN, AF_UNSPEC, NLM_F_ACK),
			     note_generation, &id),
	    0);
	nft_unshare(n);
	return id;
}

static unsigned
elements(const char *set)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "nft list set inet t %s", set);
	return count_elements(command);
}

static void
bans_of_one_turn_are_one_transaction(void **state)
{
	struct bench *b = *state;
	unsigned before, after;

	add(b, "a", batched, 5);
	action_start(b->list);
	event(b, action_ban, "192.0.2.1");
	before = generation();
	for (unsigned i = 0; i < 2000; i++)
		event_number(b, action_ban, i);
	for (unsigned i = 0; i < 500; i++)
		event_number(b, action_unban, i);
	settle(b);
	after = generation();
	/* The first one did not wait for the others. */
	assert_in_range(after - before, 1, 2);
	assert_int_equal(elements("s"), 1501);
}

static void
one_refused_change_costs_no_other_one(void **state)
{
	struct bench *b = *state;

	add(b, "a", batched, 5);
	action_start(b->list);
	event(b, action_ban, "192.0.2.1");
	for (unsigned i = 0; i < 1000; i++)
		event_number(b, action_ban, i);
	settle(b);
	shell("nft delete element inet t s { 10.0.0.7, 10.0.3.5 }");
	/* Those two are not there to be deleted: the transaction with them fails. */
	for (unsigned i = 0; i < 1000; i++)
		event_number(b, action_unban, i);
	event_number(b, action_ban, 5000);
	settle(b);
	assert_int_equal(elements("s"), 2);
	assert_int_equal(b->repairs, 0);
}

static void
many_bans_for_a_lost_table_make_it_again_once(void **state)
{
	struct bench *b = *state;

	add(b, "a", batched, 5);
	action_start(b->list);
	event(b, action_ban, "192.0.2.1");
	shell("nft flush ruleset");
	for (unsigned i = 0; i < 1000; i++)
		event_number(b, action_ban, i);
	settle(b);
	assert_int_equal(b->repairs, 1);
	assert_int_equal(elements("s"), 1000);
}

static void
full_set_keeps_what_fits(void **state)
{
	struct bench *b = *state;

	add(b, "a", batched, 5);
	shell("nft add table inet t; nft add set inet t s '{ type ipv4_addr; size 100; }'");
	assert_int_equal(action_set(b->list, SLICE("a"), SLICE("actionstart"), SLICE("true"), NULL), 0);
	action_start(b->list);
	for (unsigned i = 0; i < 105; i++)
		event_number(b, action_ban, i);
	settle(b);
	assert_int_equal(elements("s"), 100);
}

static void
slow_action_does_not_delay_a_direct_one(void **state)
{
	struct bench *b = *state;

	add(b, "a", batched, 5);
	action_start(b->list);
	add(b, "slow", NULL, 0);
	assert_int_equal(
	    action_set(b->list, SLICE("slow"), SLICE("actionban"), SLICE("sleep 1"), NULL), 0);
	event(b, action_ban, "192.0.2.1");
	event_number(b, action_ban, 1);
	event_number(b, action_ban, 2);
	for (unsigned i = 0; i < 20 && action_pending(b->list) > 2; i++)
		(void)uv_run(&b->loop, UV_RUN_ONCE);
	assert_int_equal(action_pending(b->list), 2);
	assert_int_equal(elements("s"), 3);
	settle(b);
}

/* Bans 10.a.b.c, and keeps the ticket as the jail would. */
static void
hold(struct bench *b, unsigned i, bool restored)
{
	char ip[32];
	struct ticket *t;

	(void)snprintf(ip, sizeof(ip), "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
	t = ticket_new(slice_cstr(ip), slice_cstr(ip), time_now());
	t->restored = restored;
	b->banned[b->banned_count++] = t;
	action_ban(b->list, t);
}

static void
hold_ten(struct bench *b)
{
	add(b, "a", plain, 2);
	action_start(b->list);
	for (unsigned i = 0; i < 10; i++)
		hold(b, i, false);
	settle(b);
}

static void
bans_end_in_the_kernel_too(void **state)
{
	static char text[65536];
	struct bench *b = *state;

	bantime = 600;
	add(b, "a", plain, 2);
	action_start(b->list);
	for (unsigned i = 0; i < 3; i++)
		hold(b, i, false);
	/* One began long ago, and is over in a moment: a slow machine must be quick once to see it. */
	for (unsigned i = 0; i < 20; i++) {
		event_number(b, action_ban, 500);
		settle(b);
		listing(text, sizeof(text));
		if (strstr(text, "10.0.1.244") != NULL)
			break;
	}
	assert_non_null(strstr(text, "flags timeout"));
	assert_non_null(strstr(text, "10.0.0.0 timeout 10m"));
	assert_non_null(strstr(text, "10.0.1.244 timeout 3s expires"));
	b->banned[1]->has_bantime = true;
	b->banned[1]->bantime_s = 86400;
	action_prolong(b->list, b->banned[1]);
	settle(b);
	listing(text, sizeof(text));
	assert_non_null(strstr(text, "10.0.0.1 timeout 1d"));
}

/* Runs the loop until the set has this many elements; not for ever. */
static void
until_elements(struct bench *b, const char *set, unsigned count)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "nft list set inet f2b-table %s", set);
	for (unsigned i = 0; i < 200; i++) {
		(void)uv_run(&b->loop, UV_RUN_NOWAIT);
		if (count_elements(command) == count)
			return;
	}
	fail_msg("%u of %u", count_elements(command), count);
}

static void
what_somebody_flushes_is_put_back(void **state)
{
	static char before[2 * 1024 * 1024], after[2 * 1024 * 1024];
	struct bench *b = *state;
	struct ticket *net;

	add(b, "a", plain, 2);
	action_start(b->list);
	for (unsigned i = 0; i < 10000; i++)
		hold(b, i, false);
	net = ticket_new(SLICE("198.51.100.0/24"), SLICE("198.51.100.0/24"), time_now());
	b->banned[b->banned_count++] = net;
	action_ban(b->list, net);
	settle(b);
	listing(before, sizeof(before));
	shell("nft flush ruleset");
	until_elements(b, "addr-set-j", 10000);
	listing(after, sizeof(after));
	assert_string_equal(before, after);
	shell("nft flush set inet f2b-table addr-set-j");
	until_elements(b, "addr-set-j", 10000);
	shell("nft flush chain inet f2b-table f2b-chain");
	for (unsigned i = 0; i < 100; i++)
		(void)uv_run(&b->loop, UV_RUN_NOWAIT);
	settle(b);
	listing(after, sizeof(after));
	assert_string_equal(before, after);
}

/* Versions of nft break lists into lines at other places. */
static void
join_lines(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++)
		if (strchr(" \t\n", *p) == NULL)
			*to++ = *p;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
}

/* Runs the loop until the listing, made one line, has the text; not for ever. */
static void
until_listed(struct bench *b, const char *wanted)
{
	static char text[65536];

	for (unsigned i = 0; i < 200; i++) {
		(void)uv_run(&b->loop, UV_RUN_NOWAIT);
		settle(b);
		listing(text, sizeof(text));
		join_lines(text);
		if (strstr(text, wanted) != NULL)
			return;
	}
	fail_msg("no '%s' in %s", wanted, text);
}

static void
single_rule_that_somebody_deletes_is_put_back(void **state)
{
	static const char *const props[][2] = {{"module", "nft"}, {"name", "j"}, {"protocol", "tcp,udp"}};
	static char before[65536], after[65536];
	struct bench *b = *state;
	struct action_state seen;

	add(b, "a", props, 3);
	action_start(b->list);
	hold(b, 1, false);
	settle(b);
	listing(before, sizeof(before));
	shell("nft delete rule inet f2b-table f2b-chain handle $(nft -a list chain inet f2b-table f2b-chain | "
	      "sed -n 's/.*udp dport.*# handle //p')");
	assert_int_equal(action_verify(b->list, 0, &seen, NULL), 0);
	assert_false(seen.rules);
	until_listed(b, "udp dport 22 ip saddr @addr-set-j");
	listing(after, sizeof(after));
	assert_string_equal(before, after);
	assert_int_equal(action_verify(b->list, 0, &seen, NULL), 0);
	assert_true(seen.rules);
}

static void
ban_nets(struct bench *b, const char *const nets[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ticket *t = ticket_new(slice_cstr(nets[i]), slice_cstr(nets[i]), time_now());

		b->banned[b->banned_count++] = t;
		action_ban(b->list, t);
	}
}

static void
ban_that_overlaps_costs_no_other_one_its_return(void **state)
{
	static const char *const nets[] = {
	    "10.1.0.0/16", "198.51.100.0/24", "10.0.0.0/8", "203.0.113.0/24", "192.0.2.0/25", "192.0.2.0/24"};
	struct bench *b = *state;

	add(b, "a", plain, 2);
	action_start(b->list);
	ban_nets(b, nets, sizeof(nets) / sizeof(nets[0]));
	settle(b);
	until_listed(b, "elements = { 10.1.0.0/16, 192.0.2.0/25, 198.51.100.0/24, 203.0.113.0/24 }");
	shell("nft flush ruleset");
	until_listed(b, "elements = { 10.1.0.0/16, 192.0.2.0/25, 198.51.100.0/24, 203.0.113.0/24 }");
	for (unsigned i = 0; i < 100; i++)
		(void)uv_run(&b->loop, UV_RUN_NOWAIT);
	settle(b);
}

static void
ban_within_another_holds_when_that_one_ends(void **state)
{
	static const char *const nets[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "198.51.100.0/24"};
	struct bench *b = *state;

	add(b, "a", plain, 2);
	action_start(b->list);
	ban_nets(b, nets, sizeof(nets) / sizeof(nets[0]));
	until_listed(b, "elements = { 10.0.0.0/8, 198.51.100.0/24 }");
	/* The jail forgets a ban before its actions do. */
	for (size_t i = 0; i < 3; i++) {
		struct ticket *t = b->banned[0];

		memmove(b->banned, b->banned + 1, --b->banned_count * sizeof(*b->banned));
		action_unban(b->list, t);
		ticket_unref(t);
		until_listed(b,
		    i == 0 ? "elements = { 10.1.0.0/16, 198.51.100.0/24 }" :
		    i == 1 ? "elements = { 10.1.2.0/24, 198.51.100.0/24 }" :
			     "elements = { 198.51.100.0/24 }");
	}
	settle(b);
}

/* Such as an administrator's own addr_options make. */
static void
set_that_nft_merges_is_named_as_the_reason(void **state)
{
	static const char *const props[][2] = {
	    {"actionban", "nft add element inet t s \\{ <ip> \\}"}};
	struct action_state seen;
	struct bench *b = *state;
	struct diag d;

	shell("nft add table inet t; nft add set inet t s "
	      "'{ type ipv4_addr; flags interval; auto-merge; }'");
	add(b, "a", props, 1);
	event(b, action_ban, "192.0.2.1");
	diag_init(&d);
	assert_true(action_verify(b->list, 0, &seen, &d) < 0);
	assert_non_null(strstr(d.text, "auto-merge"));
	assert_null(strstr(d.text, "overlaps"));
}

static void
reload_with(struct bench *b, const char *const props[][2], size_t count)
{
	action_reload_begin(b->list);
	add(b, "a", props, count);
	action_reload_end(b->list, b->banned, b->banned_count);
	settle(b);
}

static void
reload_changes_what_is_there(void **state)
{
	static const char *const rules[][2] = {
	    {"module", "nft"}, {"name", "j"}, {"port", "80"}, {"chain_hook", "forward"}};
	static const char *const names[][2] = {
	    {"module", "nft"}, {"name", "k"}, {"table", "other"}, {"blocktype", "drop"}};
	static const char *const wrong[][2] = {{"module", "nft"}, {"name", "k"}, {"port", "no-such"}};
	static char before[65536], after[65536];
	struct bench *b = *state;

	add(b, "a", plain, 2);
	action_start(b->list);
	for (unsigned i = 0; i < 5; i++)
		hold(b, i, false);
	settle(b);
	listing(before, sizeof(before));
	reload_with(b, plain, 2);
	listing(after, sizeof(after));
	assert_string_equal(before, after);

	reload_with(b, rules, 4);
	listing(after, sizeof(after));
	assert_null(strstr(after, "dport 22"));
	assert_non_null(strstr(after, "chain f2b-chain-forward {"));
	assert_non_null(strstr(after, "dport 80 ip saddr @addr-set-j reject"));
	assert_int_equal(count_elements("nft list set inet f2b-table addr-set-j"), 5);

	reload_with(b, names, 4);
	listing(before, sizeof(before));
	assert_null(strstr(before, "f2b-table"));
	assert_non_null(strstr(before, "table inet other {"));
	assert_non_null(strstr(before, "dport 22 ip saddr @addr-set-k drop"));
	assert_int_equal(count_elements("nft list set inet other addr-set-k"), 5);
	event_number(b, action_unban, 3);
	settle(b);
	assert_int_equal(count_elements("nft list set inet other addr-set-k"), 4);

	/* A mistake changes nothing. */
	listing(before, sizeof(before));
	reload_with(b, wrong, 3);
	listing(after, sizeof(after));
	assert_string_equal(before, after);
	action_stop(b->list, NULL, NULL);
	settle(b);
	listing(after, sizeof(after));
	assert_string_equal(after, "");
}

static void
who_flushes_again_and_again_is_answered_once_a_while(void **state)
{
	struct bench *b = *state;
	struct mono begin = time_mono();
	unsigned answered = 0;

	hold_ten(b);
	for (unsigned i = 0; i < 12; i++) {
		shell("nft flush set inet f2b-table addr-set-j");
		for (unsigned k = 0; k < 100; k++)
			(void)uv_run(&b->loop, UV_RUN_NOWAIT);
		settle(b);
		answered += count_elements("nft list set inet f2b-table addr-set-j") == 10;
	}
	/* On a slow machine this may take longer than the while. */
	if (mono_since(time_mono(), begin).us < CONTEST_WINDOW.us)
		assert_in_range(answered, CONTEST_FREE, 11);
	while (count_elements("nft list set inet f2b-table addr-set-j") != 10)
		(void)uv_run(&b->loop, UV_RUN_ONCE);
}

static void
chains_of_one_name_must_agree(void **state)
{
	static const char *const props[][2] = {
	    {"module", "nft"}, {"name", "k"}, {"chain_priority", "-150"}};
	static const char *const forward[][2] = {
	    {"module", "nft"}, {"name", "l"}, {"chain_hook", "forward"}, {"chain_priority", "-150"}};
	static char text[65536];
	struct bench *b = *state;

	add(b, "a", plain, 2);
	add(b, "other", props, 3);
	add(b, "forward", forward, 4);
	event(b, action_ban, "192.0.2.1");
	listing(text, sizeof(text));
	assert_non_null(strstr(text, "@addr-set-j"));
	assert_null(strstr(text, "@addr-set-k"));
	assert_non_null(strstr(text, "hook forward priority mangle"));
	assert_non_null(strstr(text, "@addr-set-l"));
}

static void
own_changes_are_no_loss(void **state)
{
	struct bench *b = *state;
	uint32_t before;

	hold_ten(b);
	event_number(b, action_unban, 3);
	settle(b);
	before = generation();
	for (unsigned i = 0; i < 50; i++)
		(void)uv_run(&b->loop, UV_RUN_NOWAIT);
	assert_int_equal(action_pending(b->list), 0);
	/* The jail of this test still has the one: nobody may have put it back. */
	assert_int_equal(count_elements("nft list set inet f2b-table addr-set-j"), 9);
	assert_int_equal(generation(), before);
}

static void
hold_many(uv_poll_t *p, int status, int events)
{
	assert_int_equal(status, 0);
	(void)events;
	for (unsigned i = 100; i < 1100; i++)
		hold(p->data, i, false);
	uv_close((uv_handle_t *)p, NULL);
}

/* In the turn in which a loss is heard of, a thousand bans come that are not in the set yet. */
static void
bans_on_their_way_were_not_taken(void **state)
{
	char dir[] = "/tmp/f2b-nft-XXXXXX", path[64], text[1024];
	struct bench *b = *state;
	uv_poll_t poll;
	int ends[2];
	FILE *f;

	hold_ten(b);
	until_elements(b, "addr-set-j", 10);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	assert_int_equal(log_set_target(slice_cstr(path), NULL), 0);
	log_set_level(LEVEL_WARNING);
	assert_int_equal(pipe(ends), 0);
	(void)uv_poll_init(&b->loop, &poll, ends[0]);
	poll.data = b;
	(void)uv_poll_start(&poll, UV_READABLE, hold_many);
	(void)uv_run(&b->loop, UV_RUN_NOWAIT);
	shell("nft delete element inet f2b-table addr-set-j '{ 10.0.0.3 }'");
	assert_int_equal(write(ends[1], "x", 1), 1);
	until_elements(b, "addr-set-j", 1010);
	settle(b);
	assert_int_equal(log_set_target(SLICE("STDERR"), NULL), 0);
	log_set_level(LEVEL_CRITICAL + 1);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	if (strstr(text, "somebody took 1 of ") == NULL)
		fail_msg("%s", text);
	(void)unlink(path);
	(void)rmdir(dir);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* The one that hears of changes: it alone is a member of a group. */
static int
watching_socket(void)
{
	for (int fd = 0; fd < 256; fd++) {
		uint32_t groups = 0;
		socklen_t n = sizeof(groups);

		if (getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, &groups, &n) == 0 && groups != 0)
			return fd;
	}
	fail_msg("there is none");
	return -1;
}

/* More changes than there is room for while nobody listens; twice, and then a single one. */
static void
losses_are_heard_of_after_messages_were_lost(void **state)
{
	struct bench *b = *state;
	int little = 4096;

	hold_ten(b);
	until_elements(b, "addr-set-j", 10);
	assert_int_equal(
	    setsockopt(watching_socket(), SOL_SOCKET, SO_RCVBUF, &little, sizeof(little)), 0);
	for (unsigned i = 0; i < 2; i++) {
		shell("for i in $(seq 200); do echo add table ip other$i; done | nft -f - && nft flush ruleset");
		until_elements(b, "addr-set-j", 10);
	}
	shell("nft flush set inet f2b-table addr-set-j");
	until_elements(b, "addr-set-j", 10);
}

static void
what_is_there_is_taken_over(void **state)
{
	static const char *const udp[][2] = {{"module", "nft"}, {"name", "j"}, {"protocol", "udp"}};
	static char text[65536];
	struct bench *b = *state;
	uint32_t before;

	/* Of an earlier run: 0 to 9, with rules for tcp, and something that holds no longer. */
	shell("nft add table inet f2b-table; nft add chain inet f2b-table f2b-chain "
	      "'{ type filter hook input priority -1; }'; nft add set inet f2b-table addr-set-j "
	      "'{ type ipv4_addr; flags timeout; }'; nft add rule inet f2b-table f2b-chain "
	      "tcp dport 22 ip saddr @addr-set-j drop; nft add element inet f2b-table addr-set-j "
	      "'{ 10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 203.0.113.9 }'");
	add(b, "a", udp, 3);
	action_start(b->list);
	for (unsigned i = 0; i < 6; i++)
		hold(b, i, true);
	before = generation();
	action_restored(b->list);
	settle(b);
	listing(text, sizeof(text));
	assert_null(strstr(text, "203.0.113.9"));
	assert_null(strstr(text, "tcp dport"));
	assert_non_null(strstr(text, "udp dport 22 ip saddr @addr-set-j reject"));
	assert_int_equal(count_elements("nft list set inet f2b-table addr-set-j"), 6);
	/* Rules replaced, structure made sure of, the difference sent. */
	assert_int_equal(generation() - before, 3);
	action_stop(b->list, NULL, NULL);
	settle(b);
	listing(text, sizeof(text));
	assert_string_equal(text, "");
}

static void
several_hooks_have_a_chain_each(void **state)
{
	static const char *const props[][2] = {
	    {"module", "nft"}, {"name", "j"}, {"chain_hook", "input,forward"}};
	static char text[65536];
	struct bench *b = *state;

	add(b, "a", props, 3);
	event(b, action_ban, "192.0.2.1");
	listing(text, sizeof(text));
	assert_non_null(strstr(text, "chain f2b-chain {"));
	assert_non_null(strstr(text, "chain f2b-chain-forward {"));
	assert_non_null(strstr(text, "hook forward priority"));
	action_start(b->list);
	action_stop(b->list, NULL, NULL);
	settle(b);
	listing(text, sizeof(text));
	assert_string_equal(text, "");
}

/* Adds a message of so many bytes, of which 36 are not to be had otherwise, that makes a table. */
static void
add_table(struct nft_batch *b, size_t bytes)
{
	static const char filling[256];
	struct nlmsghdr *h = nft_message(b, NFT_MSG_NEWTABLE, NFPROTO_INET, NLM_F_CREATE);

	assert_non_null(h);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, "t");
	if (bytes > h->nlmsg_len + sizeof(struct nlattr))
		mnl_attr_put(h, NFTA_TABLE_USERDATA, bytes - h->nlmsg_len - sizeof(struct nlattr), filling);
}

/* The kernel does nothing of one without its end, and says of the rest that it is fine. */
static void
transaction_without_room_for_its_end_is_too_large(void **state)
{
	size_t left = (size_t)512 * 1024;
	static char text[65536];
	struct nft_batch b;
	struct nft *n;

	(void)state;
	assert_int_equal(nft_share(&n), 0);
	nft_batch_begin(&b, n);
	left -= mnl_nlmsg_batch_size(b.messages);
	for (; left >= 400; left -= 200)
		add_table(&b, 200);
	add_table(&b, left - 200);
	add_table(&b, 200);
	assert_int_equal(nft_batch_commit(&b), -EMSGSIZE);
	listing(text, sizeof(text));
	assert_string_equal(text, "");
	nft_unshare(n);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(listing_is_that_of_nft),
	    TEST(bans_come_and_go),
	    TEST(rules_that_are_there_are_not_doubled),
	    TEST(lost_table_is_made_again),
	    TEST(table_stays_while_others_have_sets_in_it),
	    TEST(unknown_values_are_refused_and_change_nothing),
	    cmocka_unit_test(fast_path_leaves_what_the_shell_leaves),
	    TEST(bans_of_one_turn_are_one_transaction),
	    TEST(one_refused_change_costs_no_other_one),
	    TEST(many_bans_for_a_lost_table_make_it_again_once),
	    TEST(full_set_keeps_what_fits),
	    TEST(slow_action_does_not_delay_a_direct_one),
	    TEST(bans_end_in_the_kernel_too),
	    TEST(what_somebody_flushes_is_put_back),
	    TEST(single_rule_that_somebody_deletes_is_put_back),
	    TEST(ban_that_overlaps_costs_no_other_one_its_return),
	    TEST(ban_within_another_holds_when_that_one_ends),
	    TEST(set_that_nft_merges_is_named_as_the_reason),
	    TEST(reload_changes_what_is_there),
	    TEST(who_flushes_again_and_again_is_answered_once_a_while),
	    TEST(chains_of_one_name_must_agree),
	    TEST(own_changes_are_no_loss),
	    TEST(bans_on_their_way_were_not_taken),
	    TEST(losses_are_heard_of_after_messages_were_lost),
	    TEST(what_is_there_is_taken_over),
	    TEST(several_hooks_have_a_chain_each),
	    TEST(transaction_without_room_for_its_end_is_too_large),
	};

	if (unshare(CLONE_NEWNET) < 0 || system("nft list ruleset >/dev/null 2>&1") != 0) {
		(void)printf("skipped: no network namespace of our own, or no nft in it; run as root\n");
		return 0;
	}
	log_set_level(LEVEL_CRITICAL + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
