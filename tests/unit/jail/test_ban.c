/* Bans and their ends, against a slow model, and the rules for a second ban of the same id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "jail/ban.h"
#include "util/mem.h"

static struct ticket *
ticket_at(const char *id, int64_t seconds)
{
	return ticket_new(slice_cstr(id), slice_cstr(id), INSTANT_S(seconds));
}

static enum ban_result
ban(struct ban_table *t, const char *id, int64_t when, int64_t now)
{
	struct ticket *k = ticket_at(id, when);
	enum ban_result r = ban_add(t, k, INSTANT_S(now));

	ticket_unref(k);
	return r;
}

static void
second_ban_moves_the_end(void **state)
{
	struct ban_table *t = ban_table_new(600, BAN_MATCHES_MAX);

	(void)state;
	assert_int_equal(ban(t, "a", 1000, 1000), BAN_NEW);
	assert_int_equal(ban_next_end(t).us, INSTANT_S(1600).us);
	assert_int_equal(ban(t, "a", 1100, 1100), BAN_KNOWN);
	assert_int_equal(ban_next_end(t).us, INSTANT_S(1700).us);
	assert_true(ban_get(t, SLICE("a"))->bantime_s == 700);
	assert_int_equal(ban(t, "b", 10, 1100), BAN_EXPIRED);
	assert_int_equal(ban_count(t), 1);
	assert_int_equal(ban_total(t), 1);
	ban_table_free(t);
}

static void
a_second_ban_of_an_earlier_date_has_its_whole_time(void **state)
{
	struct ban_table *t = ban_table_new(100, BAN_MATCHES_MAX);
	struct ticket *longer = ticket_at("a", 995);

	(void)state;
	longer->has_bantime = true;
	longer->bantime_s = 600;
	assert_int_equal(ban(t, "a", 1000, 1000), BAN_NEW);
	assert_int_equal(ban_add(t, longer, INSTANT_S(1000)), BAN_KNOWN);
	assert_true(ban_get(t, SLICE("a"))->bantime_s == 600);
	assert_int_equal(ban_next_end(t).us, INSTANT_S(1600).us);
	/* It must end later than the running one does. */
	longer->bantime_s = 604;
	assert_int_equal(ban_add(t, longer, INSTANT_S(1000)), BAN_KNOWN);
	assert_int_equal(ban_next_end(t).us, INSTANT_S(1600).us);
	ticket_unref(longer);
	ban_table_free(t);
}

static void
permanent_bans_never_end(void **state)
{
	struct ban_table *t = ban_table_new(BANTIME_PERMANENT, BAN_MATCHES_MAX);

	(void)state;
	assert_int_equal(ban(t, "a", 1000, 1000), BAN_NEW);
	assert_int_equal(ban_next_end(t).us, BAN_NEVER.us);
	assert_null(ban_take_expired(t, INSTANT_S(4000000000)));
	ban_set_bantime(t, 10);
	assert_int_equal(ban_next_end(t).us, INSTANT_S(1010).us);
	ban_table_free(t);
}

static void
ends_come_in_order(void **state)
{
	struct ban_table *t = ban_table_new(0, BAN_MATCHES_MAX);
	unsigned seed = 3;
	struct instant last = {0};
	char id[32];
	size_t left = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(id, sizeof(id), "%d", rand_r(&seed) % 500);
		if (rand_r(&seed) % 3 == 0) {
			struct ticket *k = ban_take(t, slice_cstr(id));

			left -= k != NULL;
			ticket_unref(k);
		} else {
			left += ban(t, id, rand_r(&seed) % 1000, 0) == BAN_NEW;
		}
		assert_int_equal(ban_count(t), left);
	}
	while (left > 0) {
		struct instant end = ban_next_end(t);
		struct ticket *k = ban_take_expired(t, INSTANT_S(2000));

		assert_non_null(k);
		assert_true(end.us >= last.us);
		assert_true(ban_end(t, k).us == end.us);
		last = end;
		left--;
		ticket_unref(k);
	}
	assert_null(ban_take_expired(t, INSTANT_S(2000)));
	ban_table_free(t);
}

static void
lists_keep_their_order(void **state)
{
	struct ban_table *t = ban_table_new(10, BAN_MATCHES_MAX);
	struct ticket **v;
	size_t n;

	(void)state;
	(void)ban(t, "late", 30, 0);
	(void)ban(t, "soon", 10, 0);
	v = ban_list(t, BAN_BY_ENTRY, &n);
	assert_int_equal(n, 2);
	assert_true(slice_eq(ticket_id(v[0]), SLICE("late")));
	mem_free(v);
	v = ban_list(t, BAN_BY_END, &n);
	assert_true(slice_eq(ticket_id(v[0]), SLICE("soon")));
	mem_free(v);
	ban_table_free(t);
}

/* A ban with a line of 1000 bytes, and a name; the ticket is the table's alone. */
static void
ban_with_line(struct ban_table *t, const char *id)
{
	static const char line[1000];
	struct ticket *k = ticket_at(id, 1000);

	ticket_add_match(k, slice_of(line, sizeof(line)), 5);
	ticket_set_attr(k, SLICE("user"), SLICE("root"));
	assert_int_equal(ban_add(t, k, INSTANT_S(1000)), BAN_NEW);
	ticket_unref(k);
}

static size_t
lines_of(const struct ban_table *t, const char *id)
{
	return ticket_match_count(ban_get(t, slice_cstr(id)));
}

/* Room for two lines and a half. */
static void
lines_of_the_oldest_bans_are_given_up(void **state)
{
	struct ban_table *t = ban_table_new(600, 2500);
	struct slice user;

	(void)state;
	ban_with_line(t, "a");
	ban_with_line(t, "b");
	assert_int_equal(ban_without_matches(t), 0);
	ban_with_line(t, "c");
	assert_int_equal(lines_of(t, "a"), 0);
	assert_int_equal(lines_of(t, "b"), 1);
	assert_true(ticket_attr(ban_get(t, SLICE("a")), SLICE("user"), &user));
	assert_int_equal(ban_without_matches(t), 1);
	/* One that has ended makes room. */
	ticket_unref(ban_take(t, SLICE("b")));
	ban_with_line(t, "d");
	assert_int_equal(lines_of(t, "c"), 1);
	/* The last of those given up goes, and the next ones are found all the same. */
	ticket_unref(ban_take(t, SLICE("a")));
	ban_with_line(t, "e");
	assert_int_equal(lines_of(t, "c"), 0);
	assert_int_equal(lines_of(t, "d"), 1);
	assert_int_equal(lines_of(t, "e"), 1);
	assert_int_equal(ban_without_matches(t), 2);
	ban_table_free(t);
}

/* Commands that are yet to be run, and the database, are told of the lines. */
static void
lines_that_somebody_waits_for_stay(void **state)
{
	struct ban_table *t = ban_table_new(600, 1500);
	struct ticket *waits;

	(void)state;
	ban_with_line(t, "a");
	waits = ticket_ref(ban_get(t, SLICE("a")));
	ban_with_line(t, "b");
	assert_int_equal(lines_of(t, "a"), 1);
	assert_int_equal(lines_of(t, "b"), 1);
	ticket_unref(waits);
	ban_with_line(t, "c");
	assert_int_equal(lines_of(t, "a"), 0);
	assert_int_equal(lines_of(t, "b"), 0);
	assert_int_equal(lines_of(t, "c"), 1);
	ban_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(second_ban_moves_the_end),
	    cmocka_unit_test(a_second_ban_of_an_earlier_date_has_its_whole_time),
	    cmocka_unit_test(permanent_bans_never_end),
	    cmocka_unit_test(ends_come_in_order),
	    cmocka_unit_test(lists_keep_their_order),
	    cmocka_unit_test(lines_of_the_oldest_bans_are_given_up),
	    cmocka_unit_test(lines_that_somebody_waits_for_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
