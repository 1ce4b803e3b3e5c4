/*
 * Looking for literals first makes no difference: random regexes on random lines, with and without.
 * F2B_SEED repeats a run, F2B_COUNT says how many lists of regexes it takes.
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
#include "scan/prefilter.h"

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

static void
add_line(struct buf *b)
{
	for (unsigned n = draw(8); n > 0; n--) {
		buf_add_cstr(b, PICK(words));
		if (draw(2) == 0)
			buf_add_char(b, ' ');
	}
	buf_printf(b, " 192.0.2.%u", draw(256));
}

struct outcome {
	struct filter_sink sink;
	struct filter *filter;
	struct buf told; /* who failed, by which regex */
};

static void
on_failure(struct filter_sink *sink, const struct door_failure *failure)
{
	struct outcome *o = (struct outcome *)sink;

	buf_printf(&o->told, "%u:%.*s ", failure->regex, SLICE_ARG(failure->id));
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

static void
prefilter_on_or_off_is_the_same(void **state)
{
	unsigned long count =
	    getenv("F2B_COUNT") != NULL ? strtoul(getenv("F2B_COUNT"), NULL, 10) : 150;
	unsigned long failures = 0;

	(void)state;
	for (unsigned long round = 0; round < count; round++) {
		struct outcome two[2] = {
		    {.sink = {.failure = on_failure}}, {.sink = {.failure = on_failure}}};
		struct buf b;

		buf_init(&b, 100000);
		for (size_t i = 0; i < 2; i++) {
			two[i].filter = filter_new(&two[i].sink);
			buf_init(&two[i].told, 100000);
			filter_set_check_all(two[i].filter, true);
			filter_set_prefilter(two[i].filter, i == 0);
		}
		for (unsigned n = 1 + draw(70); n > 0; n--) {
			buf_clear(&b);
			add_regex(&b, 2);
			buf_add_cstr(&b, ".* <ADDR>");
			for (size_t i = 0; i < 2; i++)
				(void)filter_add_regex(two[i].filter, FILTER_FAIL, buf_slice(&b),
				    (struct place){0}, NULL); /* both refuse it or none */
		}
		for (unsigned n = 0; n < 40; n++) {
			buf_clear(&b);
			add_line(&b);
			for (size_t i = 0; i < 2; i++) {
				buf_clear(&two[i].told);
				(void)filter_line(
				    two[i].filter, buf_slice(&b), INSTANT_S(1000000), false);
			}
			failures += two[1].told.n > 0;
			/* What took too long was passed over, and would be in neither. */
			if (filter_passed_over(two[0].filter) != 0 ||
			    filter_passed_over(two[1].filter) != 0)
				break;
			if (!slice_eq(buf_slice(&two[0].told), buf_slice(&two[1].told)))
				fail_msg("%s", show_difference(two, buf_slice(&b)));
		}
		for (size_t i = 0; i < 2; i++) {
			filter_free(two[i].filter);
			buf_done(&two[i].told);
		}
		buf_done(&b);
	}
	assert_true(failures > count); /* else this compares nothing with nothing */
}

/* The automaton finds what a search for each literal finds, at any place of a line. */
static void
all_literals_are_found(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct pattern patterns[PREFILTER_REGEXES + 3] = {0}, *list[PREFILTER_REGEXES + 3];
		size_t count = 1 + draw(PREFILTER_REGEXES + 3);
		char line[64];
		struct arena a = {0};
		struct prefilter *pf;

		for (size_t i = 0; i < count; i++) {
			struct literals *l = &patterns[i].literals;

			list[i] = &patterns[i];
			l->count = draw(4);
			l->v = arena_array(&a, l->count, sizeof(*l->v));
			for (size_t k = 0; k < l->count; k++) {
				struct slice s =
				    arena_copy(&a, slice_of("abaabbab" + draw(4), 3 + draw(2)));

				((char *)(uintptr_t)s.p)[draw(3)] = (char)('a' + draw(3));
				l->v[k] = s;
			}
		}
		pf = prefilter_new(list, count);
		for (unsigned n = 0; n < 100; n++) {
			struct slice text = slice_of(line, draw(sizeof(line)));
			uint64_t found;

			for (size_t i = 0; i < text.n; i++)
				line[i] = (char)('a' + draw(4));
			found = prefilter_scan(pf, text);
			for (size_t i = 0; i < count && i < PREFILTER_REGEXES; i++) {
				const struct literals *l = &patterns[i].literals;
				bool there = l->count == 0;

				for (size_t k = 0; k < l->count; k++)
					there |= slice_find(text, l->v[k], 0) >= 0;
				assert_int_equal(found >> i & 1, there);
			}
		}
		prefilter_free(pf);
		arena_done(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prefilter_on_or_off_is_the_same),
	    cmocka_unit_test(all_literals_are_found),
	};

	seed = getenv("F2B_SEED") != NULL ? strtoull(getenv("F2B_SEED"), NULL, 10)
					  : (unsigned long long)time(NULL);
	(void)printf("seed %llu\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
