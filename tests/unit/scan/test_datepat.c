#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scan/datepat.h"

struct row {
	const char *pattern;
	const char *name;
	const char *regex;
};

#define BEGIN "(?=^|\\b|\\W)"
#define END "(?=\\b|\\W|$)"
#define YEAR "(?P<Y>\\d{4})"
#define EPOCH "\\d{10,11}\\b(?:\\.\\d{3,6})?"

/* As fail2ban-regex --verbose-date shows them. */
static const struct row rows[] = {
    {"%Y", "Year", BEGIN "(" YEAR ")" END},
    {"{^LN-BEG}%Y", "{^LN-BEG}Year", "^(?:\\W{0,2})?(" YEAR ")" END},
    {"{UNB}%Y", "Year", "(" YEAR ")"},
    {"**%Y**", "**Year**", "(" YEAR ")"},
    {"^%Y", "^Year", "^(" YEAR ")" END},
    {"%Y$", "Year$", BEGIN "(" YEAR ")$"},
    {"%Y\\s", "Year\\s", BEGIN "(" YEAR "\\s)"},
    {"%Y\\b", "Year\\b", BEGIN "(" YEAR "\\b)"},
    {"(^%Y)", "(^Year)", "(^" YEAR ")" END},
    {"(?:^%Y)", "(?:^Year)", "((?:^" YEAR "))" END},
    {"\\(%Y\\)", "\\(Year\\)", BEGIN "(\\(" YEAR "\\))" END},
    {"\\((%Y)\\)", "\\((Year)\\)", BEGIN "\\((" YEAR ")\\)" END},
    {"[(]%Y", "[(]Year", BEGIN "[(]" YEAR END},
    {"%%Y%Y", "%YYear", BEGIN "(%Y" YEAR ")" END},
    {"(?i)%Y", "(?i)Year", "(?i)" BEGIN "(" YEAR ")" END},
    {"^(?i)%Y", "^(?i)Year", "(?i)^(" YEAR ")" END},
    {"%p", "AMPM", "(?iu)" BEGIN "((?P<p>am|pm))" END},
    {"%ExY", "ExYear", BEGIN "((?P<Y>20[012]\\d))" END},
    {"{NONE}", "^", "^()"},
    {"{none}", "^", "^()"},
    {"{UNB}EPOCH", "EPOCH", "(EPOCH)"},
    {"at=EPOCH;", "at=EPOCH;", BEGIN "(at=EPOCH;)" END},
    {"x={EPOCH}", "x={EPOCH}", BEGIN "(x=(" EPOCH "))" END},
    {"x={ePoch}", "x={ePoch}", BEGIN "(x=(" EPOCH "))" END},
    {"x=\\{EPOCH}", "x=\\{EPOCH}", BEGIN "(x=\\{EPOCH})" END},
    {"x=({EPOCH})", "x=({EPOCH})", BEGIN "x=((" EPOCH "))" END},
    {"tai64n", "TAI64N", "(@[0-9a-f]{24})" END},
    {"^TAI64N", "{^LN-BEG}TAI64N", "^(?:\\W{0,2})?(@[0-9a-f]{24})" END},
    {"{^LN-BEG}EPOCH", "{^LN-BEG}Epoch",
	"^(?:\\W{0,2})?((?P<square>(?<=^\\[))?" EPOCH ")(?(square)(?=\\]))" END},
};

static void
pattern_becomes_the_expression_that_fail2ban_shows(void **state)
{
	struct arena a = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct datepat pat;
		struct diag d;

		diag_init(&d);
		if (datepat_make(&a, slice_cstr(rows[i].pattern), 2026, &pat, &d) < 0)
			fail_msg("%s: %s", rows[i].pattern, d.text);
		if (!slice_eq(pat.name, slice_cstr(rows[i].name)) ||
		    !slice_eq(pat.regex, slice_cstr(rows[i].regex)))
			fail_msg("%s: %.*s\n%.*s", rows[i].pattern, SLICE_ARG(pat.name),
			    SLICE_ARG(pat.regex));
	}
	arena_done(&a);
}

static void
a_mark_is_where_the_pattern_only_looks(void **state)
{
	static const struct {
		const char *pattern;
		char mark;
	} patterns[] = {
	    {"^[^\\[]*\\[(%d/%b/%Y)", '['},
	    {"^[^[]*\\[(%d|%H)\\]", '['},
	    {"^[^\"]*\"(%d)", '"'},
	    {"^[^\\[]*\\[(%p)", '['}, /* which ignores case */
	    {"^[^\\[]*\\[(%d[^](]|[])|(]x)", '['},
	    {"[^\\[]*\\[(%d)", '\0'},
	    {"{^LN-BEG}[^\\[]*\\[(%d)", '\0'},
	    {"^[^\\[]+\\[(%d)", '\0'},
	    {"^[^\\[]*[(%d)]", '\0'},
	    {"^[^\\[]*\\((%d)", '\0'},
	    {"^[^\\[]*\\[ (%d)", '\0'},
	    {"^[^\\[]*\\[(%d)|(%H)", '\0'},
	    {"^[^\\[]*\\[(%d[^](])|(%H)", '\0'},
	    {"^[^\\[]*\\[((?<=x\\[)%d)", '\0'},
	    {"^[^\\[]*\\[(%d(?#())|%H", '\0'},
	    {"^[^x]*x(%d)", '\0'},
	    {"^[^\\d]*\\d(%d)", '\0'},
	    {"^[^.]*.(%d)", '\0'},
	    {"^[^\\[]*\\[%d", '\0'}, /* all of it is cut out */
	    {"(?s)^[^\\[]*\\[(%d)", '\0'},
	    {"%d", '\0'},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct datepat pat;

		assert_int_equal(
		    datepat_make(&a, slice_cstr(patterns[i].pattern), 2026, &pat, NULL), 0);
		if (pat.mark != patterns[i].mark)
			fail_msg("%s: mark '%c'", patterns[i].pattern, pat.mark);
	}
	arena_done(&a);
}

static void
year_range_grows_with_the_years(void **state)
{
	struct arena a = {0};
	struct datepat pat;

	assert_int_equal(datepat_make(&a, SLICE("{UNB}%ExY"), 2027, &pat, NULL), 0);
	assert_true(slice_eq(pat.regex, SLICE("((?P<Y>20[0123]\\d))")));
	assert_int_equal(datepat_make(&a, SLICE("{UNB}%ExY"), 1970, &pat, NULL), 0);
	assert_true(slice_eq(pat.regex, SLICE("((?P<Y>20[0]\\d))")));
	arena_done(&a);
}

static size_t
count(enum datepat_list list, struct slice around)
{
	struct arena a = {0};
	struct datepat pat;
	size_t n = 0;

	while (datepat_list_get(&a, list, around, n, 2026, &pat, NULL) == 0) {
		if (list == DATEPAT_LINE_BEGIN)
			assert_true(pat.anchored);
		n++;
	}
	arena_done(&a);
	return n;
}

static void
lists_have_all_their_patterns(void **state)
{
	assert_int_equal(count(DATEPAT_DEFAULT, SLICE_EMPTY), 31);
	assert_int_equal(count(DATEPAT_LINE_BEGIN, SLICE_EMPTY), 17);
	assert_int_equal(count(DATEPAT_AROUND, SLICE("\\[{DATE}\\]")), 17);
}

static void
lists_are_told_from_patterns(void **state)
{
	assert_int_equal(datepat_classify(SLICE("{DEFAULT}")), DATEPAT_DEFAULT);
	assert_int_equal(datepat_classify(SLICE("{^ln-beg}")), DATEPAT_LINE_BEGIN);
	assert_int_equal(datepat_classify(SLICE("^a {DATE}")), DATEPAT_AROUND);
	assert_int_equal(datepat_classify(SLICE("{DEFAULT}x")), DATEPAT_ONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pattern_becomes_the_expression_that_fail2ban_shows),
	    cmocka_unit_test(a_mark_is_where_the_pattern_only_looks),
	    cmocka_unit_test(year_range_grows_with_the_years),
	    cmocka_unit_test(lists_have_all_their_patterns),
	    cmocka_unit_test(lists_are_told_from_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
