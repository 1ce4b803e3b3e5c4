/* How failures are counted: rows recorded from fail2ban, and the cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "jail/failure.c" /* to reach what is counted */

/* The count of id now; 0 if there is none. */
static unsigned
retries(const struct failure_table *t, struct slice id)
{
	const struct failure_record *r = find(t, id);

	return r != NULL ? r->retry : 0;
}

static struct ticket *
failure_at(const char *id, int64_t seconds)
{
	return ticket_new(slice_cstr(id), slice_cstr(id), INSTANT_S(1000000 + seconds));
}

static struct ticket *
add_ticket(struct failure_table *t, const struct failure_limits *l, const struct ticket *ticket)
{
	struct arena a = {0};
	struct failure f = failure_of_ticket(ticket, &a);
	struct ticket *enough = failure_add(t, l, &f, 1);

	arena_done(&a);
	return enough;
}

static void
add(struct failure_table *t, const struct failure_limits *l, const char *id, int64_t seconds)
{
	struct ticket *f = failure_at(id, seconds);

	ticket_add_match(f, slice_cstr("line"), 10);
	assert_null(add_ticket(t, l, f));
	ticket_unref(f);
}

static void
count_is_scaled_to_the_window(void **state)
{
	static const struct {
		int64_t at;
		unsigned count;
	} rows[] = {{0, 1}, {100, 2}, {200, 3}, {650, 4}, {700, 5}, {1300, 3}, {1301, 4}};
	const struct failure_limits limits = {100, SPAN_S(600), 5};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		add(t, &limits, "192.0.2.1", rows[i].at);
		assert_int_equal(retries(t, SLICE("192.0.2.1")), rows[i].count);
	}
	failure_table_free(t);
}

/* There is no time in which more than one could be. */
static void
negative_window_counts_one(void **state)
{
	const struct failure_limits limits = {5, SPAN_S(-600), 5};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);

	(void)state;
	for (int i = 0; i < 4; i++) {
		add(t, &limits, "192.0.2.1", i);
		assert_int_equal(retries(t, SLICE("192.0.2.1")), 1);
	}
	failure_table_free(t);
}

static void
limit_hands_over_the_ticket(void **state)
{
	const struct failure_limits limits = {3, SPAN_S(600), 2};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);
	struct ticket *f = failure_at("a b", 9), *out;
	struct slice user;

	(void)state;
	ticket_add_match(f, SLICE("line"), 10);
	ticket_set_attr(f, SLICE("user"), SLICE("first"));
	assert_null(add_ticket(t, &limits, f));
	add(t, &limits, "a b", 8);
	ticket_set_attr(f, SLICE("user"), SLICE("last"));
	out = add_ticket(t, &limits, f);
	assert_non_null(out);
	assert_int_equal(out->failures, 3);
	assert_int_equal(ticket_match_count(out), 2);
	assert_int_equal(details_attr_count(out->more), 1);
	assert_true(ticket_attr(out, SLICE("user"), &user));
	assert_true(slice_eq(user, SLICE("first")));
	assert_int_equal(out->when.us, INSTANT_S(1000009).us);
	assert_int_equal(failure_ids(t), 0);
	assert_int_equal(failure_total(t), 3);
	ticket_unref(out);
	ticket_unref(f);
	failure_table_free(t);
}

static void
quiet_ids_are_forgotten(void **state)
{
	const struct failure_limits limits = {3, SPAN_S(600), 2};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);

	(void)state;
	add(t, &limits, "old", 0);
	add(t, &limits, "new", 1);
	assert_false(failure_expire(t, INSTANT_S(1000600), limits.findtime));
	assert_int_equal(failure_ids(t), 1);
	assert_int_equal(retries(t, SLICE("old")), 0);
	assert_true(failure_forget(t, SLICE("new")));
	assert_false(failure_forget(t, SLICE("new")));
	failure_table_free(t);
}

static void
add_many(struct failure_table *t, int from, int n, int64_t seconds)
{
	const struct failure_limits limits = {3, SPAN_S(600), 0};
	char id[32];

	for (int i = from; i < from + n; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		add(t, &limits, id, seconds);
	}
}

/* No turn of the loop forgets more than a bounded number, and none is left in the end. */
static void
many_are_forgotten_in_turns(void **state)
{
	const struct span findtime = SPAN_S(600);
	struct failure_table *t = failure_table_new(FAILURE_IDS_DEFAULT, FAILURE_MORE_MAX);

	(void)state;
	add_many(t, 0, 2 * FAILURE_EXPIRE_MAX + 5, 0);
	add_many(t, 2 * FAILURE_EXPIRE_MAX + 5, 7, 100);
	assert_true(failure_expire(t, INSTANT_S(1000650), findtime));
	assert_int_equal(failure_ids(t), FAILURE_EXPIRE_MAX + 12);
	assert_true(failure_expire(t, INSTANT_S(1000650), findtime));
	assert_false(failure_expire(t, INSTANT_S(1000650), findtime));
	assert_int_equal(failure_ids(t), 7);
	failure_table_free(t);
}

/* Those who are not to be forgotten yet are not all looked at for one behind them who is. */
static void
only_so_many_are_passed_over(void **state)
{
	const struct span findtime = SPAN_S(600);
	struct failure_table *t = failure_table_new(FAILURE_IDS_DEFAULT, FAILURE_MORE_MAX);

	(void)state;
	add_many(t, 0, FAILURE_EXPIRE_KEPT, 100);
	add_many(t, FAILURE_EXPIRE_KEPT, 1, 0);
	assert_false(failure_expire(t, INSTANT_S(1000650), findtime));
	assert_int_equal(failure_ids(t), FAILURE_EXPIRE_KEPT);
	add_many(t, FAILURE_EXPIRE_KEPT, 2, 100);
	add_many(t, FAILURE_EXPIRE_KEPT + 2, 1, 0);
	assert_false(failure_expire(t, INSTANT_S(1000650), findtime));
	assert_int_equal(failure_ids(t), FAILURE_EXPIRE_KEPT + 3);
	assert_false(failure_expire(t, INSTANT_S(1000700), findtime));
	assert_int_equal(failure_ids(t), 0);
	failure_table_free(t);
}

static void
at_its_cap_the_longest_quiet_goes(void **state)
{
	const struct failure_limits limits = {3, SPAN_S(600), 0};
	struct failure_table *t = failure_table_new(2, FAILURE_MORE_MAX);

	(void)state;
	add(t, &limits, "a", 0);
	add(t, &limits, "b", 1);
	add(t, &limits, "a", 2);
	add(t, &limits, "c", 3);
	assert_int_equal(failure_ids(t), 2);
	assert_int_equal(retries(t, SLICE("b")), 0);
	assert_int_equal(retries(t, SLICE("a")), 2);
	assert_int_equal(failure_evicted(t), 1);
	failure_table_free(t);
}

/* Those that are too many at once go with those who come. */
static void
a_smaller_cap_is_reached_step_by_step(void **state)
{
	const struct failure_limits limits = {3, SPAN_S(600), 0};
	struct failure_table *t = failure_table_new(100, FAILURE_MORE_MAX);

	(void)state;
	add_many(t, 0, 10, 0);
	failure_set_max(t, 5);
	assert_int_equal(failure_max(t), 5);
	assert_int_equal(failure_ids(t), 10);
	add(t, &limits, "id 9", 1);
	assert_int_equal(failure_ids(t), 10);
	add_many(t, 10, 2, 1);
	assert_int_equal(failure_ids(t), 8);
	add_many(t, 12, 20, 2);
	assert_int_equal(failure_ids(t), 5);
	assert_int_equal(failure_evicted(t), 27);
	assert_int_equal(retries(t, SLICE("id 31")), 1);
	failure_table_free(t);
}

static struct ticket *
known_failure(const char *id, int64_t seconds)
{
	struct ticket *f = failure_at(id, seconds);

	ticket_add_match(f, SLICE("a line"), 10);
	details_set_cut(f->more, (struct match_cut){0, 1});
	ticket_set_attr(f, SLICE("ip4"), ticket_id(f));
	return f;
}

static struct ticket *
add_known(struct failure_table *t, const struct failure_limits *l, const char *id, int64_t seconds)
{
	struct ticket *f = known_failure(id, seconds), *enough = add_ticket(t, l, f);

	ticket_unref(f);
	return enough;
}

/* Whoever had his lines given up is banned no later, and what is his address is still known. */
static void
lines_have_a_cap_of_their_own(void **state)
{
	static const char *const ids[] = {"192.0.2.1", "a text", "2001:db8::1", "192.0.2.0/24"};
	const struct failure_limits limits = {2, SPAN_S(600), 5};
	struct failure_table *t = failure_table_new(10, 1);
	struct slice value;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_null(add_known(t, &limits, ids[i], (int64_t)i));
	assert_int_equal(failure_ids(t), 4);
	assert_int_equal(failure_given_up(t), 4);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct ticket *enough = add_known(t, &limits, ids[i], 10);

		assert_non_null(enough);
		assert_true(slice_eq(ticket_id(enough), slice_cstr(ids[i])));
		assert_true(slice_eq(ticket_ip(enough), slice_cstr(ids[i])));
		assert_int_equal(enough->addr.family == ADDR_NONE, i == 1);
		assert_int_equal(enough->failures, 2);
		assert_int_equal(ticket_match_count(enough), 1);
		assert_int_equal(ticket_attr(enough, SLICE("ip4"), &value), i != 1);
		ticket_unref(enough);
	}
	assert_int_equal(failure_ids(t), 0);
	failure_table_free(t);
}

/* What is kept of an address in few bytes comes out as it went in. */
static void
ticket_comes_out_as_it_went_in(void **state)
{
	static const struct {
		const char *id, *ip, *addr;
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1", "192.0.2.1"},
	    {"2001:db8::1", "2001:db8::1", "2001:db8::1"},
	    {"0.0.0.0", "0.0.0.0", "0.0.0.0/0"},
	    {"user", "192.0.2.1", "192.0.2.1"},
	    {"192.0.2.2", "192.0.2.1", "192.0.2.1"},
	    {"host.example", "host.example", ""},
	    {"2001:DB8::1", "2001:DB8::1", "2001:db8::1"},
	};
	const struct failure_limits limits = {2, SPAN_S(600), 5};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ticket *f = ticket_new(
				  slice_cstr(rows[i].id), slice_cstr(rows[i].ip), INSTANT_S(i)),
			      *out;
		struct slice value;

		if (addr_parse(slice_cstr(rows[i].addr), &f->addr) < 0)
			f->addr = (struct addr){0};
		ticket_add_match(f, SLICE("a line"), 5);
		details_set_cut(f->more, (struct match_cut){1, 2});
		ticket_set_attr(f, SLICE("ip6"), ticket_id(f));
		assert_null(add_ticket(t, &limits, f));
		assert_int_equal(retries(t, ticket_id(f)), 1);
		out = add_ticket(t, &limits, f);
		assert_non_null(out);
		assert_true(slice_eq(ticket_id(out), ticket_id(f)) && slice_eq(ticket_ip(out), ticket_ip(f)));
		assert_true(addr_eq(&out->addr, &f->addr));
		assert_int_equal(ticket_match_count(out), 2);
		assert_int_equal(details_cut(out->more).before, 1);
		assert_int_equal(details_attr_count(out->more), 1);
		assert_true(ticket_attr(out, SLICE("ip6"), &value) && slice_eq(value, ticket_id(f)));
		ticket_unref(out);
		ticket_unref(f);
	}
	failure_table_free(t);
}

static void
end_of_a_storm_is_told_once(void **state)
{
	const struct failure_limits limits = {3, SPAN_S(600), 0};
	struct failure_table *t = failure_table_new(10000, FAILURE_MORE_MAX);
	char id[32];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		add(t, &limits, id, i < 10 ? 1000 : 0);
	}
	assert_false(failure_shrunk(t));
	assert_false(failure_expire(t, INSTANT_S(1000700), limits.findtime));
	assert_int_equal(failure_ids(t), 10);
	assert_true(failure_shrunk(t));
	assert_false(failure_shrunk(t));
	failure_table_free(t);
}

/* Observed: of somebody who was banned twice, one failure counts as three, and is told as two. */
static void
failure_of_somebody_known_weighs_more(void **state)
{
	const struct failure_limits limits = {4, SPAN_S(600), 5};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);
	struct ticket *enough;

	(void)state;
	assert_null(failure_raise(t, &limits, SLICE("a"), 2, 2));
	add(t, &limits, "a", 0);
	assert_null(failure_raise(t, &limits, SLICE("a"), 2, 2));
	assert_int_equal(retries(t, SLICE("a")), 3);
	enough = failure_raise(t, &limits, SLICE("a"), 2, 3);
	assert_non_null(enough);
	assert_int_equal(enough->failures, 3);
	assert_int_equal(enough->bancount, 3);
	assert_int_equal(failure_ids(t), 0);
	ticket_unref(enough);
	failure_table_free(t);
}

/* It may name anybody, and nobody's count changes by it. */
static void
expecting_failures_counts_none(void **state)
{
	const struct failure_limits limits = {100, SPAN_S(600), 5};
	const uint64_t hashes[] = {hash_text(SLICE("192.0.2.1")), hash_text(SLICE("a b")),
	    hash_text(SLICE("nobody"))};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);

	(void)state;
	failure_expect(t, hashes, 3);
	add(t, &limits, "192.0.2.1", 0);
	add(t, &limits, "a b", 0);
	failure_expect(t, hashes, 3);
	assert_int_equal(failure_ids(t), 2);
	assert_int_equal(failure_total(t), 2);
	assert_int_equal(retries(t, SLICE("192.0.2.1")), 1);
	assert_int_equal(retries(t, SLICE("a b")), 1);
	failure_table_free(t);
}

/* As "attempt" with several lines has it. */
static void
failure_of_many_attempts_is_one(void **state)
{
	const struct failure_limits limits = {5, SPAN_S(600), 5};
	const struct failure f = {.id = SLICE("a b"), .ip = SLICE("a b"), .when = INSTANT_S(1000000)};
	struct failure_table *t = failure_table_new(10, FAILURE_MORE_MAX);
	struct ticket *out;

	(void)state;
	assert_null(failure_add(t, &limits, &f, 1));
	assert_null(failure_add(t, &limits, &f, 3));
	assert_int_equal(retries(t, SLICE("a b")), 4);
	out = failure_add(t, &limits, &f, 1);
	assert_non_null(out);
	assert_int_equal(out->failures, 3);
	ticket_unref(out);
	failure_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(count_is_scaled_to_the_window),
	    cmocka_unit_test(negative_window_counts_one),
	    cmocka_unit_test(limit_hands_over_the_ticket),
	    cmocka_unit_test(quiet_ids_are_forgotten),
	    cmocka_unit_test(many_are_forgotten_in_turns),
	    cmocka_unit_test(only_so_many_are_passed_over),
	    cmocka_unit_test(at_its_cap_the_longest_quiet_goes),
	    cmocka_unit_test(a_smaller_cap_is_reached_step_by_step),
	    cmocka_unit_test(lines_have_a_cap_of_their_own),
	    cmocka_unit_test(ticket_comes_out_as_it_went_in),
	    cmocka_unit_test(end_of_a_storm_is_told_once),
	    cmocka_unit_test(failure_of_somebody_known_weighs_more),
	    cmocka_unit_test(expecting_failures_counts_none),
	    cmocka_unit_test(failure_of_many_attempts_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
