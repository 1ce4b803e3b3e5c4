/* What filters tell each other of a block is what each would find by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scan/filter.h"
#include "scan/filter_memo.h"

static unsigned seed = 11;

static unsigned
draw(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static struct slice
make_block(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text[i] = draw(6) == 0 ? '\n' : (char)('a' + draw(3));
	return slice_of(text, n);
}

static void
lines_are_counted(void **state)
{
	struct filter_memo *m = filter_memo_new();
	char text[1000], elsewhere[] = "a\nb\n";

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		filter_memo_clear(m);
		m->block = make_block(text, draw(sizeof(text)));
		for (unsigned k = 0; k < 100; k++) {
			size_t from = draw((unsigned)m->block.n + 1);
			struct slice rest = slice_from(m->block, from);
			struct slice piece = slice_upto(rest, draw((unsigned)rest.n + 1));

			assert_int_equal(memo_count_lines(m, piece), slice_count(piece, '\n'));
		}
		assert_int_equal(memo_count_lines(m, slice_cstr(elsewhere)), 2);
	}
	filter_memo_free(m);
}

/* Filters that go through the block in steps of their own, as they have other things to look for, too. */
static void
hits_are_those_of_the_prefilter(void **state)
{
	struct pattern *p[2] = {NULL};
	const struct prefilter *pf[2];
	struct filter_memo *m = filter_memo_new();
	char text[2000];

	(void)state;
	assert_int_equal(pattern_new(&p[0], SLICE("abc"), 0, (struct place){0}, NULL), 0);
	assert_int_equal(pattern_new(&p[1], SLICE("bca|ccc"), 0, (struct place){0}, NULL), 0);
	for (size_t i = 0; i < 2; i++)
		pf[i] = prefilter_get(&p[i], 1);
	for (unsigned round = 0; round < 200; round++) {
		struct slice block = make_block(text, sizeof(text));

		filter_memo_clear(m);
		for (unsigned reader = 0; reader < 6; reader++) {
			const struct prefilter *its = pf[draw(2)];
			struct memo_ahead a = {0};
			struct slice rest = block, line;

			while (slice_next(&rest, '\n', &line)) {
				const char *end = block.p + block.n;
				size_t at;

				if (draw(3) == 0)
					continue;
				at = prefilter_next(its, slice_of(line.p, (size_t)(end - line.p)));
				assert_ptr_equal(memo_look_ahead(m, &a, its, line.p, end),
				    at == SIZE_MAX ? end : line.p + at);
			}
		}
	}
	for (size_t i = 0; i < 2; i++) {
		prefilter_drop(pf[i]);
		pattern_free(p[i]);
	}
	filter_memo_free(m);
}

static struct memo_key
key_of(const char *block, uint32_t i)
{
	return (struct memo_key){.asked = 1 + i % 7, .line = block + i / 7, .before = i % 3, .n = 9};
}

static void
answers_are_kept_until_there_are_too_many(void **state)
{
	enum { COUNT = 100000 };
	static const char block[COUNT];
	struct filter_memo *m = filter_memo_new();

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		size_t kept = 0;

		filter_memo_clear(m);
		for (uint32_t i = 0; i < COUNT; i++) {
			const struct memo_key key = key_of(block, i);
			const uint32_t *known;
			uint64_t answer;
			uint32_t *pairs;

			assert_false(memo_recall(m, &key, &answer, &known));
			pairs = memo_keep(m, &key, i, i % 4);
			for (size_t k = 0; pairs != NULL && k < i % 4; k++)
				pairs[k] = i;
		}
		for (uint32_t i = 0; i < COUNT; i++) {
			const struct memo_key key = key_of(block, i);
			const uint32_t *known;
			uint64_t answer;

			if (!memo_recall(m, &key, &answer, &known))
				continue;
			assert_int_equal(answer, i);
			for (size_t k = 0; k < i % 4; k++)
				assert_int_equal(known[k], i);
			kept++;
		}
		assert_in_range(kept, 1000, COUNT - 1);
	}
	filter_memo_free(m);
}

struct counter {
	struct filter_sink sink;
	unsigned failures, undated;
};

static void
on_failure(struct filter_sink *sink, const struct door_failure *failure)
{
	(void)failure;
	((struct counter *)sink)->failures++;
}

static void
on_note(struct filter_sink *sink, enum filter_note note, struct slice line, int64_t amount)
{
	(void)line;
	(void)amount;
	((struct counter *)sink)->undated += note == FILTER_NOTE_NO_DATE;
}

static struct filter *
start(struct counter *c)
{
	struct filter *f;

	*c = (struct counter){.sink = {on_failure, on_note}};
	f = filter_new(&c->sink);
	assert_int_equal(filter_add_regex(f, FILTER_FAIL, SLICE("^x <HOST>$"), (struct place){0}, NULL), 0);
	return f;
}

/* One takes lines as they come, and tells the other what is in them. */
static void
a_line_without_a_date_is_nobody_elses(void **state)
{
	const struct slice block = SLICE("x 192.0.2.1\n"), line = slice_upto(block, block.n - 1);
	struct filter_memo *m = filter_memo_new();
	struct counter c[2];
	struct filter *f[2] = {start(&c[0]), start(&c[1])};

	(void)state;
	assert_int_equal(filter_set_datepattern(f[0], SLICE("{NONE}"), (struct place){0}, NULL), 0);
	for (unsigned round = 0; round < 3; round++) {
		filter_memo_clear(m);
		for (size_t i = 0; i < 2; i++) {
			(void)filter_begin_block(f[i], block, m);
			assert_int_equal(filter_line(f[i], line, INSTANT_S(1795341600), false),
			    i == 0 ? FILTER_FAILED : FILTER_MISSED);
			filter_end_block(f[i]);
		}
	}
	assert_int_equal(c[0].failures, 3);
	assert_int_equal(c[1].failures, 0);
	assert_int_equal(c[1].undated, 3);
	filter_free(f[0]);
	filter_free(f[1]);
	filter_memo_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_counted),
	    cmocka_unit_test(hits_are_those_of_the_prefilter),
	    cmocka_unit_test(answers_are_kept_until_there_are_too_many),
	    cmocka_unit_test(a_line_without_a_date_is_nobody_elses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
