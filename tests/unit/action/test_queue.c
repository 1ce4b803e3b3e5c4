/* A jail's actions with real children: what is run, in which order, and what is tried on failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "action/action.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

/* A folder of the test's own; every command adds a line to "acts" in it. */
struct bench {
	uv_loop_t loop;
	struct action_jail jail;
	struct action_list *list;
	char dir[64];
	unsigned repairs;
	bool stopped;
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
	if (!slice_eq(tag, SLICE("jail.banned")))
		return false;
	buf_add_char(out, '7');
	return true;
}

static unsigned
bench_repaired(struct action_jail *jail)
{
	return ++LIST_ITEM(jail, struct bench, jail)->repairs;
}

static int
setup(void **state)
{
	struct bench *b = MEM_NEW(struct bench);

	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/f2b-queue-XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	(void)setenv("D", b->dir, 1);
	(void)uv_loop_init(&b->loop);
	b->jail = (struct action_jail){SLICE("j"), bench_bantime, bench_tag, bench_repaired};
	b->list = action_list_new(&b->loop, &b->jail);
	log_set_level(LEVEL_CRITICAL + 1);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;
	char command[128];

	action_list_free(b->list, NULL, NULL);
	(void)uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	(void)snprintf(command, sizeof(command), "rm -rf %s", b->dir);
	assert_int_equal(system(command), 0);
	mem_free(b);
	return 0;
}

static void
settle(struct bench *b)
{
	while (action_pending(b->list) > 0)
		(void)uv_run(&b->loop, UV_RUN_ONCE);
}

static void
add(struct bench *b, const char *name)
{
	assert_int_equal(action_add(b->list, slice_cstr(name), NULL), 0);
}

static void
set(struct bench *b, const char *name, const char *property, const char *value)
{
	assert_int_equal(action_set(b->list, slice_cstr(name), slice_cstr(property),
			     slice_cstr(value), NULL),
	    0);
}

/* An action that tells of each of its commands. */
static void
add_telling(struct bench *b, const char *name)
{
	static const char *const properties[] = {"start", "ban", "unban", "stop", "prolong", "reload"};
	char property[32], value[128];

	add(b, name);
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		(void)snprintf(property, sizeof(property), "action%s", properties[i]);
		(void)snprintf(value, sizeof(value), "echo %s %s '<family>' <ip> >> $D/acts",
		    properties[i], name);
		set(b, name, property, value);
	}
}

static struct ticket *
ticket(const char *ip)
{
	return ticket_new(slice_cstr(ip), slice_cstr(ip), INSTANT_S(1000));
}

static void
with_ticket(struct bench *b, void (*event)(struct action_list *l, struct ticket *t), const char *ip)
{
	struct ticket *t = ticket(ip);

	event(b->list, t);
	ticket_unref(t);
	settle(b);
}

static void
note_stopped(void *arg)
{
	((struct bench *)arg)->stopped = true;
}

static void
stop(struct bench *b)
{
	action_stop(b->list, note_stopped, b);
	settle(b);
	assert_true(b->stopped);
}

static void
expect(struct bench *b, const char *acts)
{
	char path[128], text[8192];
	FILE *f;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/acts", b->dir);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		(void)fclose(f);
		(void)unlink(path);
	}
	text[n] = '\0';
	assert_string_equal(text, acts);
}

static void
actions_run_in_order_and_stop_in_reverse(void **state)
{
	struct bench *b = *state;

	add_telling(b, "a");
	add_telling(b, "b");
	action_start(b->list);
	settle(b);
	expect(b, "start a \nstart b \n");
	with_ticket(b, action_ban, "192.0.2.1");
	expect(b, "ban a inet4 192.0.2.1\nban b inet4 192.0.2.1\n");
	with_ticket(b, action_prolong, "192.0.2.1");
	expect(b, "prolong a inet4 192.0.2.1\nprolong b inet4 192.0.2.1\n");
	with_ticket(b, action_unban, "192.0.2.1");
	expect(b, "unban a inet4 192.0.2.1\nunban b inet4 192.0.2.1\n");
	stop(b);
	expect(b, "stop b \nstop b inet4\nstop a \nstop a inet4\n");
}

static void
jails_take_turns_in_the_order_of_asking(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	struct action_list *lists[3], *own;
	struct bench *b = *state;

	own = b->list;
	for (size_t i = 0; i < 3; i++) {
		b->list = lists[i] = action_list_new(&b->loop, &b->jail);
		add_telling(b, names[i]);
	}
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < 3; i++)
			round == 0 ? action_start(lists[i]) : action_stop(lists[i], note_stopped, b);
		for (size_t i = 0; i < 3; i++) {
			b->list = lists[i];
			settle(b);
		}
		expect(b, round == 0 ? "start a \nstart b \nstart c \n" : "stop a \nstop b \nstop c \n");
	}
	for (size_t i = 0; i < 3; i++)
		action_list_free(lists[i], NULL, NULL);
	b->list = own;
}

static void
many_bans_keep_their_order(void **state)
{
	struct bench *b = *state;
	char ip[32], want[1024] = "";
	size_t n = 0;

	add(b, "a");
	set(b, "a", "actionban", "echo <ip> >> $D/acts");
	for (int i = 1; i <= 20; i++) {
		struct ticket *t;

		(void)snprintf(ip, sizeof(ip), "192.0.2.%d", i);
		n += (size_t)snprintf(want + n, sizeof(want) - n, "%s\n", ip);
		t = ticket(ip);
		action_ban(b->list, t);
		ticket_unref(t);
	}
	assert_int_equal(action_pending(b->list), 20);
	settle(b);
	expect(b, want);
}

static void
conditional_action_starts_with_the_first_ban_of_a_family(void **state)
{
	struct bench *b = *state;

	add_telling(b, "c");
	set(b, "c", "x", "four");
	set(b, "c", "x?family=inet6", "six");
	set(b, "c", "actionban", "echo ban <x> >> $D/acts");
	action_start(b->list);
	settle(b);
	expect(b, "");
	with_ticket(b, action_ban, "192.0.2.1");
	with_ticket(b, action_ban, "192.0.2.2");
	expect(b, "start c inet4\nban four\nban four\n");
	with_ticket(b, action_ban, "2001:db8::1");
	expect(b, "start c inet6\nban six\n");
	stop(b);
	expect(b, "stop c inet4\nstop c inet6\n");
}

static void
failed_command_is_tried_once_more_and_its_unban_is_not_run(void **state)
{
	struct bench *b = *state;

	add_telling(b, "a");
	set(b, "a", "actionban", "echo ban >> $D/acts; exit 3");
	action_start(b->list);
	with_ticket(b, action_ban, "192.0.2.1");
	with_ticket(b, action_unban, "192.0.2.1");
	expect(b, "start a \nban\nban\n");
	assert_int_equal(b->repairs, 0);
}

static void
failed_start_on_demand_leaves_the_ban_undone(void **state)
{
	struct bench *b = *state;

	add_telling(b, "a");
	set(b, "a", "x?family=inet6", "");
	set(b, "a", "actionstart", "echo start >> $D/acts; exit 1");
	with_ticket(b, action_ban, "192.0.2.1");
	stop(b);
	expect(b, "start\n");
}

/* An action whose rules are a file. */
static void
add_file(struct bench *b)
{
	add(b, "f");
	set(b, "f", "actionstart", "echo start '<family>' >> $D/acts; touch $D/rules");
	set(b, "f", "actionstop", "echo stop >> $D/acts; rm $D/rules");
	set(b, "f", "actioncheck", "echo check >> $D/acts; test -f $D/rules");
	set(b, "f", "actionban", "echo ban <ip> >> $D/acts; test -f $D/rules");
	set(b, "f", "actionunban", "echo unban <ip> >> $D/acts; test -f $D/rules");
	set(b, "f", "actionflush", "echo flush >> $D/acts; test -f $D/rules");
	action_start(b->list);
	with_ticket(b, action_ban, "192.0.2.1");
	expect(b, "start \nban 192.0.2.1\n");
}

static void
lose_rules(struct bench *b)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/rules", b->dir);
	assert_int_equal(unlink(path), 0);
}

static void
lost_rules_are_put_up_again(void **state)
{
	struct bench *b = *state;

	add_file(b);
	lose_rules(b);
	with_ticket(b, action_ban, "192.0.2.2");
	expect(b, "ban 192.0.2.2\ncheck\nstop\nstart inet4\ncheck\nban 192.0.2.2\n");
	assert_int_equal(b->repairs, 1);
}

static void
repair_starts_again_what_the_same_ban_had_started(void **state)
{
	struct bench *b = *state;

	add_telling(b, "a");
	set(b, "a", "x?family=inet6", "");
	set(b, "a", "actionban", "echo ban >> $D/acts; test $(grep -c ban $D/acts) -gt 1");
	set(b, "a", "actioncheck", "test $(grep -c start $D/acts) -gt 1");
	with_ticket(b, action_ban, "192.0.2.1");
	expect(b, "start a inet4\nban\nstop a inet4\nstart a inet4\nban\n");
}

static void
what_is_no_address_starts_all_families(void **state)
{
	struct bench *b = *state;

	add_telling(b, "a");
	set(b, "a", "x?family=inet6", "");
	with_ticket(b, action_ban, "some text");
	expect(b, "start a inet4\nstart a inet6\nban a None some text\n");
	with_ticket(b, action_ban, "192.0.2.1");
	expect(b, "ban a inet4 192.0.2.1\n");
}

static void
norestored_concerns_bans_alone(void **state)
{
	struct bench *b = *state;
	struct ticket *t = ticket("192.0.2.1");

	add_telling(b, "a");
	set(b, "a", "norestored", "true");
	t->restored = true;
	action_ban(b->list, t);
	action_prolong(b->list, t);
	settle(b);
	expect(b, "");
	action_reban(b->list, t);
	settle(b);
	expect(b, "ban a inet4 192.0.2.1\n");
	ticket_unref(t);
}

static void
flush_before_a_stop_repairs_nothing(void **state)
{
	struct bench *b = *state;

	add_file(b);
	lose_rules(b);
	action_flush(b->list, NULL, 0, true);
	settle(b);
	expect(b, "flush\ncheck\ncheck\n");
}

static void
families_stop_in_the_order_of_their_start(void **state)
{
	struct bench *b = *state;

	add_telling(b, "a");
	set(b, "a", "x?family=inet6", "");
	action_start(b->list);
	with_ticket(b, action_ban, "2001:db8::1");
	with_ticket(b, action_ban, "192.0.2.1");
	expect(b, "start a inet6\nban a inet6 2001:db8::1\nstart a inet4\nban a inet4 192.0.2.1\n");
	stop(b);
	expect(b, "stop a inet6\nstop a inet4\n");
}

static void
check_puts_up_again_what_is_gone(void **state)
{
	struct bench *b = *state;
	struct ticket *old = ticket("192.0.2.1"), *fresh = ticket("192.0.2.2");
	struct slice only;

	add_file(b);
	add_telling(b, "other");
	action_check(b->list);
	settle(b);
	expect(b, "check\ncheck\n");
	lose_rules(b);
	action_check(b->list);
	settle(b);
	expect(b, "check\nstop\nstart \ncheck\ncheck\n");
	assert_int_equal(b->repairs, 1);
	action_ban(b->list, fresh);
	settle(b);
	expect(b, "ban 192.0.2.2\nban other inet4 192.0.2.2\n");
	assert_int_equal(fresh->epoch, 1);
	assert_int_equal(action_to_reban(b->list, old, &only), 1);
	assert_true(slice_eq(only, SLICE("f")));
	assert_int_equal(action_to_reban(b->list, fresh, &only), 2);
	action_reban(b->list, old);
	settle(b);
	expect(b, "ban 192.0.2.1\n");
	ticket_unref(old);
	ticket_unref(fresh);
}

static void
unban_repairs_nothing_unless_told_to(void **state)
{
	struct bench *b = *state;

	add_file(b);
	lose_rules(b);
	with_ticket(b, action_unban, "192.0.2.1");
	expect(b, "unban 192.0.2.1\ncheck\n");
	set(b, "f", "actionrepair_on_unban", "true");
	with_ticket(b, action_unban, "192.0.2.1");
	expect(b, "unban 192.0.2.1\ncheck\nstop\nstart inet4\ncheck\nunban 192.0.2.1\n");
}

static void
repair_command_replaces_stop_and_start(void **state)
{
	struct bench *b = *state;

	add_file(b);
	set(b, "f", "actionrepair", "echo repair '<family>' '<ip>' >> $D/acts; touch $D/rules");
	lose_rules(b);
	with_ticket(b, action_ban, "192.0.2.2");
	expect(b, "ban 192.0.2.2\ncheck\nrepair inet4 <ip>\ncheck\nban 192.0.2.2\n");
	set(b, "f", "actionrepair", "echo repair >> $D/acts; exit 1");
	lose_rules(b);
	with_ticket(b, action_ban, "192.0.2.3");
	expect(b, "ban 192.0.2.3\ncheck\nrepair\n");
}

static void
flush_spares_single_unbans(void **state)
{
	struct bench *b = *state;
	struct ticket *t[2] = {ticket("192.0.2.1"), ticket("2001:db8::1")};

	add_telling(b, "a");
	set(b, "a", "actionflush", "echo flush a >> $D/acts");
	add_telling(b, "b");
	for (size_t i = 0; i < 2; i++)
		action_ban(b->list, t[i]);
	settle(b);
	expect(b, "ban a inet4 192.0.2.1\nban b inet4 192.0.2.1\n"
		  "ban a inet6 2001:db8::1\nban b inet6 2001:db8::1\n");
	action_flush(b->list, t, 2, false);
	settle(b);
	expect(b, "flush a\nunban b inet4 192.0.2.1\nunban b inet6 2001:db8::1\n");
	action_flush(b->list, NULL, 0, false);
	settle(b);
	expect(b, "");
	for (size_t i = 0; i < 2; i++)
		ticket_unref(t[i]);
}

static void
failed_flush_checks_the_rules(void **state)
{
	struct bench *b = *state;

	add_file(b);
	lose_rules(b);
	action_flush(b->list, NULL, 0, false);
	settle(b);
	expect(b, "flush\ncheck\nstop\nstart \ncheck\ncheck\n");
}

static void
restored_bans_can_be_left_out(void **state)
{
	struct bench *b = *state;
	struct ticket *t = ticket("192.0.2.1");

	t->restored = true;
	add_telling(b, "a");
	set(b, "a", "norestored", "True");
	add_telling(b, "b");
	action_ban(b->list, t);
	settle(b);
	expect(b, "ban b inet4 192.0.2.1\n");
	ticket_unref(t);
}

static void
reload_stops_what_is_gone_and_starts_what_is_new(void **state)
{
	struct bench *b = *state;
	struct ticket *t = ticket("192.0.2.1");

	add_telling(b, "a");
	add_telling(b, "b");
	action_start(b->list);
	action_ban(b->list, t);
	settle(b);
	expect(b, "start a \nstart b \nban a inet4 192.0.2.1\nban b inet4 192.0.2.1\n");
	action_reload_begin(b->list);
	add_telling(b, "b");
	add_telling(b, "c");
	assert_int_equal(action_add(b->list, SLICE("c"), NULL), -EEXIST);
	action_reload_end(b->list, &t, 1);
	action_start(b->list);
	settle(b);
	expect(b, "unban a inet4 192.0.2.1\nstop a \nstop a inet4\n"
		  "reload b \nreload b inet4\nstart c \nban c inet4 192.0.2.1\n");
	assert_int_equal(action_count(b->list), 2);
	/* As of a mail for each ban, which nobody wants for old ones. */
	action_reload_begin(b->list);
	add_telling(b, "c");
	add_telling(b, "d");
	set(b, "d", "norestored", "true");
	action_reload_end(b->list, &t, 1);
	settle(b);
	expect(b, "unban b inet4 192.0.2.1\nstop b \nstop b inet4\nreload c \nreload c inet4\nstart d \n");
	with_ticket(b, action_ban, "192.0.2.2");
	expect(b, "ban c inet4 192.0.2.2\nban d inet4 192.0.2.2\n");
	ticket_unref(t);
}

static void
endless_properties_fail_without_running(void **state)
{
	struct bench *b = *state;

	add(b, "a");
	set(b, "a", "actionban", "echo <self> >> $D/acts");
	set(b, "a", "actioncheck", "echo check >> $D/acts; false");
	set(b, "a", "self", "x<self>");
	with_ticket(b, action_ban, "192.0.2.1");
	expect(b, "");
}

static void
properties_are_kept_in_order(void **state)
{
	struct bench *b = *state;
	struct slice value;

	add(b, "a");
	set(b, "a", "x", "1");
	set(b, "a", "y", "2");
	set(b, "a", "x", "3");
	set(b, "a", "bantime", "5");
	assert_int_equal(action_property_count(b->list, SLICE("a")), 2);
	assert_true(slice_eq(action_property(b->list, SLICE("a"), 0), SLICE("x")));
	assert_true(action_get(b->list, SLICE("a"), SLICE("x"), &value));
	assert_true(slice_eq(value, SLICE("3")));
	assert_false(action_get(b->list, SLICE("a"), SLICE("bantime"), &value));
	assert_int_equal(action_remove(b->list, SLICE("a")), 0);
	assert_int_equal(action_remove(b->list, SLICE("a")), -ENOENT);
	assert_int_equal(
	    action_set(b->list, SLICE("a"), SLICE("x"), SLICE("1"), NULL), -ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(actions_run_in_order_and_stop_in_reverse),
	    TEST(jails_take_turns_in_the_order_of_asking),
	    TEST(many_bans_keep_their_order),
	    TEST(conditional_action_starts_with_the_first_ban_of_a_family),
	    TEST(failed_command_is_tried_once_more_and_its_unban_is_not_run),
	    TEST(failed_start_on_demand_leaves_the_ban_undone),
	    TEST(lost_rules_are_put_up_again),
	    TEST(repair_starts_again_what_the_same_ban_had_started),
	    TEST(what_is_no_address_starts_all_families),
	    TEST(norestored_concerns_bans_alone),
	    TEST(flush_before_a_stop_repairs_nothing),
	    TEST(families_stop_in_the_order_of_their_start),
	    TEST(check_puts_up_again_what_is_gone),
	    TEST(unban_repairs_nothing_unless_told_to),
	    TEST(repair_command_replaces_stop_and_start),
	    TEST(flush_spares_single_unbans),
	    TEST(failed_flush_checks_the_rules),
	    TEST(restored_bans_can_be_left_out),
	    TEST(reload_stops_what_is_gone_and_starts_what_is_new),
	    TEST(endless_properties_fail_without_running),
	    TEST(properties_are_kept_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
