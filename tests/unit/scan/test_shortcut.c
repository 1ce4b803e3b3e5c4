/*
 * A regex with shortcuts finds what it would find anyway: random regexes on random lines, beside
 * themselves with each "." in a group, where it stays as it is.
 * F2B_SEED makes others, F2B_COUNT says how many regexes it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scan/pattern.h"
#include "scan/shortcut.h"
#include "tests/unit/draw.h"

static void
places_are_found(void **state)
{
	static const struct {
		const char *regex, *sooner,
		    *literals; /* with '|' behind each; none: nothing is found */
	} rows[] = {
	    {"PORT DENIED: .* SRC=(\\d+)", "PORT DENIED: .*? SRC=(\\d+)", " SRC=|"},
	    {"a.+bcd", "a.+?bcd", "bcd|"},
	    {"a.*bcd.*efg|.*xyz", "a.*?bcd.*?efg|.*?xyz", "bcd|efg|xyz|"},
	    {"a.*bcde*", "a.*?bcde*", "bcd|"},
	    {"a.*\\.\\[-x", "a.*?\\.\\[-x", ".[-x|"},
	    {"\\(.*abc", "\\(.*?abc", "abc|"},
	    {"[(.*abc].*xyz", "[(.*abc].*?xyz", "xyz|"},
	    {"[](].*xyz", "[](].*?xyz", "xyz|"},
	    {"[^](].*xyz", "[^](].*?xyz", "xyz|"},
	    {"[\\](].*xyz", "[\\](].*?xyz", "xyz|"},
	    {"(?:a|(b)).*xyz", "(?:a|(b)).*?xyz", "xyz|"},
	    {"a.*b.*xyz", "a.*b.*?xyz", "xyz|"},
	    {".*aaa.*bbb.*ccc.*ddd.*eee", ".*?aaa.*?bbb.*?ccc.*?ddd.*eee", "aaa|bbb|ccc|ddd|"},
	    {"(a.+)$", "(a(?:(?s:.+)(?<!\\n)))$", ""},
	    {"(?:(a.*))$|.+$", "(?:(a(?:(?s:.+)(?<!\\n)|)))$|(?:(?s:.+)(?<!\\n))$", ""},
	    {"a.*bcd(.+)$", "a.*?bcd((?:(?s:.+)(?<!\\n)))$", "bcd|"},
	    {"(a.+)*$", "", ""},
	    {"(a.+)\\$", "", ""},
	    {"a.+?$", "", ""},
	    {"a[.+]$", "", ""},
	    {"(?m)a.+$", "", ""},
	    {"a.*bc", "", ""},
	    {"a.*bcd?", "", ""},
	    {"a.*bcd{2}", "", ""},
	    {"a.*?bcd", "", ""},
	    {"a\\.*bcd", "", ""},
	    {"a.*\\dbcd", "", ""},
	    {"a.*[b]cde", "", ""},
	    {"a.*(bcd)", "", ""},
	    {"(?:a.*bcd)", "", ""},
	    {"(?:a.*bcd)+", "", ""},
	    {"(?i)a.*bcd", "", ""},
	    {"(?s)a.*bcd", "", ""},
	    {"a.*bcd(?i:e)", "", ""},
	    {"(?#[).*bcd", "", ""},
	    {"a.*\xc3\xa9"
	     "bcd",
		"", ""},
	};
	struct buf sooner, literals;

	(void)state;
	buf_init(&sooner, 1000);
	buf_init(&literals, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a = {0};
		struct shortcut s;
		bool found;

		buf_clear(&sooner);
		buf_clear(&literals);
		found = shortcut_read(&s, &a, slice_cstr(rows[i].regex), &sooner);
		for (size_t k = 0; k < s.lone_count; k++)
			buf_printf(&literals, "%.*s|", SLICE_ARG(s.lone[k]));
		assert_string_equal(buf_cstr(&literals), rows[i].literals);
		assert_string_equal(found ? buf_cstr(&sooner) : "", rows[i].sooner);
		arena_done(&a);
	}
	buf_done(&sooner);
	buf_done(&literals);
}

static void
what_is_there_twice_is_seen(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = draw(100), size = 3 + draw(draw(2) == 0 ? 3 : 30), seen = 0;
		char *text = malloc(n + 1), want[40];
		struct shortcut s = {.lone = {{"zzz", 3}, {want, size}}, .lone_count = 2};

		for (size_t i = 0; i < n; i++)
			text[i + 1] = (char)('a' + draw(2 + draw(2)));
		for (size_t i = 0; i < size; i++)
			want[i] = i < n && draw(20) > 0 ? text[n - i] : 'a';
		for (size_t i = 0; i + size <= n; i++)
			seen += memcmp(text + 1 + i, want, size) == 0;
		assert_int_equal(shortcut_holds(&s, slice_of(text + 1, n)), seen < 2);
		free(text);
	}
}

/* ---- matches ---- */

static const char *const pieces[] = {"abc", "ab", "c", "abcab", "(a)", "(b+)", "\\w", "(?:abc|b)?",
    "[ab]+", "(?=a)", "(?!c)", "\\b", "(c?)(?:b\\2)?", "$", "^", "|", "bca", ".*?"};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* The second with what each greedy loop takes in a group. */
static void
make_regex(struct buf two[2])
{
	for (unsigned n = 1 + draw(6); n > 0; n--) {
		const char *piece = pieces[draw(PIECES)];
		bool any = draw(2) == 0, plus = draw(4) == 0, group = draw(4) == 0;

		for (size_t i = 0; i < 2; i++) {
			if (any && group)
				buf_add_char(&two[i], '(');
			if (any) {
				buf_add_cstr(&two[i], i == 0 ? "." : "(?:.)");
				buf_add_char(&two[i], plus ? '+' : '*');
			}
			if (any && group)
				buf_add_char(&two[i], ')');
			buf_add_cstr(&two[i], piece);
		}
	}
}

static int
search(struct pattern *p, struct matcher *m, struct slice text, struct buf *out)
{
	int r;

	matcher_begin(m);
	r = pattern_search(p, m, text, true);
	buf_printf(out, "%d:", r);
	for (unsigned g = 0; r > 0 && g <= p->code->all_groups; g++) {
		size_t start, end;

		if (matcher_group(m, g, &start, &end))
			buf_printf(out, " %u=%zu-%zu", g, start, end);
	}
	return r;
}

static void
compare(struct pattern *two[2], struct matcher *m, unsigned long *matches)
{
	enum { SEARCHES = 200 };
	struct buf told[2];
	char line[40];

	for (size_t i = 0; i < 2; i++)
		buf_init(&told[i], 10000);
	for (unsigned n = 0; n < SEARCHES; n++) {
		struct slice text = slice_of(line, draw(sizeof(line) - 1));
		int r;

		for (size_t i = 0; i < text.n; i++)
			line[i] = "abcabcab \n"[draw(draw(8) == 0 ? 10 : 9)];
		buf_clear(&told[0]);
		buf_clear(&told[1]);
		r = search(two[0], m, text, &told[0]);
		*matches += r > 0;
		/* What takes too long in one way may not in the other. */
		if (search(two[1], m, text, &told[1]) < 0 || r < 0)
			continue;
		if (!slice_eq(buf_slice(&told[0]), buf_slice(&told[1])))
			fail_msg("'%.*s' on '%.*s': %s, else %s", SLICE_ARG(two[0]->code->text),
			    SLICE_ARG(text), buf_cstr(&told[0]), buf_cstr(&told[1]));
	}
	for (size_t i = 0; i < 2; i++)
		buf_done(&told[i]);
}

static void
matches_are_the_same(void **state)
{
	unsigned long count = draw_count(600);
	unsigned long matches = 0, compared = 0;
	struct matcher *m = matcher_new();

	(void)state;
	while (count-- > 0) {
		struct pattern *two[2] = {NULL, NULL};
		struct buf regex[2];

		for (size_t i = 0; i < 2; i++)
			buf_init(&regex[i], 1000);
		make_regex(regex);
		if (pattern_new(&two[0], buf_slice(&regex[0]), 0, (struct place){0}, NULL) == 0 &&
		    pattern_new(&two[1], buf_slice(&regex[1]), 0, (struct place){0}, NULL) == 0) {
			compare(two, m, &matches);
			compared++;
		}
		for (size_t i = 0; i < 2; i++) {
			pattern_free(two[i]);
			buf_done(&regex[i]);
		}
	}
	matcher_free(m);
	assert_true(matches > 10 * compared && compared > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(places_are_found),
	    cmocka_unit_test(what_is_there_twice_is_seen),
	    cmocka_unit_test(matches_are_the_same),
	};

	draw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
