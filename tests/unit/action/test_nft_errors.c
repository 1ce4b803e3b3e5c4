/*
 * What nf_tables refuses, each refusal provoked in a network namespace of the test's own: told apart,
 * and the set as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <cmocka.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

/* How many of the next answers are marked as those of a list that changed while it was read. */
static unsigned interruptions;

static ssize_t
receive(const struct mnl_socket *s, void *block, size_t size)
{
	ssize_t got = mnl_socket_recvfrom(s, block, size);

	if (got >= (ssize_t)sizeof(struct nlmsghdr) && interruptions > 0) {
		((struct nlmsghdr *)block)->nlmsg_flags |= NLM_F_DUMP_INTR;
		interruptions--;
	}
	return got;
}

#define mnl_socket_recvfrom receive
#include "action/nft.c"
#include "action/nftset.c"

static void
shell(const char *command)
{
	assert_int_equal(system(command), 0);
}

static struct nft_change
change(const struct nft_set_name *set, const struct nft_set_kind *kind, const char *address, bool add)
{
	struct nft_change c = {.set = set, .kind = kind, .add = add};

	assert_int_equal(addr_parse(slice_cstr(address), &c.addr), 0);
	return c;
}

static const struct nft_set_name plain = {.family = NFPROTO_INET, .table = "t", .set = "s"};
static const struct nft_set_name other = {.family = NFPROTO_INET, .table = "t", .set = "other"};
static const struct nft_set_name nowhere = {.family = NFPROTO_INET, .table = "gone", .set = "s"};
static const struct nft_set_name nets = {.family = NFPROTO_INET, .table = "t", .set = "nets"};
static const struct nft_set_name small = {.family = NFPROTO_INET, .table = "t", .set = "small"};
static const struct nft_set_kind address = {.key_bytes = 4};
static const struct nft_set_kind network = {.key_bytes = 4, .flags = NFT_SET_INTERVAL};

static int
setup(void **state)
{
	shell("nft flush ruleset; nft add table inet t;"
	      "nft add set inet t s '{ type ipv4_addr; }';"
	      "nft add set inet t small '{ type ipv4_addr; size 2; }';"
	      "nft add set inet t nets '{ type ipv4_addr; flags interval; }';"
	      "nft add element inet t nets '{ 10.0.0.0/8 }'");
	return nft_share((struct nft **)(void *)state);
}

static int
teardown(void **state)
{
	nft_unshare(*state);
	return 0;
}

static void
each_refusal_has_its_own_words(void **state)
{
	const struct {
		struct nft_change changes[3];
		size_t count;
		int error;
		const char *words;
		const char *older;	/* of kernels that say less, as 6.1 */
	} rows[] = {
	    {{change(&plain, &address, "192.0.2.1", false)}, 1, -ENOENT, "it is not in the set"},
	    {{change(&other, &address, "192.0.2.1", true)}, 1, -ENOENT, "the set is not there",
	        "it, its set or its table is not there"},
	    {{change(&nowhere, &address, "192.0.2.1", true)}, 1, -ENOENT, "the table is not there"},
	    {{change(&nets, &network, "10.1.0.0/16", true)}, 1, -EEXIST,
	        "it overlaps with something that is there already"},
	    {{change(&small, &address, "192.0.2.1", true), change(&small, &address, "192.0.2.2", true),
	         change(&small, &address, "192.0.2.3", true)}, 3, -ENFILE, "the set is full"},
	};
	struct nft *n = *state;
	size_t failed;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(nft_elements(n, rows[i].changes, rows[i].count, &failed), rows[i].error);
		assert_int_equal(failed, rows[i].count - 1);
		if (rows[i].older == NULL || strcmp(nft_reason(n, rows[i].error), rows[i].older) != 0)
			assert_string_equal(nft_reason(n, rows[i].error), rows[i].words);
	}
	shell("test $(nft list ruleset | grep -c '192.0.2.') = 0");
}

/* They go in several transactions; the one that is refused is found in any of them, and the others are in. */
static void
many_that_only_add_are_done_as_far_as_it_goes(void **state)
{
	static const struct nft_set_name bounded = {.family = NFPROTO_INET, .table = "t", .set = "bounded"};
	struct nft_change changes[1300];
	struct nft *n = *state;
	char text[32];
	size_t failed;

	shell("nft add set inet t bounded '{ type ipv4_addr; size 1250; }'");
	for (size_t i = 0; i < 1300; i++) {
		(void)snprintf(text, sizeof(text), "10.1.%zu.%zu", i / 250, i % 250);
		changes[i] = change(&bounded, &address, text, true);
	}
	assert_int_equal(nft_elements(n, changes, 1300, &failed), -ENFILE);
	assert_int_equal(failed, 1250);
	shell("nft get element inet t bounded '{ 10.1.0.0, 10.1.2.249 }' >/dev/null");
	assert_int_equal(nft_elements(n, changes, 1250, &failed), 0);
	assert_int_equal(failed, 1250);
	shell("nft get element inet t bounded '{ 10.1.0.0, 10.1.4.249 }' >/dev/null");
	shell("! nft get element inet t bounded '{ 10.1.5.0 }' >/dev/null 2>&1");
	/* Where one goes as well, it is all or none. */
	changes[3].add = false;
	changes[700].set = &other;
	shell("nft flush set inet t bounded");
	assert_int_equal(nft_elements(n, changes, 1250, &failed), -ENOENT);
	shell("! nft get element inet t bounded '{ 10.1.0.0 }' >/dev/null 2>&1");
}

/* Of a transaction with a thousand mistakes there are a thousand answers. */
static void
lost_answers_are_an_error_of_their_own(void **state)
{
	struct nft_change changes[2000];
	struct nft *n = *state;
	int bytes = 1;
	size_t failed;

	assert_int_equal(setsockopt(mnl_socket_get_fd(n->socket), SOL_SOCKET, SO_RCVBUF, &bytes,
	                     sizeof(bytes)), 0);
	for (size_t i = 0; i < 2000; i++)
		changes[i] = change(&plain, &address, i % 2 ? "192.0.2.1" : "192.0.2.2", i % 2);
	assert_int_equal(nft_elements(n, changes, 2000, &failed), -ENOBUFS);
	assert_string_equal(nft_reason(n, -ENOBUFS), "the kernel's answer was lost");
	/* What comes next is not taken for it. */
	assert_int_equal(nft_elements(n, &changes[1], 1, &failed), 0);
	shell("nft get element inet t s '{ 192.0.2.1 }' >/dev/null");
}

static int
ban(struct nft *n, const char *text)
{
	struct nft_set_kind kind;
	struct nft_change c;
	size_t failed;
	int r = nft_set_recall(n, &plain, &kind);

	c = change(&plain, &kind, text, true);
	return r < 0 ? r : nft_elements_recalled(n, &c, 1, &failed);
}

static void
nothing_is_asked_twice_while_nobody_changes_anything(void **state)
{
	struct nft *n = *state;
	uint32_t before;

	assert_int_equal(ban(n, "192.0.2.1"), 0);
	if (n->demands == DEMANDS_IGNORED)
		skip();
	for (int i = 2; i < 10; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "192.0.2.%d", i);
		before = n->seq;
		assert_int_equal(ban(n, text), 0);
		/* The transaction's beginning, its one message, and its end. */
		assert_int_equal(n->seq - before, 3);
	}
	shell("nft get element inet t s '{ 192.0.2.1, 192.0.2.9 }' >/dev/null");
	/* What is there already changes nothing, so that the next one has to ask. */
	assert_int_equal(ban(n, "192.0.2.1"), 0);
	assert_true(ban(n, "192.0.2.20") == -ERESTART || n->generation != 0);
	assert_int_equal(ban(n, "192.0.2.20"), 0);
}

static void
what_is_known_is_not_relied_on_after_a_change(void **state)
{
	static const char *const changes[] = {
	    "nft add table inet other",
	    "nft flush ruleset; nft add table inet t;"
	    "nft add set inet t s '{ type ipv4_addr; flags interval; }'",
	    "nft flush ruleset; nft add table inet t; nft add set inet t s '{ type ipv6_addr; }'",
	    "nft flush ruleset",
	};
	static const struct {
		int error;
		uint32_t flags, key_bytes;
	} after[] = {{0, 0, 4}, {0, NFT_SET_INTERVAL, 4}, {0, 0, 16}, {-ENOENT, 0, 0}};
	struct nft *n = *state;
	struct nft_set_kind kind;

	assert_int_equal(ban(n, "192.0.2.1"), 0);
	if (n->demands == DEMANDS_IGNORED)
		skip();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(nft_set_recall(n, &plain, &kind), 0);
		shell(changes[i]);
		assert_int_equal(ban(n, "192.0.2.77"), -ERESTART);
		shell("test $(nft list ruleset | grep -c '192.0.2.77') = 0");
		assert_int_equal(nft_set_recall(n, &plain, &kind), after[i].error);
		if (after[i].error == 0) {
			assert_int_equal(kind.flags, after[i].flags);
			assert_int_equal(kind.key_bytes, after[i].key_bytes);
		}
	}
}

/* Whoever is missing in a list would be banned again; whoever is in it twice would be let go once. */
static void
list_that_changed_meanwhile_is_asked_for_again(void **state)
{
	struct nft *n = *state;
	struct nft_elements e;
	uint32_t before;

	shell("nft add element inet t s '{ 192.0.2.1, 192.0.2.2, 192.0.2.3 }'");
	interruptions = 3; /* each list is two answers */
	before = n->seq;
	assert_int_equal(nftset_list(n, &plain, &address, &e), 0);
	assert_int_equal(interruptions, 0);
	assert_int_equal(n->seq - before, 3);
	assert_int_equal(e.count, 3);
	nftset_free(&e);
	/* Not for ever. */
	interruptions = 1000;
	assert_int_equal(nftset_list(n, &plain, &address, &e), 0);
	interruptions = 0;
	assert_int_equal(e.count, 3);
	nftset_free(&e);
}

static void
what_is_listed_twice_is_one(void **state)
{
	struct mark singles[] = {{.key = {10}}, {.key = {10}}, {.key = {11}}};
	struct mark ends[] = {{.key = {10}}, {.key = {10}}, {{11}, true, 0}, {{11}, true, 0}, {.key = {12}},
	    {{13}, true, 0}};
	const struct reading all[] = {{singles, 3, 3, 4}, {ends, 6, 6, 4}};
	struct nft_element v[6];
	struct nft_elements out;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		out = (struct nft_elements){v, 0};
		take_all(&out, &all[i], i == 1);
		assert_int_equal(out.count, 2);
		assert_int_equal(out.v[0].addr.b[0], 10);
		assert_int_equal(out.v[1].addr.b[0], i == 1 ? 12 : 11);
		assert_int_equal(out.v[0].addr.plen, i == 1 ? 8 : 32);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_refusal_has_its_own_words, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        nothing_is_asked_twice_while_nobody_changes_anything, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        what_is_known_is_not_relied_on_after_a_change, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        list_that_changed_meanwhile_is_asked_for_again, setup, teardown),
	    cmocka_unit_test(what_is_listed_twice_is_one),
	    cmocka_unit_test_setup_teardown(many_that_only_add_are_done_as_far_as_it_goes, setup, teardown),
	    cmocka_unit_test_setup_teardown(lost_answers_are_an_error_of_their_own, setup, teardown),
	};

	if (unshare(CLONE_NEWNET) < 0 || system("nft list ruleset >/dev/null 2>&1") != 0) {
		(void)printf("skipped: no network namespace of our own, or no nft in it; run as root\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
