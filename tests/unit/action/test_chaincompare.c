/* What a chain of iptables lists, beside what a jail bans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "action/chaincompare.h"

static const char *banned[] = {"192.0.2.1", "192.0.2.2", "198.51.100.0/24", "2001:db8::1", NULL};
static unsigned epochs[] = {2, 1, 2, 2};

static void
each_ban(struct action_jail *jail, void (*each)(void *arg, const struct ticket *t), void *arg)
{
	(void)jail;
	for (size_t i = 0; banned[i] != NULL; i++) {
		struct ticket *t = ticket_new(
		    slice_cstr(banned[i]), slice_cstr(banned[i]), (struct instant){0});

		t->epoch = epochs[i];
		each(arg, t);
		ticket_unref(t);
	}
}

#define CHAIN "-N f2b-x\n"
#define END "-A f2b-x -j RETURN\n"
#define RULE(a) "-A f2b-x -s " a " -j REJECT --reject-with icmp-port-unreachable\n"

/* compare LISTING: the changes, and the numbers, with one address that something is being done for. */
static void
compare(const char *listing, unsigned epoch, const char *busy, const char *changes, const char *state)
{
	struct action_jail jail = {.each_ban = each_ban};
	struct addr one;
	struct form form;
	struct chaincompare c = {.jail = &jail, .form = &form, .addr = ADDR_INET4, .epoch = epoch};
	char text[100];

	assert_true(form_parse(SLICE("iptables -w -I f2b-x 1 -s 192.0.2.9 -j REJECT"), &form));
	if (busy != NULL) {
		assert_int_equal(addr_parse(slice_cstr(busy), &one), 0);
		c.busy = &one;
		c.busy_count = 1;
	}
	chaincompare_make(&c, slice_cstr(listing));
	(void)snprintf(text, sizeof(text), "%zu %zu %zu", c.state.there, c.state.missing, c.state.extra);
	assert_string_equal(text, state);
	assert_string_equal(buf_cstr(&c.changes), changes);
	chaincompare_done(&c);
}

static void
a_difference_becomes_rules(void **state)
{
	(void)state;
	compare(CHAIN RULE("192.0.2.1/32") RULE("192.0.2.2/32") RULE("198.51.100.0/24") END, 0, NULL, "",
	    "3 0 0");
	compare(CHAIN RULE("192.0.2.2/32") END, 0, NULL,
	    "*filter\n-I f2b-x 1 -s 192.0.2.1 -j REJECT\n-I f2b-x 1 -s 198.51.100.0/24 -j REJECT\n"
	    "COMMIT\n",
	    "1 2 0");
	compare(CHAIN RULE("192.0.2.1/32") RULE("192.0.2.2/32") RULE("198.51.100.0/24")
		RULE("192.0.2.1/32") RULE("192.0.2.7/32") END,
	    0, NULL,
	    "*filter\n-D f2b-x -s 192.0.2.1/32 -j REJECT --reject-with icmp-port-unreachable\n"
	    "-D f2b-x -s 192.0.2.7/32 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n",
	    "3 0 2");
}

static void
what_is_no_bans_rule_is_left_alone(void **state)
{
	(void)state;
	compare(RULE("192.0.2.1/32") RULE("192.0.2.2/32") RULE("198.51.100.0/24")
		"-A f2b-x -s 192.0.2.7/32 -p tcp -j REJECT\n-A f2b-x -s 192.0.2.7/32 -j ACCEPT\n"
		"-A f2b-y -s 192.0.2.7/32 -j REJECT\n-A f2b-x -d 192.0.2.7/32 -j REJECT\n"
		"-A f2b-x -s nobody -j REJECT\n-A f2b-x\n-A\n\n-A f2b-x -s",
	    0, NULL, "", "3 0 0");
}

static void
what_is_under_way_is_not_done_twice(void **state)
{
	(void)state;
	compare(RULE("192.0.2.2/32") RULE("198.51.100.0/24"), 0, "192.0.2.1", "", "2 0 0");
	compare(RULE("192.0.2.1/32") RULE("192.0.2.2/32") RULE("198.51.100.0/24") RULE("192.0.2.7/32"), 0,
	    "192.0.2.7", "", "3 0 0");
	/* Bans of an older epoch are made again by the jail. */
	compare(RULE("192.0.2.1/32") RULE("198.51.100.0/24"), 2, NULL, "", "2 0 0");
}

static void
the_chain_is_listed_by_the_program_that_fills_it(void **state)
{
	struct form form;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_true(form_parse(SLICE("/sbin/ip6tables -w 5 -A f2b-x -s ::1 -j DROP"), &form));
	chaincompare_command(&form, &out);
	assert_string_equal(buf_cstr(&out), "/sbin/ip6tables -w 5 -S f2b-x");
	buf_done(&out);
}

static void
matches_behind_the_target_are_not_listed_there(void **state)
{
	static const struct {
		const char *after;
		bool known;
	} rows[] = {
	    {"DROP", true},
	    {"REJECT --reject-with icmp-port-unreachable", true},
	    {"TARPIT --tarpit", true},
	    {"DROP -p tcp", false},
	    {"DROP -m comment --comment f2b", false},
	    {"DROP --match comment --comment f2b", false},
	    {"DROP --protocol tcp", false},
	    {"DROP ! -i lo", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[200];
		struct form form;

		(void)snprintf(text, sizeof(text), "iptables -w -I f2b-x 1 -s 192.0.2.9 -j %s", rows[i].after);
		if (!form_parse(slice_cstr(text), &form))
			assert_false(rows[i].known);
		else if (chaincompare_knows(&form) != rows[i].known)
			fail_msg("%s", rows[i].after);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_difference_becomes_rules),
	    cmocka_unit_test(what_is_no_bans_rule_is_left_alone),
	    cmocka_unit_test(what_is_under_way_is_not_done_twice),
	    cmocka_unit_test(matches_behind_the_target_are_not_listed_there),
	    cmocka_unit_test(the_chain_is_listed_by_the_program_that_fills_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
