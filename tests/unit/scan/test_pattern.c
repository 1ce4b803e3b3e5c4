/*
 * Tags, checks, matching. With --serve it answers questions from standard input instead, for a
 * comparison with Python: each line is "FLAGS REGEX SUBJECT ENCODING" with the middle two in
 * hexadecimal, the answer "error WORDS", "none", "limit" or the ends of all groups in the decoded
 * subject, -1 where one took no part. "machine code differs" and "metered differs" stand for a search
 * that found something else than the first one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "scan/encoding.h"
#include "scan/matcher_state.h"
#include "scan/pattern.h"
#include "util/escape.h"

#define ADDR_TEXT                                                                                  \
	"\\[?(?:(?:::f{4,6}:)?(?P<ip4>(?:\\d{1,3}\\.){3}\\d{1,3})|"                                \
	"(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)))\\]?"
#define DNS_TEXT "(?P<dns>[\\w\\-.^_]*\\w)"

/* So many searches, and all that is made of a regex after some of them has been, machine code too. */
#define SEARCHES 70

static void
tags_expand_to_pythons_notation(void **state)
{
	static const struct {
		const char *regex, *expanded;
		unsigned flags;
	} rows[] = {
	    {"x <HOST> y", "x (?:" ADDR_TEXT "|" DNS_TEXT ") y", 0},
	    {"x <HOST> y", "x " ADDR_TEXT " y", PATTERN_NO_NAMES},
	    {"<ADDR>", ADDR_TEXT, 0},
	    {"<F-ADDR/>", ADDR_TEXT, 0},
	    {"<DNS>", DNS_TEXT, 0},
	    {"<CIDR>", "(?P<cidr>\\d+)", 0},
	    {"<F-ID/>", "(?P<fid>\\S+)", 0},
	    {"<F-PORT/>", "(?P<fport>\\w+)", 0},
	    {"<F-ID>a</F-ID>", "(?P<fid>a)", 0},
	    {"<F-PORT>a</F-PORT>", "(?P<fport>a)", 0},
	    {"<F-ALT_USER1>a</F-ALT_USER1>", "(?P<alt_user1>a)", 0},
	    {"<SKIPLINES>a<SKIPLINES>",
		"\\n(?P<skiplines0>(?:(?:.*\\n)*?))a\\n(?P<skiplines1>(?:(?:.*\\n)*?))", 0},
	    {"<F-A>x</F-B></F-A>", "(?P<a>x</F-B>)", 0},
	    {"</F-USER><host><F-user><F-HOST/><FID>", "</F-USER><host><F-user><F-HOST/><FID>", 0},
	    {"</ HOST><HOST ><F-ID", "</ HOST><HOST ><F-ID", 0},
	    {"<<HOST", "<<HOST", 0},
	    {"((?i)a)", "(?i:a)", 0},
	    {"(?:(?im)a)", "(?im:a)", 0},
	    {"(((?i)a)(?:(?s)b))", "((?i:a)(?s:b))", 0},
	    {"(?i)a", "(?i)a", 0},
	    {"\\((?i)a", "\\((?i)a", 0},
	    {"\\((((?i)a)", "\\(((?i:a)", 0},
	    {"[((?i)a]", "[(?i:a]", 0},
	    {"((?L)a)", "((?L)a)", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, 10000);
		pattern_expand(&out, slice_cstr(rows[i].regex), rows[i].flags);
		assert_string_equal(buf_cstr(&out), rows[i].expanded);
		buf_done(&out);
	}
}

static void
mistakes_are_told_in_fail2bans_words(void **state)
{
	static const struct {
		const char *regex, *text, *remedy;
	} rows[] = {
	    {"", "Cannot add empty regex", ""},
	    {"  ", "Cannot add empty regex", ""},
	    {" y", "No failure-id group in ' y'", "looks like HTML"},
	    {"^.*SRC=\\sDST=.*$", "No failure-id group in '^.*SRC=\\sDST=.*$'", "<HOST>"},
	    {"<CIDR>", "No failure-id group in '(?P<cidr>\\d+)'", "<F-ID>"},
	    {"<F-ID/>(",
		"Unable to compile regular expression '(?P<fid>\\S+)(':\nmissing ), "
		"unterminated subpattern at position 12",
		"write \\("},
	    {"<IP4><IP4>",
		"Unable to compile regular expression '(?:::f{4,6}:)?(?P<ip4>(?:\\d{1,3}\\.)"
		"{3}\\d{1,3})(?:::f{4,6}:)?(?P<ip4>(?:\\d{1,3}\\.){3}\\d{1,3})':\nredefinition of "
		"group "
		"name 'ip4' as group 2; was group 1 at position 64",
		"one of <HOST>"},
	    {"<F-A-B>x</F-A-B>",
		"Unable to compile regular expression '(?P<a-b>x)':\nbad character "
		"in group name 'a-b' at position 4",
		"letters"},
	    {"x(?i)<F-ID/>",
		"Unable to compile regular expression 'x(?i)(?P<fid>\\S+)':\nglobal "
		"flags not at the start of the expression at position 1",
		"(?i:"},
	    {"[client <HOST>]",
		"Unable to compile regular expression '[client (?:\\[?(?:(?:::f{4,6}:)?(?P<ip4>(?:\\d{1,3}"
		"\\.){3}\\d{1,3})|(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)))"
		"\\]?|(?P<dns>[\\w\\-.^_]*\\w))]':\nunbalanced parenthesis at position 96",
		"write \\[ and \\]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pattern *p = NULL;
		struct place at = {0};
		struct diag d;
		int r;

		diag_init(&d);
		r = pattern_new(&p, slice_cstr(rows[i].regex), 0, at, &d);
		if (r == 0)
			r = pattern_require_id(p, at, &d);
		pattern_free(p);
		assert_int_equal(r, -EINVAL);
		assert_string_equal(d.text, rows[i].text);
		assert_non_null(strstr(d.remedy, rows[i].remedy));
	}
}

/* What somebody wrote is quoted from the mistake on, with his tags. */
static void
mistakes_in_files_are_told_where_they_stand(void **state)
{
	static const struct {
		const char *regex;
		size_t offset; /* SIZE_MAX: there is none */
		const char *text;
	} rows[] = {
	    {"a (b <HOST>", 2, ": missing ), unterminated subpattern at '(b <HOST>'"},
	    {"<HOST> (b", 7, ": missing ), unterminated subpattern at '(b'"},
	    {"<F-USER>a</F-USER> <HOST>)", 25, ": unbalanced parenthesis at ')'"},
	    {"</F-USER><<HOST>)", 16, ": unbalanced parenthesis at ')'"},
	    {"<HOST> <ADDR> x", 7,
		": redefinition of group name 'ip4' as group 4; was group 1 at '<ADDR> x'"},
	    {"[a <HOST>$", 3, ": unbalanced parenthesis at '<HOST>$'"},
	    {"\xc3\xa4**<HOST>", 3, ": multiple repeat at '*<HOST>'"},
	    {"(?<=a+)<HOST>", SIZE_MAX, " '(?<=a+)<HOST>':\nlook-behind requires fixed-width pattern"},
	};
	static const char first[] = "Unable to compile regular expression";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pattern *p = NULL;
		struct place at = {.file = "filter.d/x.conf", .line = 3, .column = 1};
		struct diag d;

		diag_init(&d);
		assert_int_equal(pattern_new(&p, slice_cstr(rows[i].regex), 0, at, &d), -EINVAL);
		assert_memory_equal(d.text, first, sizeof(first) - 1);
		assert_string_equal(d.text + sizeof(first) - 1, rows[i].text);
		assert_true(d.offset == rows[i].offset);
	}
}

/* The value of a group after a search for regex in subject; "-" if it has none. */
static void
expect_group(const char *regex, const char *subject, const char *group, const char *value)
{
	struct matcher *m = matcher_new();
	struct pattern *p = NULL;
	struct slice s = slice_cstr(subject), found = SLICE("-");
	struct diag d;
	size_t start, end;

	diag_init(&d);
	assert_int_equal(pattern_new(&p, slice_cstr(regex), 0, (struct place){0}, &d), 0);
	for (int i = 0; i < 2 * SEARCHES; i++) {
		int r = pattern_search(p, m, s, i < SEARCHES);

		found = SLICE("-");
		for (size_t k = 0; r > 0 && k < p->code->group_count; k++) {
			if (slice_eq(p->code->groups[k].name, slice_cstr(group)) &&
			    matcher_group(m, p->code->groups[k].number, &start, &end))
				found = slice_of(s.p + start, end - start);
		}
		if (!slice_eq(found, slice_cstr(value)))
			fail_msg("%s in %s: %s is '%.*s', not '%s'", regex, subject, group,
			    SLICE_ARG(found), value);
	}
	pattern_free(p);
	matcher_free(m);
}

static void
host_finds_addresses_and_names(void **state)
{
	static const struct {
		const char *subject, *group, *value;
	} rows[] = {
	    {"x 1.2.3.4 y", "ip4", "1.2.3.4"},
	    {"x [1.2.3.4] y", "ip4", "1.2.3.4"},
	    {"x ::ffff:1.2.3.4 y", "ip4", "1.2.3.4"},
	    {"x ::ffffff:1.2.3.4 y", "ip4", "1.2.3.4"},
	    {"x 999.1.1.1 y", "ip4", "999.1.1.1"},
	    {"x 2001:db8::1 y", "ip6", "2001:db8::1"},
	    {"x [::1] y", "ip6", "::1"},
	    {"x :: y", "ip6", "::"},
	    {"x fe80:: y", "ip6", "fe80::"},
	    {"x 1:2:3:4:5:6:7:8 y", "ip6", "1:2:3:4:5:6:7:8"},
	    {"x :1 y", "ip6", ":1"},
	    {"x 1::2::3 y", "ip6", "1::2::3"},
	    {"x foo.bar y", "dns", "foo.bar"},
	    {"x a y", "dns", "a"},
	    {"x -x.y y", "dns", "-x.y"},
	    {"x ex^a.com y", "dns", "ex^a.com"},
	    {"x 1.2.3.4.5 y", "dns", "1.2.3.4.5"},
	    {"x ::ffff:1:2.3 y", "dns", "-"},
	    {"x foo_bar- y", "dns", "-"},
	    {"x foo. y", "dns", "-"},
	    {"x 1.2.3.4:22 y", "ip4", "-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_group("x <HOST> y", rows[i].subject, rows[i].group, rows[i].value);
}

static void
long_group_names_are_no_problem(void **state)
{
	(void)state;
	expect_group("<F-A_NAME_THAT_IS_LONGER_THAN_THIRTY_TWO_CHARACTERS>b+"
		     "</F-A_NAME_THAT_IS_LONGER_THAN_THIRTY_TWO_CHARACTERS>",
	    "abbc", "a_name_that_is_longer_than_thirty_two_characters", "bb");
}

static void
machine_code_goes_back_to_the_other_ways(void **state)
{
	(void)state;
	expect_group("(?P<user>(?:a|)b*a)", "a", "user", "a");
	expect_group("(?P<user>^(?:ba|)\\w*a)", "ba", "user", "ba");
	expect_group("(?P<user>(?:ac|\\w).+bb*)", "acbaa", "user", "acb");
	expect_group("(?P<user>(?=a)\\S*a)", "cac", "user", "a");
	expect_group("(?:error: |)(?P<user>[^:]*): failed", "error: failed", "user", "error");
	expect_group("(?P<user>(?>a+?)b)", "aab", "user", "ab");
	expect_group("(?P<user>(?>x|a+?)b)", "aab", "user", "ab");
	expect_group("x|(?P<user>(?>[ab]+?)c)", "aabc", "user", "bc");
}

static void
a_regex_too_large_for_unicode_is_refused_at_once(void **state)
{
	struct pattern *p = NULL;
	struct diag d;

	(void)state;
	diag_init(&d);
	assert_int_equal(
	    pattern_new(&p, SLICE("<F-ID>(?:\\ba){80}</F-ID>"), 0, (struct place){0}, &d), 0);
	pattern_free(p);
	assert_int_equal(
	    pattern_new(&p, SLICE("<F-ID>(?:\\ba){900}</F-ID>"), 0, (struct place){0}, &d),
	    -EINVAL);
	assert_non_null(strstr(d.text, "regular expression is too large"));

	/* Small for ASCII, where the class is one of bytes, and everywhere from PCRE2 10.45 on. */
	p = NULL;
	(void)pattern_new(&p, SLICE("(?i)[\\W[:\\S]{300}(?m:~i*?)|x"), 0, (struct place){0}, &d);
	pattern_free(p);
}

static void
a_pathological_line_costs_a_bounded_time(void **state)
{
	struct matcher *m = matcher_new();
	struct pattern *p = NULL;

	(void)state;
	assert_int_equal(pattern_new(&p, SLICE("^(?:a+)+$"), 0, (struct place){0}, NULL), 0);
	assert_int_equal(
	    pattern_search(p, m, SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), true),
	    -E2BIG);
	matcher_begin(m);
	assert_int_equal(pattern_search(p, m, SLICE("aaaa\n"), true), 1);
	pattern_free(p);
	matcher_free(m);
}

static void
a_line_of_many_steps_has_its_answer_from_the_metered_form(void **state)
{
	static const struct {
		const char *text;
		int found;
		bool careful;
	} rows[] = {
	    {"aaaaaaaaaaaaaaaa!b", 1, false},
	    {"aaaaaaaaaaaaaaaa!", 0, true},
	    {"aaaaaaaaaaaaaaaa!c", 1, true},
	    {"aaaa!b\xc3\xa9", 1, false},
	    {"aaaaaaaaaaaaaaaa\xc3\xa9", 0, true},
	    {"aaaaaaaaaaaaaaaa!c\xc3\xa9", 1, true},
	};
	struct matcher *m = matcher_new();
	struct pattern *p = NULL;

	(void)state;
	assert_int_equal(
	    pattern_new(&p, SLICE("^(?:((?:a+)+)\\W+b|a+!c)"), 0, (struct place){0}, NULL), 0);
	for (size_t round = 0; round < 20; round++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct slice text = slice_cstr(rows[i].text);
			bool ascii = strchr(rows[i].text, 0xc3) == NULL;

			matcher_begin(m);
			assert_int_equal(pattern_search(p, m, text, ascii), rows[i].found);
			assert_int_equal(m->careful, rows[i].careful);
		}
	pattern_free(p);
	matcher_free(m);
}

static struct pattern *
new_pattern(const char *regex, unsigned flags)
{
	struct pattern *p = NULL;

	assert_int_equal(pattern_new(&p, slice_cstr(regex), flags, (struct place){0}, NULL), 0);
	return p;
}

static void
equal_regexes_are_compiled_once(void **state)
{
	struct pattern *one = new_pattern("from <HOST>$", 0), *two = new_pattern("from <HOST>$", 0);
	struct pattern *no_names = new_pattern("from <HOST>$", PATTERN_NO_NAMES);
	struct pattern *lines = new_pattern("from <HOST>$", PATTERN_MULTILINE);
	struct pattern *other = new_pattern("for <HOST>$", 0);
	struct matcher *m = matcher_new();

	(void)state;
	assert_ptr_equal(two->code, one->code);
	assert_ptr_not_equal(no_names->code, one->code);
	assert_ptr_not_equal(lines->code, one->code);
	assert_ptr_not_equal(other->code, one->code);
	assert_int_equal(pattern_search(one, m, SLICE("from host"), true), 1);
	one->hits++;
	assert_int_equal(two->hits, 0);
	/* It is there for as long as one has it. */
	pattern_free(one);
	assert_int_equal(pattern_search(two, m, SLICE("from host"), true), 1);
	assert_int_equal(pattern_search(two, m, SLICE("from h\xc3\xa9te"), false), 1);
	assert_int_equal(pattern_search(lines, m, SLICE("from a\nb"), true), 1);
	assert_int_equal(pattern_search(two, m, SLICE("from a\nb"), true), 0);
	pattern_free(two);
	pattern_free(no_names);
	pattern_free(lines);
	pattern_free(other);
	matcher_free(m);
}

/* ---- --serve ---- */

/* True if one of several further searches says something else than the first, whose answer m has. */
static bool
differs(struct matcher *m, struct pattern *p, struct slice text, bool ascii, bool metered, int answer)
{
	size_t count = matcher_numbers(p->code->all_groups);
	uint32_t *first = calloc(count, sizeof(*first)), *other = calloc(count, sizeof(*other));
	bool differs = false;

	if (answer > 0)
		matcher_save(m, p->code->all_groups, first);
	for (size_t i = 0; i < SEARCHES && !differs; i++) {
		int r;

		matcher_begin(m);
		m->careful = metered;
		r = pattern_search(p, m, text, ascii);
		if (r < 0)
			break;
		if (r > 0)
			matcher_save(m, p->code->all_groups, other);
		differs = r != answer || (r > 0 && memcmp(first, other, count * sizeof(*first)) != 0);
	}
	if (answer > 0)
		matcher_restore(m, p->code->all_groups, first);
	free(first);
	free(other);
	return differs;
}

/* In place: word is part of a line that is ours. */
static struct slice
unhex(struct slice word)
{
	char *text = (char *)(uintptr_t)word.p;
	size_t n = 0;

	for (size_t i = 0; i + 1 < word.n; i += 2)
		text[n++] = (char)(char_hex(text[i]) * 16 + char_hex(text[i + 1]));
	return slice_of(text, n);
}

static void
answer(struct matcher *m, unsigned flags, struct slice regex, const struct decoded *subject)
{
	struct pattern *p = NULL;
	struct diag d;
	size_t start, end;
	const char *words;
	bool ascii = !(flags & 4) && subject->ascii;
	int r;

	diag_init(&d);
	if (pattern_new(&p, regex, flags & PATTERN_MULTILINE, (struct place){0}, &d) < 0) {
		words = strrchr(d.text, '\n');
		printf("error %s\n", words != NULL ? words + 1 : d.text);
		return;
	}
	/* Flag 4 asks for the Unicode form where the other would do. */
	matcher_begin(m);
	r = pattern_search(p, m, subject->text, ascii);
	if (r >= 0 && differs(m, p, subject->text, ascii, false, r)) {
		printf("machine code differs\n");
	} else if (r >= 0 && differs(m, p, subject->text, ascii, true, r)) {
		printf("metered differs\n");
	} else if (r <= 0) {
		printf(r == 0 ? "none\n" : "limit\n");
	} else {
		for (unsigned i = 0; i <= p->code->all_groups; i++) {
			if (matcher_group(m, i, &start, &end))
				printf("%zu-%zu ", start, end);
			else
				printf("-1 ");
		}
		printf("\n");
	}
	pattern_free(p);
}

static int
serve(void)
{
	struct matcher *m = matcher_new();
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		struct slice rest = slice_cstr(line), words[4];
		struct encoding *e;
		struct decoded subject;

		for (size_t i = 0; i < 4; i++) {
			if (!slice_next_word(&rest, &words[i]))
				return 2;
		}
		if (encoding_new(&e, words[3], NULL) < 0)
			return 2;
		encoding_decode(e, unhex(words[2]), &subject);
		answer(m, (unsigned)(line[0] - '0'), unhex(words[1]), &subject);
		(void)fflush(stdout);
		encoding_free(e);
	}
	free(line);
	matcher_free(m);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tags_expand_to_pythons_notation),
	    cmocka_unit_test(mistakes_are_told_in_fail2bans_words),
	    cmocka_unit_test(mistakes_in_files_are_told_where_they_stand),
	    cmocka_unit_test(host_finds_addresses_and_names),
	    cmocka_unit_test(long_group_names_are_no_problem),
	    cmocka_unit_test(machine_code_goes_back_to_the_other_ways),
	    cmocka_unit_test(a_regex_too_large_for_unicode_is_refused_at_once),
	    cmocka_unit_test(a_pathological_line_costs_a_bounded_time),
	    cmocka_unit_test(a_line_of_many_steps_has_its_answer_from_the_metered_form),
	    cmocka_unit_test(equal_regexes_are_compiled_once),
	};

	if (argc == 2 && strcmp(argv[1], "--serve") == 0)
		return serve();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
