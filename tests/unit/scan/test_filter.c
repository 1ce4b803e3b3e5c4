/* Lines through filters, as rows: settings, lines, and what is reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>

#include "scan/filter.h"
#include "util/buf.h"

/* 2026-11-22 10:00:00 UTC */
#define NOW INSTANT_S(1795341600)

/* Collects "ID: LINE|LINE {users}" of every failure, one a line, and "!N" of every note. */
struct collector {
	struct filter_sink sink;
	struct buf text;
};

static void
collect(struct filter_sink *sink, const struct door_failure *f)
{
	struct buf *text = &((struct collector *)(void *)sink)->text;

	buf_add(text, f->id);
	if (f->host.n > 0)
		buf_printf(text, "(%.*s)", SLICE_ARG(f->host));
	buf_add_char(text, ':');
	for (size_t i = 0; i < f->line_count; i++) {
		buf_add_char(text, i > 0 ? '|' : ' ');
		buf_add(text, f->lines[i].before);
		buf_add(text, f->lines[i].after);
	}
	for (size_t i = 0; i < f->user_count; i++)
		buf_printf(text, " +%.*s", SLICE_ARG(f->users[i]));
	buf_add_char(text, '\n');
}

static void
collect_note(struct filter_sink *sink, enum filter_note what, struct slice line, int64_t amount)
{
	(void)line;
	(void)amount;
	buf_printf(&((struct collector *)(void *)sink)->text, "!%d\n", (int)what);
}

static struct filter *
start(struct collector *c)
{
	c->sink = (struct filter_sink){collect, collect_note};
	buf_init(&c->text, 1 << 20);
	return filter_new(&c->sink);
}

/* "maxlines 3", "prefregex X", "ignoreregex X", "usedns no"; anything else is a failregex. */
static void
set(struct filter *f, const char *setting)
{
	struct slice s = slice_cstr(setting);
	struct place at = {0};
	struct diag d;
	int r = 0;

	diag_init(&d);
	if (slice_starts(s, SLICE("maxlines ")))
		r = filter_set_maxlines(f, (size_t)(setting[9] - '0'));
	else if (slice_starts(s, SLICE("prefregex ")))
		r = filter_set_prefregex(f, slice_from(s, 10), at, &d);
	else if (slice_starts(s, SLICE("ignoreregex ")))
		r = filter_add_regex(f, FILTER_IGNORE, slice_from(s, 12), at, &d);
	else if (slice_starts(s, SLICE("encoding ")))
		r = filter_set_encoding(f, slice_from(s, 9), &d);
	else if (slice_eq(s, SLICE("usedns no")))
		filter_set_dns(f, FILTER_DNS_NO);
	else if (slice_eq(s, SLICE("usedns raw")))
		filter_set_dns(f, FILTER_DNS_RAW);
	else
		r = filter_add_regex(f, FILTER_FAIL, s, at, &d);
	if (r < 0)
		fail_msg("%s: %s", setting, d.text);
}

#define MANY 12

struct row {
	const char *settings[MANY];
	const char *lines[MANY];
	const char *reported;
};

#define SESSION                                                                                    \
	"prefregex ^c<F-MLFID>\\d+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$",                          \
	    "^<F-NOFAIL>connect from <ADDR></F-NOFAIL>$", "^fail <F-USER>\\S+</F-USER>$",          \
	    "^plain <ADDR>$", "^<F-MLFGAINED>ok</F-MLFGAINED> for <F-USER>\\S+</F-USER>$",         \
	    "^<F-MLFFORGET>close</F-MLFFORGET>$", "^<F-MLFFORGET>abort</F-MLFFORGET> fail$"

static const struct row ROWS[] = {
    {{"PORT DENIED: .* SRC=<HOST>"},
	{"h kernel: PORT DENIED: IN=eth0 SRC=192.0.2.9 DST=198.51.100.1"},
	"192.0.2.9: h kernel: PORT DENIED: IN=eth0 SRC=192.0.2.9 DST=198.51.100.1\n"},
    {{"^x <HOST>$"}, {"x 2001:DB8:0::a", "x 999.1.1.1", "x host.example", "y"},
	"2001:db8::a: x 2001:DB8:0::a\n999.1.1.1: x 999.1.1.1\nhost.example: x host.example\n"},
    {{"usedns no", "^x <HOST>$", "^y <DNS>$"}, {"x host.example", "x 192.0.2.1", "y host.example"},
	"192.0.2.1: x 192.0.2.1\n"},
    {{"usedns raw", "^x <HOST>$"}, {"x 2001:DB8:0::a"}, "2001:db8::a: x 2001:DB8:0::a\n"},
    {{"^x <SUBNET>$"}, {"x 192.0.2.7/24", "x 192.0.2.7/33", "x 2001:db8::1/32"},
	"192.0.2.0/24: x 192.0.2.7/24\n192.0.2.7: x 192.0.2.7/33\n2001:db8::/32: x "
	"2001:db8::1/32\n"},
    {{"^<F-ID>\\S+</F-ID> <ADDR>$"},
	{"bob 192.0.2.1", "192.0.2.1 192.0.2.1", "[192.0.2.2] 192.0.2.1"},
	"bob(192.0.2.1): bob 192.0.2.1\n192.0.2.1: 192.0.2.1 192.0.2.1\n"
	"192.0.2.2(192.0.2.1): [192.0.2.2] 192.0.2.1\n"},
    {{"^x <HOST>", "ignoreregex friend"}, {"x 192.0.2.1 friend", "x 192.0.2.2"},
	"192.0.2.2: x 192.0.2.2\n"},
    {{"^a <HOST>", "^b <HOST>", "^c <HOST>", "^d <HOST>", "ignoreregex z$"},
	{"a 192.0.2.1 z", "d 192.0.2.2"}, "192.0.2.2: d 192.0.2.2\n"},
    {{"prefregex ^p <HOST> <F-CONTENT>.*</F-CONTENT>!$", "^bad$"},
	{"p 192.0.2.1 bad!", "p 192.0.2.2 good!"}, "192.0.2.1: p 192.0.2.1 bad!\n"},
    {{"prefregex ^(?:n <F-ALT_ID>\\w+</F-ALT_ID>|t <F-TUPLE_ID>\\w+</F-TUPLE_ID>) <F-CONTENT>.+</F-CONTENT>$",
	 "^bad <ADDR>$"},
	{"n bob bad 192.0.2.1", "t tom bad 192.0.2.2"},
	"('bob', None)(192.0.2.1): n bob bad 192.0.2.1\n(None, 'tom')(192.0.2.2): t tom bad 192.0.2.2\n"},
    {{"^(?P<tuple_id_1>\\w+) (?P<tuple_id_2>\\w+)(?: (?P<fid>z))?$"}, {"1 2"},
	"(None, '1', '2'): 1 2\n"},
    {{"^x (?P<alt_ip4>\\S+)$|^<ADDR>$"}, {"x 192.0.2.1"}, "192.0.2.1: x 192.0.2.1\n"},
    {{"^x <F-NOFAIL>ok</F-NOFAIL> <ADDR>$"}, {"x ok 192.0.2.1"}, "192.0.2.1: x ok 192.0.2.1\n"},
    {{"^x <HOST>$"}, {"x 192.0.2.1\r", "x 192.0.2.2\r\r", "x 192.0.2.3 "},
	"192.0.2.1: x 192.0.2.1\n192.0.2.2: x 192.0.2.2\n"},
    {{"encoding utf-8", "^x (?P<u>.{4}) <HOST>$"},
	{"x \xe2\x82 \xff\xfe 192.0.2.1", "x \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 192.0.2.2"},
	"!3\n192.0.2.1: x \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd 192.0.2.1\n"
	"192.0.2.2: x \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 192.0.2.2\n"},
    {{"encoding latin1", "^x \xc3\xa9 <HOST>$"}, {"x \xe9 192.0.2.1"},
	"192.0.2.1: x \xc3\xa9 192.0.2.1\n"},
    {{"encoding cp1252", "^x \xe2\x82\xac <HOST>$"}, {"x \x80 192.0.2.1"},
	"192.0.2.1: x \xe2\x82\xac 192.0.2.1\n"},
    {{"^(?:a+)+$ <HOST>", "^x <HOST>"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! 192.0.2.1", "x 192.0.2.1"},
	"!4\n192.0.2.1: x 192.0.2.1\n"},
    /* several lines */
    {{"maxlines 2", "^a <HOST>\\nb$"}, {"a 192.0.2.1", "b", "b", "a 192.0.2.2", "c", "b"},
	"192.0.2.1: a 192.0.2.1|b\n"},
    {{"maxlines 3", "\\nb <HOST>$"}, {"a", "b 192.0.2.1", "c", "b 192.0.2.2"},
	"192.0.2.1: b 192.0.2.1\n192.0.2.2: b 192.0.2.2\n"},
    {{"maxlines 3", "^a <HOST>\\n"}, {"a 192.0.2.1", "b", "a 192.0.2.2"},
	"192.0.2.1: a 192.0.2.1\n192.0.2.2: a 192.0.2.2\n"},
    {{"maxlines 5", "^a (\\d+) <HOST><SKIPLINES>^b \\1$"},
	{"a 1 192.0.2.1", "a 2 192.0.2.2", "b 1", "b 2"},
	"192.0.2.1: a 1 192.0.2.1|b 1\n192.0.2.2: a 2 192.0.2.2|b 2\n"},
    /* what stands before and behind the content is no part of what was found in it */
    {{"maxlines 2", "prefregex ^h sshd: <F-CONTENT>.+</F-CONTENT> \\[preauth\\]$", "^fail from <HOST>$"},
	{"h sshd: fail from 192.0.2.1 [preauth]"},
	"192.0.2.1: h sshd: fail from 192.0.2.1 [preauth]\n"},
    {{"maxlines 5", "^b$<SKIPLINES>^a <HOST>"},
	{"b", "x", "x", "a 192.0.2.1", "a 192.0.2.2", "b", "b", "a 192.0.2.3", "a 192.0.2.4"},
	"192.0.2.1: b|a 192.0.2.1\n192.0.2.3: b|a 192.0.2.3\n192.0.2.4: b|a 192.0.2.4\n"},
    /* sessions */
    {{SESSION}, {"c1 connect from 192.0.2.1", "c1 fail u1", "c1 fail u2", "c1 close", "c1 fail u3"},
	"192.0.2.1: c1 connect from 192.0.2.1|c1 fail u1 +u1\n192.0.2.1: c1 fail u2 +u1 +u2\n"
	"192.0.2.1: c1 close +u1 +u2\n"},
    {{SESSION}, {"c1 fail u1", "c1 fail u2", "c1 plain 192.0.2.1"},
	"192.0.2.1: c1 fail u1|c1 fail u2|c1 plain 192.0.2.1 +u1 +u2\n"},
    {{SESSION}, {"c1 connect from 192.0.2.1", "c1 fail u1", "c1 ok for u1", "c1 close"},
	"192.0.2.1: c1 connect from 192.0.2.1|c1 fail u1 +u1\n192.0.2.1: c1 ok for u1|c1 close "
	"+u1\n"},
    {{SESSION}, {"c1 connect from 192.0.2.1", "c1 fail a", "c1 ok for b", "c1 fail b"},
	"192.0.2.1: c1 connect from 192.0.2.1|c1 fail a +a\n192.0.2.1: c1 ok for b +a +b\n"
	"192.0.2.1: c1 fail b +a +b\n"},
    {{SESSION}, {"c1 connect from 192.0.2.1", "c1 abort fail"},
	"192.0.2.1: c1 connect from 192.0.2.1|c1 abort fail\n"},
    {{SESSION}, {"c1 connect from 192.0.2.1", "c2 connect from 192.0.2.2", "c1 fail u"},
	"192.0.2.1: c1 connect from 192.0.2.1|c1 fail u +u\n"},
};

static void
rows_report_what_was_recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct collector c;
		struct filter *f = start(&c);

		for (size_t k = 0; k < MANY && ROWS[i].settings[k] != NULL; k++)
			set(f, ROWS[i].settings[k]);
		for (size_t k = 0; k < MANY && ROWS[i].lines[k] != NULL; k++)
			(void)filter_line(f, slice_cstr(ROWS[i].lines[k]), NOW, true);
		if (strcmp(buf_cstr(&c.text), ROWS[i].reported) != 0)
			fail_msg("row %zu (%s):\n%s\ninstead of\n%s", i, ROWS[i].settings[0],
			    buf_cstr(&c.text), ROWS[i].reported);
		filter_free(f);
		buf_done(&c.text);
	}
}

static int64_t when_seen;

static void
remember_when(struct filter_sink *sink, const struct door_failure *f)
{
	(void)sink;
	when_seen = f->when.us == FILTER_NO_DATE ? -1 : instant_seconds(f->when);
}

/* What a line is dated; 0 if it is no failure. */
static int64_t
date_of(struct filter *f, const char *line, struct instant now, bool live)
{
	when_seen = 0;
	(void)filter_line(f, slice_cstr(line), now, live);
	return when_seen;
}

static void
dates_are_judged_by_the_clock(void **state)
{
	struct filter_sink sink = {remember_when, NULL};
	struct filter *f = filter_new(&sink);
	int64_t now = instant_seconds(NOW);

	(void)state;
	set(f, "x <HOST>");
	assert_int_equal(filter_set_zone(f, SLICE("UTC"), NULL), 0);
	filter_set_findtime(f, SPAN_S(600));
	/* live: no date is now, an odd one too */
	assert_int_equal(date_of(f, "x 192.0.2.1", NOW, true), now);
	assert_int_equal(date_of(f, "2026-11-22 09:59:30 x 192.0.2.1", NOW, true), now - 30);
	assert_int_equal(date_of(f, "2026-11-22 09:00:00 x 192.0.2.1", NOW, true), now);
	assert_int_equal(date_of(f, "2026-11-22 10:00:30 x 192.0.2.1", NOW, true), now);
	/* the last date is good for a minute */
	assert_int_equal(date_of(f, "2026-11-22 09:59:50 x 192.0.2.1", NOW, true), now - 10);
	assert_int_equal(date_of(f, "x 192.0.2.1", NOW, true), now - 10);
	assert_int_equal(date_of(f, "x 192.0.2.1", instant_add(NOW, SPAN_S(55)), true), now + 55);
	/* also if that was odd, and so taken as that of the moment */
	assert_int_equal(date_of(f, "2026-11-22 11:00:00 x 192.0.2.1", NOW, true), now);
	assert_int_equal(date_of(f, "x 192.0.2.1", instant_add(NOW, SPAN_S(55)), true), now);
	assert_int_equal(date_of(f, "x 192.0.2.1", instant_add(NOW, SPAN_S(65)), true), now + 65);
	/* old content: within findtime, before it, without a date */
	assert_int_equal(date_of(f, "2026-11-22 09:51:00 x 192.0.2.1", NOW, false), now - 540);
	assert_int_equal(date_of(f, "x 192.0.2.1", NOW, false), 0);
	assert_int_equal(date_of(f, "2026-11-22 09:49:00 x 192.0.2.1", NOW, false), 0);
	/* as the tool asks */
	filter_set_check_all(f, true);
	assert_int_equal(date_of(f, "2020-11-22 09:49:00 x 192.0.2.1", NOW, false), 1606038540);
	assert_int_equal(date_of(f, "x 192.0.2.1", NOW, false), -1);
	filter_free(f);
}

static void
a_refused_setting_changes_nothing(void **state)
{
	struct collector c;
	struct filter *f = start(&c);
	struct diag d;

	(void)state;
	set(f, "^x <HOST>$");
	assert_int_equal(
	    filter_add_regex(f, FILTER_FAIL, SLICE("^y$"), (struct place){0}, &d), -EINVAL);
	assert_int_equal(
	    filter_add_regex(f, FILTER_IGNORE, SLICE("("), (struct place){0}, &d), -EINVAL);
	assert_int_equal(filter_set_prefregex(f, SLICE("("), (struct place){0}, &d), -EINVAL);
	assert_int_equal(filter_set_encoding(f, SLICE("bogus"), &d), -EINVAL);
	assert_string_equal(d.text, "unknown encoding: bogus");
	assert_int_equal(filter_set_maxlines(f, 0), -EINVAL);
	assert_int_equal(filter_del_regex(f, FILTER_FAIL, 1), -ENOENT);
	assert_int_equal(filter_regex_count(f, FILTER_FAIL), 1);
	assert_int_equal(filter_regex_count(f, FILTER_IGNORE), 0);
	assert_int_equal(filter_prefregex(f).n, 0);
	assert_int_equal(filter_maxlines(f), 1);
	assert_int_equal(filter_line(f, SLICE("x 192.0.2.1"), NOW, true), FILTER_FAILED);
	assert_int_equal(filter_regex_hits(f, FILTER_FAIL, 0), 1);
	filter_free(f);
	buf_done(&c.text);
}

static void
sessions_are_capped(void **state)
{
	struct collector c;
	struct filter *f = start(&c);
	char line[64];

	(void)state;
	set(f, "^c<F-MLFID>\\d+</F-MLFID> <F-NOFAIL>from</F-NOFAIL> <ADDR>$");
	set(f, "^c<F-MLFID>\\d+</F-MLFID> fail$");
	for (int i = 0; i <= 100; i++) {
		(void)snprintf(line, sizeof(line), "c%d from 192.0.2.%d", i, i);
		(void)filter_line(f, slice_cstr(line), NOW, true);
	}
	/* The first went for the last; the second is there, but not after five minutes. */
	assert_int_equal(filter_line(f, SLICE("c1 fail"), NOW, true), FILTER_FAILED);
	assert_int_equal(filter_line(f, SLICE("c0 fail"), NOW, true), FILTER_MISSED);
	assert_int_equal(
	    filter_line(f, SLICE("c50 fail"), instant_add(NOW, SPAN_S(301)), true), FILTER_MISSED);
	filter_free(f);
	buf_done(&c.text);
}

static void
a_line_with_its_own_moment_is_taken_as_it_is(void **state)
{
	struct collector c;
	struct filter *f = start(&c);

	(void)state;
	set(f, "^h x <HOST>$");
	assert_int_equal(filter_dated_line(f, SLICE("DATE"), SLICE("h x 192.0.2.1"),
			     instant_sub(NOW, SPAN_S(5000)), NOW),
	    FILTER_FAILED);
	assert_string_equal(buf_cstr(&c.text), "192.0.2.1: h x 192.0.2.1\n");
	filter_free(f);
	buf_done(&c.text);
}

/* What the last failure says of "x". */
static char x_seen[64];

static void
remember_x(struct filter_sink *sink, const struct door_failure *f)
{
	(void)sink;
	x_seen[0] = '\0';
	for (size_t i = 0; i < f->attr_count; i++)
		if (slice_eq(f->attrs[i].name, SLICE("x")))
			(void)snprintf(x_seen, sizeof(x_seen), "%.*s", SLICE_ARG(f->attrs[i].value));
}

/* A value that was put together is kept while another is, of which it is part, and which is longer. */
static void
a_tuple_may_be_of_another_tuple(void **state)
{
	enum { LONG = 8000 };
	struct filter_sink sink = {remember_x, NULL};
	struct filter *f = filter_new(&sink);
	char line[LONG + 16];

	(void)state;
	set(f, "^(?P<tuple_tuple_x>a) (?P<tuple_x>\\S+) <ADDR>$");
	assert_int_equal(filter_line(f, SLICE("a b 192.0.2.1"), NOW, true), FILTER_FAILED);
	assert_string_equal(x_seen, "(None, \"('b', 'a')\")");
	memset(line, '\\', sizeof(line));
	memcpy(line, "a ", 2);
	memcpy(line + LONG, " 192.0.2.1", 10);
	assert_int_equal(filter_line(f, slice_of(line, LONG + 10), NOW, true), FILTER_FAILED);
	filter_free(f);
}

static void
a_match_of_very_many_lines_hands_over_the_last(void **state)
{
	enum { LINES = 2 * DOOR_LINES_MAX };
	struct collector c;
	struct filter *f = start(&c);
	char text[16];

	(void)state;
	assert_int_equal(filter_set_maxlines(f, INT32_MAX), 0);
	assert_int_equal(filter_maxlines(f), INT32_MAX);
	set(f, "^a <HOST>\\n(?:.*\\n)*end$");
	(void)filter_line(f, SLICE("a 192.0.2.1"), NOW, true);
	for (int i = 0; i < LINES; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		(void)filter_line(f, slice_cstr(text), NOW, true);
	}
	assert_int_equal(filter_line(f, SLICE("end"), NOW, true), FILTER_FAILED);
	/* The last is "end". */
	(void)snprintf(text, sizeof(text), "%d|", LINES - DOOR_LINES_MAX + 1);
	assert_true(slice_starts(buf_slice(&c.text), SLICE("192.0.2.1: ")));
	assert_true(slice_starts(slice_from(buf_slice(&c.text), 11), slice_cstr(text)));
	filter_free(f);
	buf_done(&c.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_report_what_was_recorded),
	    cmocka_unit_test(dates_are_judged_by_the_clock),
	    cmocka_unit_test(a_refused_setting_changes_nothing),
	    cmocka_unit_test(sessions_are_capped),
	    cmocka_unit_test(a_line_with_its_own_moment_is_taken_as_it_is),
	    cmocka_unit_test(a_tuple_may_be_of_another_tuple),
	    cmocka_unit_test(a_match_of_very_many_lines_hands_over_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
