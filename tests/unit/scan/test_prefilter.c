/*
 * Looking for literals first, at how lines begin, and at what other filters have found in the same
 * block, makes no difference: random regexes on random lines, in blocks, with and without. F2B_SEED makes others, F2B_COUNT says how many lists of
 * regexes it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "scan/filter.h"
#include "tests/unit/draw.h"

static const char *
pick(const char *const *from, unsigned n)
{
	return from[draw(n)];
}

#define PICK(array) pick(array, sizeof(array) / sizeof((array)[0]))

static const char *const words[] = {"Failed", "fail", "ailed", "password", "pass", "for", "user",
    "abc", "abcabd", "bcab", "A", " ", "  ", "."};

/* A regex of words, groups, repetitions and what has no literal. */
static void
add_regex(struct buf *b, unsigned depth)
{
	static const char *const others[] = {"\\d", "\\w+", "[a-c]", ".", "\\b", "(?=\\w)", "(?!F)",
	    "(?i:pass)", "abc(?#x)*", "^\\[\\] ", "\\.", "\\x61", "[.]", "[a]"};
	static const char *const repeats[] = {"", "", "", "?", "{2}", "{0,1}", "*", "+", "+?"};
	static const char *const opens[] = {"(?:", "(?:", "("};
	/* Groups repeated without end in groups may run away, and end with the budget of a line. */
	enum { BOUNDED = 6 };

	for (unsigned n = 1 + draw(3); n > 0; n--) {
		switch (depth > 0 ? draw(4) : draw(2)) {
		case 0:
			buf_add_cstr(b, draw(20) > 0 ? PICK(words) : "\xc3\xa9t\xc3\xa9");
			break;
		case 1:
			buf_add_cstr(b, PICK(others));
			continue;
		default:
			buf_add_cstr(b, PICK(opens));
			add_regex(b, depth - 1);
			for (unsigned k = draw(3); k > 0; k--) {
				buf_add_char(b, '|');
				if (draw(8) > 0)
					add_regex(b, depth - 1);
			}
			buf_add_char(b, ')');
			buf_add_cstr(b, pick(repeats, BOUNDED));
			continue;
		}
		buf_add_cstr(b, PICK(repeats));
	}
}

#define FORMS 5
#define NOW INT64_C(1700000000)

/* Times near to NOW, which is 2023-11-14 22:13:20, in forms of which some look like others. */
static void
add_date(struct buf *b, unsigned form)
{
	unsigned s = draw(60), m = draw(200) == 0 ? draw(60) : 13;

	switch (form) {
	case 0:
		buf_printf(b, "Nov 14 22:%02u:%02u", m, s);
		break;
	case 1:
		buf_printf(b, "2023-11-14 22:%02u:%02u,%03u", m, s, draw(1000));
		break;
	case 2:
		if (draw(2) == 0)
			buf_printf(b, "192.0.2.%u - - ", draw(256));
		buf_printf(b, "[14/Nov/2023:22:%02u:%02u +0000]", m, s);
		break;
	case 3:
		buf_printf(b, "2023-11-14T22:%02u:%02u.%06u+00:00", m, s, draw(1000000));
		break;
	default:
		buf_printf(b, "%lld", (long long)NOW + 60 * ((int)m - 13) - 20 + s);
	}
}

/*
 * form is that of most logs, which write all their lines alike; FORMS for none. quiet: few lines have
 * what regexes look for.
 */
static void
add_line(struct buf *b, unsigned form, bool quiet)
{
	bool odd = form == FORMS || draw(200) == 0;
	unsigned words_before = odd && draw(3) == 0 ? draw(4) : 0, n = draw(8);

	for (unsigned i = 0; i <= n; i++) {
		if (i == words_before && (!odd || draw(4) > 0)) {
			add_date(b, odd ? draw(FORMS) : form);
			buf_add_char(b, !odd || draw(4) > 0 ? ' ' : 'a');
		}
		if (i == n)
			break;
		if (quiet && draw(60) > 0)
			buf_add_cstr(b, "quiet");
		else
			buf_add_cstr(b, odd && draw(8) == 0 ? "\xc3\xa9t\xc3\xa9" : PICK(words));
		if (draw(2) == 0)
			buf_add_char(b, ' ');
	}
	buf_printf(b, " 192.0.2.%u%s", draw(256), draw(8) == 0 ? "\r" : "");
}

/* What a filter tells of lines. */
struct outcome {
	struct filter_sink sink;
	struct filter *filter;
	struct buf told;
	bool tool; /* is asked for all as by f2b-regex */
	bool all; /* as for f2b-regex, which tells lines that are ignored from those that are missed */
};

static void
on_failure(struct filter_sink *sink, const struct door_failure *failure)
{
	struct outcome *o = (struct outcome *)sink;
	const struct door_line *line = &failure->lines[0];

	buf_printf(&o->told, "%u:%.*s at %lld in %.*s|%.*s|%.*s ", failure->regex,
	    SLICE_ARG(failure->id), (long long)failure->when.us, SLICE_ARG(line->before),
	    SLICE_ARG(line->date), SLICE_ARG(line->after));
	for (size_t i = 0; i < failure->attr_count; i++)
		buf_printf(&o->told, "%.*s=%.*s%s ", SLICE_ARG(failure->attrs[i].name),
		    SLICE_ARG(failure->attrs[i].value), failure->attrs[i].absent ? "(absent)" : "");
}

static void
on_note(struct filter_sink *sink, enum filter_note note, struct slice line, int64_t amount)
{
	struct outcome *o = (struct outcome *)sink;

	buf_printf(&o->told, "note %d %.*s %lld ", (int)note, SLICE_ARG(line), (long long)amount);
}

static void
on_prefix(struct filter_sink *sink, const struct door_attr *attrs, size_t attr_count)
{
	struct outcome *o = (struct outcome *)sink;

	(void)attrs;
	buf_printf(&o->told, "prefix %zu ", attr_count);
}

/* Both have told as much so far: the first regex that only one tells of. */
static const char *
show_difference(struct outcome two[2], struct slice line)
{
	static char text[4000];
	struct filter *f = two[1].filter;

	for (size_t i = 0; i < filter_regex_count(f, FILTER_FAIL); i++)
		if (filter_regex_hits(f, FILTER_FAIL, i) !=
		    filter_regex_hits(two[0].filter, FILTER_FAIL, i)) {
			(void)snprintf(text, sizeof(text), "'%.*s' on '%.*s'", SLICE_ARG(line),
			    SLICE_ARG(filter_regex(f, FILTER_FAIL, i)));
			return text;
		}
	return "the order";
}

/* Some that find the dates of a form, but do not all take the same of it. */
static const char *
pick_datepattern(unsigned form)
{
	static const char *const patterns[][3] = {{"", "^%b %d %H:%M", "^%b %d (?:%H:%M:%S)?"},
	    {"", "{^LN-BEG}", "^%Y-%m-%d %H:%M:%S"},
	    {"", "^[^\\[]*\\[({DATE})", "^[^\\[]*\\[(%d/%b/%Y:%H:%M)"}};

	return form < 3 ? PICK(patterns[form]) : "";
}

static void
add_regexes(struct outcome two[2], struct buf *b)
{
	bool rare = draw(4) > 0;

	for (unsigned n = 1 + draw(draw(4) == 0 ? 70 : 4); n > 0; n--) {
		buf_clear(b);
		buf_add_cstr(b, rare ? "Failed .*" : "");
		add_regex(b, 2);
		buf_add_cstr(b, draw(2) > 0 ? ".* <ADDR>" : "<F-USER>\\w*</F-USER>.* <ADDR>");
		buf_add_cstr(b, draw(4) == 0 ? "$" : "");
		for (size_t i = 0; i < 2; i++)
			(void)filter_add_regex(two[i].filter, FILTER_FAIL, buf_slice(b),
			    (struct place){0}, NULL);
	}
}

/* Two filters with the same random regexes, which regexes chooses, the second without any shortcut. */
static void
make_two(struct outcome two[2], unsigned form, unsigned long long regexes)
{
	bool tool = draw(4) == 0, check_all = tool || draw(5) == 0, listen = tool || draw(5) == 0;
	bool attrs = listen && draw(2) == 0, prefregex = draw(3) == 0, ignores = draw(4) == 0;
	const char *dates = pick_datepattern(form);
	unsigned long long others;
	struct buf b;

	buf_init(&b, 100000);
	if (prefregex) {
		add_regex(&b, 1);
		buf_add_cstr(&b, "<F-CONTENT>.+</F-CONTENT>");
	}
	for (size_t i = 0; i < 2; i++) {
		two[i] = (struct outcome){
		    .sink = {.failure = on_failure,
			.note = on_note,
			.prefix = listen ? on_prefix : NULL,
			.prefix_attrs = attrs}};
		two[i].filter = filter_new(&two[i].sink);
		buf_init(&two[i].told, 1000000);
		assert_int_equal(filter_set_datepattern(two[i].filter, slice_cstr(dates),
				     (struct place){0}, NULL),
		    0);
		two[i].tool = tool;
		two[i].all = check_all;
		filter_set_check_all(two[i].filter, check_all);
		filter_set_findtime(two[i].filter, SPAN_S(86400));
		(void)filter_set_prefregex(
		    two[i].filter, buf_slice(&b), (struct place){0}, NULL); /* both refuse it or none */
		filter_set_prefilter(two[i].filter, i == 0);
	}
	others = seed;
	seed = regexes;
	add_regexes(two, &b);
	seed = others;
	for (unsigned n = ignores ? 1 + draw(2) : 0; n > 0; n--) {
		buf_clear(&b);
		add_regex(&b, 1);
		for (size_t i = 0; i < 2; i++)
			(void)filter_add_regex(two[i].filter, FILTER_IGNORE, buf_slice(&b),
			    (struct place){0}, NULL);
	}
	buf_done(&b);
}

static unsigned long skipped[2]; /* by tool */

static enum filter_result
give_line(struct outcome *o, struct slice line, struct instant now, bool live)
{
	enum filter_result r = filter_line(o->filter, line, now, live);

	return r == FILTER_IGNORED && !o->all ? FILTER_MISSED : r;
}

/* Hands a line to both, and holds what they tell against each other. */
static void
take_line(struct outcome two[2], struct slice line, struct instant now, bool live)
{
	for (size_t i = 0; i < 2; i++) {
		enum filter_result r = give_line(&two[i], line, now, live);

		buf_printf(&two[i].told, "= %d\n", (int)r);
	}
	/* What took too long was passed over, and would be in neither. */
	if (filter_passed_over(two[0].filter) == 0 && filter_passed_over(two[1].filter) == 0 &&
	    !slice_eq(buf_slice(&two[0].told), buf_slice(&two[1].told)))
		fail_msg("%s: with '%s', without '%s'", show_difference(two, line),
		    buf_cstr(&two[0].told), buf_cstr(&two[1].told));
	buf_clear(&two[0].told);
	buf_clear(&two[1].told);
}

/* Lines that the first passes over; the second has to find nothing in them. */
static void
take_skipped(struct outcome two[2], struct slice lines, size_t count, struct instant now, bool live)
{
	struct slice line;

	skipped[two[0].tool] += count;
	while (slice_next(&lines, '\n', &line)) {
		enum filter_result r = give_line(&two[1], line, now, live);

		if (filter_passed_over(two[1].filter) == 0 &&
		    (r != FILTER_MISSED || two[1].told.n > 0))
			fail_msg("skipped '%.*s', which gives '%s' = %d", SLICE_ARG(line),
			    buf_cstr(&two[1].told), (int)r);
		count--;
	}
	assert_int_equal(count, 0);
}

static void
assert_same_dates(struct outcome two[2])
{
	struct date_detector *a = filter_dates(two[0].filter), *b = filter_dates(two[1].filter);

	for (size_t i = 0; i < date_template_count(a); i++) {
		struct date_template_info x, y;

		date_template_info(a, i, &x);
		date_template_info(b, i, &y);
		assert_int_equal(x.hits, y.hits);
		assert_true(slice_eq(x.name, y.name));
	}
}

static void
assert_same_hits(struct outcome two[2])
{
	for (size_t i = 0; i < filter_regex_count(two[0].filter, FILTER_FAIL); i++)
		assert_int_equal(filter_regex_hits(two[0].filter, FILTER_FAIL, i),
		    filter_regex_hits(two[1].filter, FILTER_FAIL, i));
}

static bool
take_block(
    struct outcome two[2], struct slice block, struct instant now, bool live, struct filter_memo *memo)
{
	struct slice line;

	(void)filter_begin_block(two[0].filter, block, memo);
	while (block.n > 0) {
		size_t lines = 0, n = filter_skip(two[0].filter, block, now, live, &lines);

		if (n > 0)
			take_skipped(two, slice_upto(block, n), lines, now, live);
		block = slice_from(block, n);
		if (slice_next(&block, '\n', &line))
			take_line(two, line, now, live);
		if (filter_passed_over(two[0].filter) != 0 || filter_passed_over(two[1].filter) != 0)
			return false;
	}
	filter_end_block(two[0].filter);
	assert_same_dates(two);
	return true;
}

static void
outcome_close(struct outcome *o)
{
	filter_free(o->filter);
	buf_done(&o->told);
}

#define PAIRS 4

/* Some have the same regexes, and all else as well, as jails that differ in their actions only. */
static void
make_pairs(struct outcome pairs[PAIRS][2], unsigned form)
{
	unsigned long long first = seed, then;

	for (size_t k = 0; k < PAIRS; k++) {
		then = seed + k;
		if (draw(2) == 0)
			seed = first;
		make_two(pairs[k], form, draw(3) > 0 ? first : then);
		seed = then * 3;
	}
}

/* s after NOW, and a part of a second. */
static struct instant
around(unsigned s)
{
	return (struct instant){(NOW + (int64_t)s) * US_PER_S + draw(1000000)};
}

/* Pairs of filters see the same blocks, as jails of one log do. */
static void
compare_pairs(unsigned form, bool live, uint64_t *failures)
{
	bool quiet = draw(2) == 0;
	struct filter_memo *memo = filter_memo_new();
	struct outcome pairs[PAIRS][2];
	bool going[PAIRS] = {true, true, true, true};
	struct buf b;

	make_pairs(pairs, form);
	buf_init(&b, 1000000);
	for (unsigned blocks = 1 + draw(3); blocks > 0; blocks--) {
		filter_memo_clear(memo);
		buf_clear(&b);
		for (unsigned n = draw(form < FORMS ? 300 : 60); n > 0; n--) {
			add_line(&b, form, quiet);
			buf_add_char(&b, '\n');
		}
		for (size_t k = 0; k < PAIRS; k++)
			going[k] = going[k] && take_block(pairs[k], buf_slice(&b),
			    around(draw(3) == 0 ? draw(3) * 45 : 0), live, memo);
	}
	for (size_t k = 0; k < PAIRS; k++)
		if (going[k])
			assert_same_hits(pairs[k]);
	for (size_t i = 0; i < 2 * PAIRS; i++) {
		struct outcome *o = &pairs[i / 2][i % 2];

		for (size_t r = 0; r < filter_regex_count(o->filter, FILTER_FAIL); r++)
			*failures += filter_regex_hits(o->filter, FILTER_FAIL, r);
		outcome_close(o);
	}
	filter_memo_free(memo);
	buf_done(&b);
}

static void
prefilter_on_or_off_is_the_same(void **state)
{
	unsigned long count = draw_count(80);
	uint64_t failures = 0;

	(void)state;
	skipped[0] = skipped[1] = 0;
	for (unsigned long round = 0; round < count; round++)
		compare_pairs(draw(8) > 0 ? draw(FORMS) : FORMS, draw(3) > 0, &failures);
	/* else this compares nothing with nothing */
	assert_true(failures > count);
	assert_true(skipped[0] > 0 && skipped[1] > 0);
}

static struct filter *
outcome_open(struct outcome *o, const char *dates, const char *regex)
{
	*o = (struct outcome){.sink = {.failure = on_failure}, .filter = filter_new(&o->sink)};
	buf_init(&o->told, 10000);
	assert_int_equal(filter_set_datepattern(o->filter, slice_cstr(dates), (struct place){0}, NULL), 0);
	assert_int_equal(
	    filter_add_regex(o->filter, FILTER_FAIL, slice_cstr(regex), (struct place){0}, NULL), 0);
	return o->filter;
}

/* Three filters with one regex on one line, of which the last cuts out as much elsewhere. */
static void
lines_cut_elsewhere_are_other_texts(void **state)
{
	static const char *const cuts[] = {"^%H:%M:%S", "^%H:%M:%S", "x (%H:%M:%S)"};
	static const char *const told[] = {"0:192.0.2.1", "0:192.0.2.1", ""};
	const struct slice line = SLICE("22:13:20 x 22:13:21 from 192.0.2.1\n");
	struct filter_memo *memo = filter_memo_new();
	struct outcome outcomes[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct outcome *o = &outcomes[i];
		struct filter *f = outcome_open(o, cuts[i], "^ x 22:13:21 from <ADDR>$");

		(void)filter_begin_block(f, line, memo);
		(void)filter_line(f, slice_upto(line, line.n - 1), INSTANT_S(NOW), true);
		assert_true(slice_starts(buf_slice(&o->told), slice_cstr(told[i])));
		assert_int_equal(o->told.n > 0, told[i][0] != '\0');
	}
	for (size_t i = 0; i < 3; i++)
		outcome_close(&outcomes[i]);
	filter_memo_free(memo);
}

/* Who failed is a matter of how names are treated, and of the regexes, which may change. */
static void
only_filters_of_one_kind_find_the_same(void **state)
{
	static const enum filter_dns dns[] = {
	    FILTER_DNS_WARN, FILTER_DNS_WARN, FILTER_DNS_NO, FILTER_DNS_WARN};
	static const char *const told[] = {"0:one.example", "0:one.example", "", "0:192.0.2.2"};
	const struct slice line = SLICE("22:13:20 from one.example to 192.0.2.2\n");
	struct filter_memo *memo = filter_memo_new();
	struct outcome outcomes[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct outcome *o = &outcomes[i];
		struct filter *f = outcome_open(o, "^%H:%M:%S", "from <HOST>");

		filter_set_dns(f, dns[i]);
		(void)filter_begin_block(f, line, memo);
		if (i == 3) {
			(void)filter_line(f, slice_upto(line, line.n - 1), INSTANT_S(NOW), true);
			filter_clear_regexes(f);
			assert_int_equal(filter_add_regex(f, FILTER_FAIL,
					     SLICE("to <HOST>"), (struct place){0}, NULL),
			    0);
			(void)filter_begin_block(f, line, memo);
			buf_clear(&o->told);
		}
		(void)filter_line(f, slice_upto(line, line.n - 1), INSTANT_S(NOW), true);
		assert_true(slice_starts(buf_slice(&o->told), slice_cstr(told[i])));
		assert_int_equal(o->told.n > 0, told[i][0] != '\0');
	}
	for (size_t i = 0; i < 4; i++)
		outcome_close(&outcomes[i]);
	filter_memo_free(memo);
}

/* Of the minute of NOW, in seconds from first to last; few have what the regex looks for. */
static void
add_minute(struct buf *b, unsigned form, unsigned first, unsigned last)
{
	for (unsigned n = 100 + draw(100); n > 0; n--) {
		unsigned s = first + draw(last - first + 1);

		buf_printf(b, form == 0 ? "Nov 14 22:13:%02u" : "2023-11-14 22:13:%02u", s);
		buf_printf(b, " %s from 192.0.2.1\n", draw(60) == 0 ? "Failed" : "quiet");
	}
}

/* A line is odd by its second and that of now; the first is told, whatever is passed over before. */
static void
first_odd_line_is_told(void **state)
{
	unsigned long rounds = draw_count(300);

	(void)state;
	skipped[0] = 0;
	for (unsigned long round = 0; round < rounds; round++) {
		unsigned form = draw(2);
		struct filter_memo *memo = filter_memo_new();
		struct outcome two[2];
		struct buf b;

		buf_init(&b, 100000);
		for (size_t i = 0; i < 2; i++) {
			(void)outcome_open(&two[i], "", "Failed from <ADDR>");
			two[i].sink.note = on_note;
			filter_set_prefilter(two[i].filter, i == 0);
		}
		for (unsigned block = 0; block < 4; block++) {
			unsigned first = block > 0 ? draw(60) : 20, last = first + draw(60 - first);

			buf_clear(&b);
			add_minute(&b, form, first, block > 0 ? last : first);
			filter_memo_clear(memo);
			assert_true(take_block(
			    two, buf_slice(&b), around(block > 0 ? draw(120) : 0), draw(8) > 0, memo));
		}
		for (size_t i = 0; i < 2; i++)
			outcome_close(&two[i]);
		filter_memo_free(memo);
		buf_done(&b);
	}
	assert_true(skipped[0] > rounds * 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prefilter_on_or_off_is_the_same),
	    cmocka_unit_test(lines_cut_elsewhere_are_other_texts),
	    cmocka_unit_test(only_filters_of_one_kind_find_the_same),
	    cmocka_unit_test(first_odd_line_is_told),
	};

	draw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
