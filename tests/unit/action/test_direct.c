/*
 * Bans that need no shell against the same bans by the shell, in a network namespace of the test's
 * own: what iptables-save, ipset save and nft list afterwards is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "action/direct.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

struct bench {
	uv_loop_t loop;
	struct action_jail jail;
	struct action_list *list;
	unsigned repairs;
};

static double
bench_bantime(struct action_jail *jail)
{
	(void)jail;
	return 600;
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

static struct bench *
bench_new(void)
{
	struct bench *b = MEM_NEW(struct bench);

	(void)uv_loop_init(&b->loop);
	b->jail = (struct action_jail){SLICE("j"), bench_bantime, bench_tag, bench_repaired};
	b->list = action_list_new(&b->loop, &b->jail);
	return b;
}

static void
bench_free(struct bench *b)
{
	action_list_free(b->list, NULL, NULL);
	(void)uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	mem_free(b);
}

static void
settle(struct bench *b)
{
	while (action_pending(b->list) > 0)
		(void)uv_run(&b->loop, UV_RUN_ONCE);
}

static void
ask(struct bench *b, void (*f)(struct action_list *l, struct ticket *t), const char *ip, double bantime)
{
	struct ticket *t = ticket_new(slice_cstr(ip), slice_cstr(ip), INSTANT_S(1000));

	(void)addr_parse(slice_cstr(ip), &t->addr);
	t->has_bantime = bantime != 0;
	t->bantime_s = bantime;
	f(b->list, t);
	ticket_unref(t);
}

static void
output(const char *command, char *out, size_t size)
{
	FILE *f = popen(command, "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	(void)pclose(f);
}

static bool
have(const char *command)
{
	return system(command) == 0;
}

/* What an action is made of: its properties, how to see what it did, and how to do away with it. */
struct stock {
	const char *tool;	/* succeeds if the machine has what it takes */
	const char *props[8][2];
	const char *listing, *clean;
};

#define IPT_START "<iptables> -N f2b-j; <iptables> -A f2b-j -j RETURN; <iptables> -I INPUT -j f2b-j"
#define IPT_STOP "<iptables> -D INPUT -j f2b-j; <iptables> -F f2b-j; <iptables> -X f2b-j"
#define IPT_CLEAN "for t in iptables ip6tables; do $t -F; $t -X; done"

static const struct stock stocks[] = {
    {"iptables -w -S >/dev/null 2>&1 && ip6tables -w -S >/dev/null 2>&1",
	{{"actionstart", IPT_START}, {"actionstop", IPT_STOP},
	    {"actioncheck", "<iptables> -C INPUT -j f2b-j"},
	    {"actionban", "<iptables> -I f2b-j 1 -s <ip> -j <blocktype>"},
	    {"actionunban", "<iptables> -D f2b-j -s <ip> -j <blocktype>"},
	    {"iptables", "iptables -w"}, {"iptables?family=inet6", "ip6tables -w"},
	    {"blocktype", "DROP"}},
	"iptables-save | grep -v '^#'; ip6tables-save | grep -v '^#'", IPT_CLEAN},
    {"/usr/sbin/iptables -w -S >/dev/null 2>&1 && /usr/sbin/ip6tables -w -S >/dev/null 2>&1",
	{{"actionstart", IPT_START}, {"actionstop", IPT_STOP},
	    {"actioncheck", "<iptables> -C INPUT -j f2b-j"},
	    {"actionban", "<iptables> -A f2b-j -s <ip> -j <blocktype>"},
	    {"actionunban", "<iptables> -D f2b-j -s <ip> -j <blocktype>"},
	    {"iptables", "/usr/sbin/iptables -w 5"},
	    {"iptables?family=inet6", "/usr/sbin/ip6tables --wait"},
	    {"blocktype", "REJECT --reject-with tcp-reset -p tcp"}},
	"iptables-save | grep -v '^#'; ip6tables-save | grep -v '^#'", IPT_CLEAN},
    {"ipset create f2b-probe hash:ip timeout 0 2>/dev/null && ipset destroy f2b-probe",
	{{"actionstart", "ipset -exist create <set> hash:ip timeout 0 maxelem 65536 <opt>"},
	    {"actionstop", "ipset destroy <set>"},
	    {"actionban", "ipset -exist add <set> <ip> timeout 0"},
	    {"actionunban", "ipset -exist del <set> <ip>"}, {"set", "f2b-j"},
	    {"set?family=inet6", "f2b-j6"}, {"opt", ""}, {"opt?family=inet6", "family inet6"}},
	"ipset save -s | sed 's/ initval .*//'", "ipset flush; ipset destroy"},
    {"ipset create f2b-probe hash:net timeout 0 2>/dev/null && ipset destroy f2b-probe",
	{{"actionstart", "ipset -exist create <set> hash:net timeout 0 <opt>"},
	    {"actionban", "ipset add <set> <ip> timeout <time-bantime> -exist"},
	    {"time-bantime", "$([ \"<bantime>\" -le 2147483 ] && echo \"<bantime>\" || echo 0)"},
	    {"actionunban", "ipset del <set> <ip> -exist"}, {"set", "f2b-j"},
	    {"set?family=inet6", "f2b-j6"}, {"opt", ""}, {"opt?family=inet6", "family inet6"}},
	/* Seconds may have passed meanwhile. */
	"ipset save -s | sed 's/ initval .*//' | awk '$1 == \"add\" { $5 = int(($5 + 999) / 1000) } 1'",
	"ipset flush; ipset destroy"},
    {"nft list ruleset >/dev/null 2>&1",
	{{"actionstart", "nft add table inet t; nft add set inet t <set> \\{ type <type>\\; "
			 "flags interval\\; \\}"},
	    {"actionban", "nft add element inet t <set> \\{ <ip> \\}"},
	    {"actionunban", "nft delete element inet t <set> \\{ <ip> \\}"},
	    {"set", "s4"}, {"type", "ipv4_addr"}, {"set?family=inet6", "s6"},
	    {"type?family=inet6", "ipv6_addr"}},
	"nft list ruleset", "nft flush ruleset"},
};

/* Starts an action of what s says. */
static void
start_stock(struct bench *b, const struct stock *s)
{
	assert_int_equal(action_add(b->list, SLICE("a"), NULL), 0);
	for (size_t i = 0; i < 8 && s->props[i][0] != NULL; i++)
		assert_int_equal(action_set(b->list, SLICE("a"), slice_cstr(s->props[i][0]),
				     slice_cstr(s->props[i][1]), NULL),
		    0);
	action_start(b->list);
}

static void
play(const struct stock *s)
{
	struct bench *b = bench_new();
	char ip[64];

	start_stock(b, s);
	ask(b, action_ban, "192.0.2.255", 0);
	settle(b);
	for (int i = 0; i < 60; i++) {
		(void)snprintf(ip, sizeof(ip), i % 3 == 0 ? "2001:db8::%x" : "192.0.2.%d", i + 1);
		/* The last two are more than ip_set takes. */
		ask(b, action_ban, ip, i % 5 == 0 ? 1000000 + 1e4 * i : i == 59 ? 9e6 : 0);
	}
	for (int i = 0; i < 60; i += 7) {
		(void)snprintf(ip, sizeof(ip), i % 3 == 0 ? "2001:db8::%x" : "192.0.2.%d", i + 1);
		ask(b, action_unban, ip, 0);
	}
	ask(b, action_ban, "198.51.100.0/24", 0);
	ask(b, action_ban, "192.0.2.1", 0);
	settle(b);
	assert_int_equal(b->repairs, 0);
	bench_free(b);
}

static void
ruleset_is_what_the_shell_leaves(void **state)
{
	static char text[2][65536];

	(void)state;
	for (size_t i = 0; i < sizeof(stocks) / sizeof(stocks[0]); i++) {
		if (!have(stocks[i].tool)) {
			(void)printf("skipped: '%s' fails here\n", stocks[i].tool);
			continue;
		}
		for (unsigned off = 0; off < 2; off++) {
			direct_set(off == 0);
			(void)system(stocks[i].clean);
			play(&stocks[i]);
			output(stocks[i].listing, text[off], sizeof(text[off]));
			(void)system(stocks[i].clean);
		}
		assert_non_null(strstr(text[0], "192.0.2.255"));
		assert_string_equal(text[0], text[1]);
	}
	direct_set(true);
}

static unsigned
rules(void)
{
	char text[64];

	output("iptables -S f2b-j | grep -c -- -s", text, sizeof(text));
	return (unsigned)strtoul(text, NULL, 10);
}

static void
one_refused_rule_costs_no_other_one(void **state)
{
	const struct stock *s = &stocks[0];
	struct bench *b;
	char ip[64];

	(void)state;
	if (!have(s->tool))
		skip();
	b = bench_new();
	start_stock(b, s);
	for (int i = 0; i < 50; i++) {
		(void)snprintf(ip, sizeof(ip), "10.0.0.%d", i);
		ask(b, action_ban, ip, 0);
	}
	settle(b);
	assert_int_equal(rules(), 50);
	/* One is gone already. */
	assert_int_equal(system("iptables -D f2b-j -s 10.0.0.33 -j DROP"), 0);
	for (int i = 0; i < 50; i++) {
		(void)snprintf(ip, sizeof(ip), "10.0.0.%d", i);
		ask(b, action_unban, ip, 0);
	}
	ask(b, action_ban, "10.0.1.1", 0);
	settle(b);
	assert_int_equal(rules(), 1);
	/* The chain is gone, with all that was in it. */
	assert_int_equal(system("iptables -F INPUT; iptables -F f2b-j; iptables -X f2b-j"), 0);
	for (int i = 0; i < 50; i++) {
		(void)snprintf(ip, sizeof(ip), "10.0.2.%d", i);
		ask(b, action_ban, ip, 0);
	}
	settle(b);
	assert_int_equal(b->repairs, 1);
	assert_int_equal(rules(), 50);
	action_stop(b->list, NULL, NULL);
	settle(b);
	bench_free(b);
}

/* A thousand such rules are more than one program can be given as an argument. */
static void
long_rules_are_done_together_too(void **state)
{
	static const char rule[] = "%s/iptables -w -I f2b-a-jail-with-a-longer-name 1 -s <ip> -j REJECT "
				   "--reject-with icmp6-port-unreachable";
	char dir[] = "/tmp/f2b-direct-XXXXXX", text[512];
	struct bench *b = bench_new();

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(text, sizeof(text),
	    "cd %s && ln -s /bin/true iptables && "
	    "printf '#!/bin/sh\\ngrep -c -- -I >>%s/many\\n' >iptables-restore && chmod +x iptables-restore", dir, dir);
	assert_true(have(text));
	assert_int_equal(action_add(b->list, SLICE("a"), NULL), 0);
	(void)snprintf(text, sizeof(text), rule, dir);
	assert_int_equal(action_set(b->list, SLICE("a"), SLICE("actionban"), slice_cstr(text), NULL), 0);
	action_start(b->list);
	for (unsigned i = 0; i < 1201; i++) {
		(void)snprintf(text, sizeof(text), "2001:db8:1111:2222:3333:4444:5555:%x", 0x1000 + i);
		ask(b, action_ban, text, 0);
		if (i == 0)
			settle(b);
	}
	settle(b);
	/* The first ones of a row do not wait for others. */
	(void)snprintf(text, sizeof(text), "n=$((1201 - ($(paste -sd+ %s/many)))); test $n -ge 0 -a $n -le 2", dir);
	assert_true(have(text));
	(void)snprintf(text, sizeof(text), "rm -rf %s", dir);
	assert_true(have(text));
	bench_free(b);
}

static void
ask_of(struct bench *b, void (*f)(struct action_list *l, struct ticket *t), int turn, int who)
{
	char ip[64];

	(void)snprintf(ip, sizeof(ip), "10.%d.%d.%d", who, turn / 100, turn % 100 * 2);
	ask(b, f, ip, 0);
}

/* What stands in a program's place may do more than the program. */
static void
scripts_named_as_programs_are_run(void **state)
{
	static const struct {
		const char *name, *ban;
	} rows[] = {
	    {"nft", "nft add element inet t s \\{ <ip> \\}"},
	    {"ipset", "ipset -exist add s <ip>"},
	    {"iptables", "iptables -w -I c 1 -s <ip> -j DROP"},
	};
	char dir[] = "/tmp/f2b-direct-XXXXXX", text[4200], path[4096];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s", getenv("PATH"));
	(void)snprintf(text, sizeof(text), "%s:%s", dir, path);
	(void)setenv("PATH", text, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench *b = bench_new();

		(void)snprintf(text, sizeof(text),
		    "cd %s && printf '#!/bin/sh\\necho \"$*\" >>%s/calls\\n' >%s && chmod +x %s", dir, dir,
		    rows[i].name, rows[i].name);
		assert_true(have(text));
		assert_int_equal(action_add(b->list, SLICE("a"), NULL), 0);
		assert_int_equal(action_set(b->list, SLICE("a"), SLICE("actionban"),
				     slice_cstr(rows[i].ban), NULL), 0);
		action_start(b->list);
		for (int j = 0; j < 5; j++)
			ask_of(b, action_ban, j, 1);
		settle(b);
		(void)snprintf(text, sizeof(text), "cd %s && test $(grep -c 10.1 calls) = 5 && rm calls", dir);
		assert_true(have(text));
		bench_free(b);
	}
	(void)setenv("PATH", path, 1);
	(void)snprintf(text, sizeof(text), "rm -rf %s", dir);
	assert_true(have(text));
}

static void
full_ipset_keeps_what_fits(void **state)
{
	static const char *const props[][2] = {
	    {"actionstart", "ipset create f2b-j hash:ip timeout 0 maxelem 100 hashsize 64"},
	    {"actioncheck", "ipset list -n f2b-j"}, {"actionstop", "ipset destroy f2b-j"},
	    {"actionban", "ipset -exist add f2b-j <ip> timeout 0"}};
	struct bench *b;
	char ip[64], text[64];

	(void)state;
	if (!have(stocks[2].tool))
		skip();
	b = bench_new();
	assert_int_equal(action_add(b->list, SLICE("a"), NULL), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(action_set(b->list, SLICE("a"), slice_cstr(props[i][0]),
				     slice_cstr(props[i][1]), NULL),
		    0);
	action_start(b->list);
	for (int i = 0; i < 103; i++) {
		(void)snprintf(ip, sizeof(ip), "10.0.0.%d", i);
		ask(b, action_ban, ip, 0);
	}
	settle(b);
	output("ipset save f2b-j | grep -c '^add'", text, sizeof(text));
	assert_int_equal(strtoul(text, NULL, 10), 100);
	action_stop(b->list, NULL, NULL);
	settle(b);
	bench_free(b);
}

/* Some come in every turn of the loop, and batches wait for more; then nobody comes any more. */
static void
bans_of_a_storm_all_arrive_in_their_order(void **state)
{
	const struct stock *s = &stocks[sizeof(stocks) / sizeof(stocks[0]) - 1];
	struct bench *b;
	char text[64];

	(void)state;
	if (!have(s->tool))
		skip();
	b = bench_new();
	start_stock(b, s);
	for (int turn = 0; turn < 2000; turn++) {
		for (int who = 0; who < 5; who++)
			ask_of(b, action_ban, turn, who);
		if (turn % 2 == 0)
			ask_of(b, action_unban, turn, 1);
		if (turn >= 10)
			ask_of(b, action_unban, turn - 10, 2);
		(void)uv_run(&b->loop, UV_RUN_NOWAIT);
	}
	settle(b);
	output("nft list set inet t s4 | grep -o '10[.][0-9]*[.][0-9]*[.][0-9]*' | sort -u | wc -l", text,
	    sizeof(text));
	assert_int_equal(strtoul(text, NULL, 10), 2000 * 3 + 1000 + 10);
	/* One alone, behind all of them. */
	ask(b, action_ban, "192.0.2.1", 0);
	settle(b);
	assert_true(have("nft get element inet t s4 '{ 192.0.2.1 }' >/dev/null"));
	(void)system(s->clean);
	bench_free(b);
}

/* The one socket to nf_tables now sends as little at once as the kernel lets a socket do. */
static void
make_socket_small(void)
{
	int bytes = 1;
	unsigned found = 0;

	for (int fd = 3; fd < 256; fd++) {
		int domain = 0, protocol = 0;
		socklen_t size = sizeof(domain);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 || domain != AF_NETLINK ||
		    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0 ||
		    protocol != NETLINK_NETFILTER)
			continue;
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
		found++;
	}
	assert_true(found > 0);
}

static struct bench *
begin_with_one(const struct stock *s)
{
	struct bench *b = bench_new();

	start_stock(b, s);
	ask(b, action_ban, "192.0.2.1", 0);
	settle(b);
	return b;
}

/* What is logged meanwhile is in "$D/log". */
static void
ask_logged(struct bench *b, void (*f)(struct action_list *l, struct ticket *t), int count, const char *dir)
{
	int level = log_level();
	char path[128];

	(void)setenv("D", dir, 1);
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	assert_int_equal(log_set_target(slice_cstr(path), NULL), 0);
	log_set_level(LEVEL_DEBUG);
	for (int i = 0; i < count; i++)
		ask_of(b, f, i / 5, i % 5);
	settle(b);
	log_set_level(level);
	assert_int_equal(log_set_target(SLICE("STDERR"), NULL), 0);
}

static unsigned
count_of(const char *command)
{
	char text[64];

	output(command, text, sizeof(text));
	return (unsigned)strtoul(text, NULL, 10);
}

/* An unprivileged container may not have large sockets. */
static void
many_bans_are_done_together_through_a_small_socket_too(void **state)
{
	const struct stock *s = &stocks[sizeof(stocks) / sizeof(stocks[0]) - 1];
	char dir[] = "/tmp/f2b-direct-XXXXXX";
	struct bench *b;

	(void)state;
	if (!have(s->tool))
		skip();
	assert_non_null(mkdtemp(dir));
	b = begin_with_one(s);
	make_socket_small();
	ask_logged(b, action_ban, 5000, dir);
	assert_int_equal(count_of("nft list set inet t s4 | grep -o '10[.][0-9]*[.][0-9]*[.][0-9]*' |"
				  "sort -u | wc -l"),
	    5000);
	/* Some dozens, or so many at least: not one by one. */
	assert_true(count_of("grep -c 'in one go: done' $D/log") > 10);
	assert_true(count_of("grep -c 'nft add element' $D/log") < 10);
	(void)system("rm -r $D");
	(void)system(s->clean);
	bench_free(b);
}

/* The kernel goes through all of a chain for each change. */
static void
rules_of_a_row_are_made_together(void **state)
{
	const struct stock *s = &stocks[0];
	char dir[] = "/tmp/f2b-direct-XXXXXX";
	struct bench *b;

	(void)state;
	if (!have(s->tool))
		skip();
	assert_non_null(mkdtemp(dir));
	b = begin_with_one(s);
	ask_logged(b, action_ban, 500, dir);
	assert_int_equal(rules(), 501);
	assert_true(count_of("grep -c 'in one go' $D/log") < 20);
	assert_true(count_of("grep -c 'iptables -w -I' $D/log") < 10);
	(void)system("rm -r $D");
	(void)system(s->clean);
	bench_free(b);
}

static const struct stock module = {
    "nft list ruleset >/dev/null", {{"module", "nft"}, {"name", "j"}}, NULL, "nft flush ruleset"};

static void
loss_is_put_back_of_an_action_started_by_hand(void **state)
{
	struct bench *b;

	(void)state;
	if (!have(module.tool))
		skip();
	b = bench_new();
	assert_int_equal(action_add(b->list, SLICE("a"), NULL), 0);
	assert_int_equal(action_set(b->list, SLICE("a"), SLICE("module"), SLICE("nft"), NULL), 0);
	assert_int_equal(action_call(b->list, SLICE("a"), ACTION_START, NULL), 0);
	ask(b, action_ban, "192.0.2.1", 0);
	settle(b);
	(void)system(module.clean);
	(void)uv_run(&b->loop, UV_RUN_ONCE);
	settle(b);
	assert_true(have("nft list table inet f2b-table >/dev/null"));
	(void)system(module.clean);
	bench_free(b);
}

/* As at the end of a server that keeps its rules. */
static void
loss_at_the_end_is_not_put_back(void **state)
{
	struct bench *b;

	(void)state;
	if (!have(module.tool))
		skip();
	b = begin_with_one(&module);
	(void)system(module.clean);
	bench_free(b);
	assert_false(have("nft list table inet f2b-table 2>/dev/null"));
	/* Another list's turn of the loop knows nothing of that one. */
	b = begin_with_one(&module);
	action_stop(b->list, NULL, NULL);
	settle(b);
	bench_free(b);
}

/* As where the server was stopped for a while, and the kernel has ended them by itself. */
static void
bans_that_are_gone_are_ended_together(void **state)
{
	char dir[] = "/tmp/f2b-direct-XXXXXX";
	struct bench *b;

	(void)state;
	if (!have(module.tool))
		skip();
	assert_non_null(mkdtemp(dir));
	b = begin_with_one(&module);
	ask_logged(b, action_ban, 50, dir);
	assert_true(have("nft flush set inet f2b-table addr-set-j"));
	assert_true(have("nft add element inet f2b-table addr-set-j '{ 10.0.0.2, 10.3.0.4 }'"));
	/* Not gone, as they are banned before they are unbanned; and one that goes and comes. */
	ask_of(b, action_ban, 7, 0);
	ask_of(b, action_unban, 8, 0);
	ask_of(b, action_ban, 8, 0);
	ask_of(b, action_unban, 9, 0);
	ask_of(b, action_ban, 9, 0);
	ask_logged(b, action_unban, 45, dir);
	assert_int_equal(count_of("grep -c 'is not there' $D/log"), 0);
	assert_int_equal(count_of("nft list set inet f2b-table addr-set-j | grep -c expires"), 1);
	assert_true(have("nft get element inet f2b-table addr-set-j '{ 10.0.0.18 }' >/dev/null"));
	assert_int_equal(b->repairs, 0);
	(void)system("rm -r $D");
	(void)system(module.clean);
	bench_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ruleset_is_what_the_shell_leaves),
	    cmocka_unit_test(one_refused_rule_costs_no_other_one),
	    cmocka_unit_test(long_rules_are_done_together_too),
	    cmocka_unit_test(scripts_named_as_programs_are_run),
	    cmocka_unit_test(full_ipset_keeps_what_fits),
	    cmocka_unit_test(bans_of_a_storm_all_arrive_in_their_order),
	    cmocka_unit_test(many_bans_are_done_together_through_a_small_socket_too),
	    cmocka_unit_test(rules_of_a_row_are_made_together),
	    cmocka_unit_test(loss_is_put_back_of_an_action_started_by_hand),
	    cmocka_unit_test(loss_at_the_end_is_not_put_back),
	    cmocka_unit_test(bans_that_are_gone_are_ended_together),
	};

	if (unshare(CLONE_NEWNET) < 0) {
		(void)printf("skipped: no network namespace of our own; run as root\n");
		return 0;
	}
	log_set_level(getenv("F2B_TEST_LOG") != NULL ? LEVEL_DEBUG : LEVEL_CRITICAL + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
