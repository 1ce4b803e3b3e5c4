/* Layouts of log lines: what Python makes of them, and which are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "util/logformat.h"

static const struct logformat_record record = {
    .when = {INT64_C(1795819755188352)},
    .since = {INT64_C(1795819755088002)},
    .level = 20,
    .level_name = {"INFO", 4},
    .name = {"fail2ban.actions", 16},
    .message = {"[ssh] Ban 192.0.2.4", 19},
};

static void
expect_line(const char *format, const struct logformat_record *r, const char *want)
{
	struct logformat *f;
	struct diag d;
	struct buf out;

	assert_int_equal(logformat_parse(&f, slice_cstr(format), &d), 0);
	buf_init(&out, 65536);
	logformat_add(f, r, &out);
	assert_string_equal(buf_cstr(&out), want);
	buf_done(&out);
	logformat_free(f);
}

/* The right side is what python3 prints for the same, but for what its floats add behind
 * microseconds. */
static void
fields_are_written_as_python_writes_them(void **state)
{
	static const struct {
		const char *format, *want;
	} rows[] = {
	    {"%(message)s", "[ssh] Ban 192.0.2.4"},
	    {"F2B %(levelname)s %(message)s", "F2B INFO [ssh] Ban 192.0.2.4"},
	    {"[%(levelname)-7s]%(message)s, 100%%", "[INFO   ][ssh] Ban 192.0.2.4, 100%"},
	    {"%(levelname)7s|%(levelname)07s|%(levelname)+.2s|%(levelname)-4.1s|%(levelname).s",
		"   INFO|   INFO|IN|I   |"},
	    {"%(name)-24s|%(name).8s|%(module)s", "fail2ban.actions        |fail2ban|actions"},
	    {"%(levelno)d|%(levelno)i|%(levelno)u|%(levelno)s|%(levelno)5d|%(levelno)-5d|%(levelno)"
	     "05d",
		"20|20|20|20|   20|20   |00020"},
	    {"%(levelno)+d|%(levelno) d|%(levelno)5.3d|%(levelno)-05d|%(levelno)+05d|%(levelno)f",
		"+20| 20|  020|20   |+0020|20.000000"},
	    {"%(created)d|%(created)f|%(created).2f|%(created).0f|%(created).8f|%(created)020.3f",
		"1795819755|1795819755.188352|1795819755.19|1795819755|1795819755.18835200|"
		"0000001795819755.188"},
	    {"%(msecs)d|%(msecs)03d|%(msecs)s|%(msecs)f|%(msecs)7.1f|%(msecs).2s",
		"188|188|188.0|188.000000|  188.0|18"},
	    {"%(relativeCreated)d|%(relativeCreated).1f", "100|100.4"},
	    {"%(lineno)d %(funcName)s %(filename)s %(threadName)s %(processName)s",
		"0 (unknown function) (unknown file) MainThread MainProcess"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_line(rows[i].format, &record, rows[i].want);
}

static void
process_is_ours_and_the_date_that_of_the_message(void **state)
{
	char want[128];
	struct buf date;

	(void)state;
	buf_init(&date, 64);
	time_format(&date, record.when);
	(void)snprintf(
	    want, sizeof(want), "%s,188 %8d %d", buf_cstr(&date), (int)getpid(), (int)getpid());
	expect_line("%(asctime)s %(process)8d %(thread)d", &record, want);
	buf_done(&date);
}

static void
width_counts_characters(void **state)
{
	struct logformat_record r = record;

	(void)state;
	r.message = SLICE("\xc3\xa4\xe2\x82\xac!");
	expect_line("%(message)5s|%(message)-5s|%(message).2s|%(message).1s", &r,
	    "  \xc3\xa4\xe2\x82\xac!|\xc3\xa4\xe2\x82\xac!  |\xc3\xa4\xe2\x82\xac|\xc3\xa4");
}

/* A message is no format. */
static void
percent_signs_of_a_message_stay(void **state)
{
	struct logformat_record r = record;

	(void)state;
	r.message = SLICE("%(name)s %s %n %%");
	expect_line("%(message)s %(message)s", &r, "%(name)s %s %n %% %(name)s %s %n %%");
}

static void
what_is_no_format_is_refused(void **state)
{
	static const struct {
		const char *format, *says;
	} rows[] = {
	    {"", "no field"},
	    {"nothing", "no field"},
	    {"100%%", "no field"},
	    {"%", "'%'"},
	    {"%d %(message)s", "'%d %(message)s'"},
	    {"50% %(message)s", "'% %(message)s'"},
	    {"%(message)s %", "'%'"},
	    {"%(message", "'%(message'"},
	    {"%(message)", "written with s"},
	    {"%(message)d", "written with s"},
	    {"%(message)q", "written with s"},
	    {"%(levelno)n", "s, d, i, u or f"},
	    {"%(levelno)*d", "s, d, i, u or f"},
	    {"%(bogus)s", "known are asctime"},
	    {"%()s", "known are asctime"},
	    {"%(message)201s", "at most 200"},
	    {"%(message).201s", "at most 200"},
	    {"%(message)99999999999999999999999s", "at most 200"},
	    {"%(created).300f", "at most 200"},
	    {"\033[1m%(message)s%(x)s", "'%(x)s'"},
	    {"%(\033[1m)s", "'%(\\x1b[1m)s'"},
	};
	struct logformat *f = NULL;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		diag_init(&d);
		assert_int_equal(logformat_parse(&f, slice_cstr(rows[i].format), &d), -EINVAL);
		assert_null(f);
		if (slice_find(slice_cstr(d.text), slice_cstr(rows[i].says), 0) < 0)
			fail_msg("%s: %s", rows[i].format, d.text);
	}
}

static void
text_and_line_are_bounded(void **state)
{
	char text[LOGFORMAT_TEXT_MAX + 2], room[64];
	struct logformat *f;
	struct diag d;
	struct buf out;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "%(message)s", 11);
	assert_int_equal(logformat_parse(&f, slice_of(text, LOGFORMAT_TEXT_MAX + 1), &d), -EINVAL);
	assert_int_equal(logformat_parse(&f, slice_of(text, LOGFORMAT_TEXT_MAX), &d), 0);
	logformat_free(f);
	assert_int_equal(logformat_parse(&f, SLICE("%(created)200.200f%(message)s"), &d), 0);
	buf_fixed(&out, room, sizeof(room));
	logformat_add(f, &record, &out);
	assert_true(buf_refused(&out));
	assert_ptr_equal(out.p, room);
	logformat_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_written_as_python_writes_them),
	    cmocka_unit_test(process_is_ours_and_the_date_that_of_the_message),
	    cmocka_unit_test(width_counts_characters),
	    cmocka_unit_test(percent_signs_of_a_message_stay),
	    cmocka_unit_test(what_is_no_format_is_refused),
	    cmocka_unit_test(text_and_line_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
