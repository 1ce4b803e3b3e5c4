/*
 * Looking for literals first, and at how lines begin, makes no difference: random regexes on random
 * lines, in blocks, with and without. F2B_SEED repeats a run, F2B_COUNT says how many lists of
 * regexes it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "scan/filter.h"

static unsigned long long seed;

static unsigned
draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *
pick(const char *const *from, unsigned n)
{
	return from[draw(n)];
}

#define PICK(array) pick(array, sizeof(array) / sizeof((array)[0]))

static const char *const words[] = {"Failed", "fail", "ailed", "password", "pass", "for", "user",
    "abc", "abcabd", "bcab", "\xc3\xa9t\xc3\xa9", "A", " ", "  ", "."};

/* A regex of words, groups, repetitions and what has no literal. */
static void
add_regex(struct buf *b, unsigned depth)
{
	static const char *const others[] = {"\\d", "\\w+", "[a-c]", ".", "\\b", "(?=\\w)", "(?!F)",
	    "(?i:pass)", "abc(?#x)*", "\\.", "\\x61", "[.]", "[a]"};
	static const char *const repeats[] = {"", "", "", "?", "{2}", "{0,1}", "*", "+", "+?"};
	/* Groups repeated without end in groups may run away, and end with the budget of a line. */
	enum { BOUNDED = 6 };

	for (unsigned n = 1 + draw(3); n > 0; n--) {
		switch (depth > 0 ? draw(4) : draw(2)) {
		case 0:
			buf_add_cstr(b, PICK(words));
			break;
		case 1:
			buf_add_cstr(b, PICK(others));
			continue;
		default:
			buf_add_cstr(b, "(?:");
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

/* Times near to each other, in forms of which some look like others. */
static void
add_date(struct buf *b)
{
	unsigned s = draw(60), m = draw(8) == 0 ? draw(60) : 7;

	switch (draw(5)) {
	case 0:
		buf_printf(b, "Jan 12 13:%02u:%02u", m, s);
		break;
	case 1:
		buf_printf(b, "1970-01-12 13:%02u:%02u,%03u", m, s, draw(1000));
		break;
	case 2:
		buf_printf(b, "[12/Jan/1970:13:%02u:%02u +0000]", m, s);
		break;
	case 3:
		buf_printf(b, "1970-01-12T13:%02u:%02u.%06u+01:00", m, s, draw(1000000));
		break;
	default:
		buf_printf(b, "%u", 1000000 - 60 * m - s);
	}
}

static void
add_line(struct buf *b)
{
	unsigned words_before = draw(3) == 0 ? draw(4) : 0, n = draw(8);

	for (unsigned i = 0; i < n; i++) {
		if (i == words_before && draw(4) > 0) {
			add_date(b);
			buf_add_char(b, draw(4) > 0 ? ' ' : 'a');
		}
		buf_add_cstr(b, PICK(words));
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
};

static void
on_failure(struct filter_sink *sink, const struct door_failure *failure)
{
	struct outcome *o = (struct outcome *)sink;
	const struct door_line *line = &failure->lines[0];

	buf_printf(&o->told, "%u:%.*s at %lld in %.*s|%.*s|%.*s ", failure->regex,
	    SLICE_ARG(failure->id), (long long)failure->when.us, SLICE_ARG(line->before),
	    SLICE_ARG(line->date), SLICE_ARG(line->after));
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

/* Two filters with the same random regexes, the second without any shortcut. */
static void
make_two(struct outcome two[2])
{
	bool prefregex = draw(3) == 0, check_all = draw(2) == 0, listen = draw(2) == 0;
	struct buf b;

	buf_init(&b, 100000);
	if (prefregex) {
		add_regex(&b, 1);
		buf_add_cstr(&b, "<F-CONTENT>.+</F-CONTENT>");
	}
	for (size_t i = 0; i < 2; i++) {
		two[i] = (struct outcome){
		    .sink = {.failure = on_failure, .prefix = listen ? on_prefix : NULL}};
		two[i].filter = filter_new(&two[i].sink);
		buf_init(&two[i].told, 1000000);
		filter_set_check_all(two[i].filter, check_all);
		filter_set_findtime(two[i].filter, SPAN_S(86400));
		(void)filter_set_prefregex(
		    two[i].filter, buf_slice(&b), (struct place){0}, NULL); /* both refuse it or none */
		filter_set_prefilter(two[i].filter, i == 0);
	}
	for (unsigned n = 1 + draw(draw(4) == 0 ? 70 : 4); n > 0; n--) {
		buf_clear(&b);
		add_regex(&b, 2);
		buf_add_cstr(&b, ".* <ADDR>");
		for (size_t i = 0; i < 2; i++)
			(void)filter_add_regex(two[i].filter, FILTER_FAIL, buf_slice(&b),
			    (struct place){0}, NULL);
	}
	buf_done(&b);
}

/* Hands the lines of a block to both, and holds what they tell against each other. */
static bool
take_block(struct outcome two[2], struct slice block, bool live)
{
	struct instant now = INSTANT_S(1000000);
	struct slice line;

	(void)filter_begin_block(two[0].filter, block);
	while (slice_next(&block, '\n', &line)) {
		for (size_t i = 0; i < 2; i++) {
			enum filter_result r = filter_line(two[i].filter, line, now, live);

			buf_printf(&two[i].told, "= %d\n", (int)r);
		}
		/* What took too long was passed over, and would be in neither. */
		if (filter_passed_over(two[0].filter) != 0 || filter_passed_over(two[1].filter) != 0)
			return false;
		if (!slice_eq(buf_slice(&two[0].told), buf_slice(&two[1].told)))
			fail_msg("%s: with '%s', without '%s'", show_difference(two, line),
			    buf_cstr(&two[0].told), buf_cstr(&two[1].told));
		buf_clear(&two[0].told);
		buf_clear(&two[1].told);
	}
	filter_end_block(two[0].filter);
	return true;
}

static void
prefilter_on_or_off_is_the_same(void **state)
{
	unsigned long count =
	    getenv("F2B_COUNT") != NULL ? strtoul(getenv("F2B_COUNT"), NULL, 10) : 150;
	unsigned long failures = 0;

	(void)state;
	for (unsigned long round = 0; round < count; round++) {
		struct outcome two[2];
		bool going = true;
		struct buf b;

		make_two(two);
		buf_init(&b, 100000);
		for (unsigned blocks = 1 + draw(3); blocks > 0 && going; blocks--) {
			buf_clear(&b);
			for (unsigned n = draw(60); n > 0; n--) {
				add_line(&b);
				buf_add_char(&b, '\n');
			}
			going = take_block(two, buf_slice(&b), draw(2) == 0);
		}
		for (size_t i = 0; i < filter_regex_count(two[0].filter, FILTER_FAIL); i++)
			failures += filter_regex_hits(two[0].filter, FILTER_FAIL, i);
		for (size_t i = 0; i < 2; i++) {
			filter_free(two[i].filter);
			buf_done(&two[i].told);
		}
		buf_done(&b);
	}
	assert_true(failures > count); /* else this compares nothing with nothing */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prefilter_on_or_off_is_the_same),
	};

	seed = getenv("F2B_SEED") != NULL ? strtoull(getenv("F2B_SEED"), NULL, 10)
					  : (unsigned long long)time(NULL);
	(void)printf("seed %llu\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
