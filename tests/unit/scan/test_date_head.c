/*
 * To look only at how a line begins makes no difference: random logs, with and without. F2B_SEED
 * makes others, F2B_COUNT says how many logs it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "scan/date.h"
#include "scan/date_state.h"
#include "util/escape.h"
#include "tests/unit/draw.h"

#define BEGIN 1700000000

#define FORMS 13

/* Some read as others do up to a point. */
static void
add_date(struct buf *b, unsigned form, int64_t now_s)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	    "Sep", "Oct", "Nov", "Dec"};
	const char *fraction = draw(4) > 0 ? ",123" : ",9";
	time_t t = (time_t)now_s;
	char clock[20], month[8];
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)snprintf(clock, sizeof(clock), "%02d:%02d:%02d", tm.tm_hour % 24, tm.tm_min % 60,
	    tm.tm_sec % 60);
	(void)snprintf(month, sizeof(month), "%s", months[tm.tm_mon % 12]);
	switch (form) {
	case 0:
	case 1:
		buf_printf(b, "%s %02d %s host", month, tm.tm_mday, clock);
		break;
	case 2:
		buf_printf(b, "%s %02d %s %d", month, tm.tm_mday, clock, draw(2) ? 19 : 1900 + tm.tm_year);
		break;
	case 3:
	case 4:
		buf_printf(b, "%d-%02d-%02d %s%s", 1900 + tm.tm_year, tm.tm_mon + 1, tm.tm_mday, clock,
		    form == 3 ? fraction : "");
		break;
	case 5:
		buf_printf(b, "%d-%02d-%02dT%s+01:00", 1900 + tm.tm_year, tm.tm_mon + 1, tm.tm_mday,
		    clock);
		break;
	case 6:
	case 11:
		buf_printf(b, "192.0.2.%u %s- [%02d/%s/%d:%s +0000]", draw(256), draw(9) ? "- " : "[",
		    tm.tm_mday, month, 1900 + tm.tm_year, clock);
		break;
	case 7:
		buf_add_cstr(b, clock);
		break;
	case 8:
		buf_printf(b, "<%02d/%02d/%02d %s>", tm.tm_mon + 1, tm.tm_mday, tm.tm_year % 100, clock);
		break;
	case 9:
		buf_printf(b, "%02d/%02d/%d %s", tm.tm_mday, tm.tm_mon + 1, 1900 + tm.tm_year, clock);
		break;
	case 10:
		buf_printf(b, "Mon %s %02d %s %d", month, tm.tm_mday, clock, 1900 + tm.tm_year);
		break;
	default:
		buf_printf(b, "x %d%02d%02d %.2s%.2s%.2s", 1900 + tm.tm_year, tm.tm_mon + 1,
		    tm.tm_mday, clock, clock + 3, clock + 6);
	}
	buf_add_cstr(b, " x: ");
}

/* Digits and what parts them change places now and then, so that a head nearly fits. */
static void
spoil(struct buf *b)
{
	static const char others[] = "0123456789 :.,-/x\xc3\xa9";

	b->p[draw((unsigned)b->n)] = others[draw(sizeof(others) - 1)];
}

static void
assert_same(struct date_detector *two[2], struct slice line, struct instant now)
{
	bool ascii = utf8_ascii(line) == line.n;
	struct date_match m[2];
	bool found[2];

	for (size_t i = 0; i < 2; i++)
		found[i] = date_find(two[i], line, ascii, now, &m[i]);
	if (found[0] != found[1] ||
	    (found[0] && (m[0].start != m[1].start || m[0].end != m[1].end ||
			     m[0].valid != m[1].valid || m[0].empty != m[1].empty ||
			     m[0].template != m[1].template ||
			     (m[0].valid && m[0].when.us != m[1].when.us))))
		fail_msg("'%.*s' at %lld: %d %zu-%zu %lld, without %d %zu-%zu %lld", SLICE_ARG(line),
		    (long long)now.us, found[0], m[0].start, m[0].end, (long long)m[0].when.us,
		    found[1], m[1].start, m[1].end, (long long)m[1].when.us);
	assert_int_equal(date_template_count(two[0]), date_template_count(two[1]));
	for (size_t i = 0; i < date_template_count(two[0]); i++) {
		struct date_template_info a, b;

		date_template_info(two[0], i, &a);
		date_template_info(two[1], i, &b);
		assert_int_equal(a.hits, b.hits);
		assert_true(slice_eq(a.name, b.name));
	}
}

/* A log in which each form goes on for a while, in time that mostly goes slowly. */
static void
read_log(struct date_detector *two[2], struct date_detector *before, uint64_t *settled)
{
	int64_t now_s = BEGIN + draw(400) * 86400 + draw(86400);
	unsigned form = 0, left = 0;
	struct date_match m;
	struct buf b;

	buf_init(&b, 10000);
	for (unsigned n = 600; n > 0; n--) {
		struct instant now = INSTANT_S(now_s);

		if (left-- == 0) {
			form = draw(FORMS);
			left = draw(5) == 0 ? draw(5) : 20 + draw(200);
		}
		buf_clear(&b);
		/* now and then of the second after now, or of tomorrow */
		add_date(&b, form, now_s - 2 + draw(4) + (draw(50) == 0 ? 86400 : 0));
		buf_printf(&b, "%u message", draw(3));
		if (draw(20) == 0)
			spoil(&b);
		two[0]->head.patience = before->head.patience = 1 + draw(4); /* else few heads are settled */
		if (draw(4) > 0)
			two[0]->head.wait = before->head.wait = 0;
		(void)date_find(before, buf_slice(&b), utf8_ascii(buf_slice(&b)) == b.n, now, &m);
		assert_same(two, buf_slice(&b), now);
		*settled += two[0]->head.state == DATE_HEAD_SETTLED && two[0]->head.seconds.n > 0;
		now_s += draw(20) == 0 ? draw(90) : draw(8) == 0;
	}
	buf_done(&b);
}

static void
heads_or_none_is_the_same(void **state)
{
	static const char *const patterns[] = {"", "{^LN-BEG}", "{DATE}", "^{DATE}",
	    "%Y-%m-%d %H:%M:%S", "%b %d %H:%M:%S", "^[^\\[]*\\[({DATE})\n{^LN-BEG}",
	    "^[^\\[]*\\[({DATE})", "^[^\\[]*\\[(%d/%b/%Y:%H:%M:%S)", "^[^.]*\\.(\\d+\\.%d)",
	    "%H:%M:%S", "{^LN-BEG}%ExY%Exm%Exd %H%M%S", "(\\d+:\\d+:(?:3\\d|\\d+))",
	    "%H:%M:(?!3)%S"};
	static const char *const zones[] = {"", "UTC", "UTC+0530"};
	unsigned long count = draw_count(40);
	uint64_t settled = 0;

	(void)state;
	for (unsigned long round = 0; round < count; round++) {
		const char *pattern = patterns[draw(sizeof(patterns) / sizeof(patterns[0]))];
		const char *zone = zones[draw(3)];
		struct date_detector *all[3];

		/* The third reads each line first, perhaps in another zone: what it settles is shared. */
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(date_detector_new(&all[i], slice_cstr(pattern),
					     (struct place){0}, NULL),
			    0);
			if (i == 2 && draw(2) == 0)
				zone = zones[draw(3)];
			assert_int_equal(
			    date_detector_set_zone(all[i], slice_cstr(zone), NULL), 0);
			date_detector_set_heads(all[i], i != 1);
		}
		read_log(all, all[2], &settled);
		for (size_t i = 0; i < 3; i++)
			date_detector_free(all[i]);
	}
	assert_true(settled > 10 * count); /* else this compares nothing with nothing */
}

/* A log with addresses before its dates, and then one without. */
static void
heads_are_settled_after_long_vain(void **state)
{
	struct date_detector *dd;
	struct date_match m;
	char line[100];
	unsigned n;

	(void)state;
	assert_int_equal(date_detector_new(&dd, SLICE_EMPTY, (struct place){0}, NULL), 0);
	for (n = 0; n < 20000; n++) {
		(void)snprintf(line, sizeof(line), "192.0.%u.%u - - [14/Nov/2023:22:13:20 +0000] x",
		    n / 256 % 256, n % 256);
		assert_true(date_find(dd, slice_cstr(line), true, INSTANT_S(BEGIN), &m));
		assert_int_equal(m.when.us, BEGIN * US_PER_S);
	}
	assert_int_not_equal(dd->head.state, DATE_HEAD_SETTLED);
	/* As soon as if there had not been any. */
	for (n = 0; n < 100 && dd->head.state != DATE_HEAD_SETTLED; n++)
		assert_true(date_find(dd, SLICE("Nov 14 22:13:20 host x"), true,
		    INSTANT_S(BEGIN), &m));
	assert_int_equal(dd->head.state, DATE_HEAD_SETTLED);
	date_detector_free(dd);
}

/* Of an access log: what stands before the date is another in each line. */
static void
heads_are_settled_behind_a_mark(void **state)
{
	struct date_detector *dd;
	struct date_match m;
	char line[100];
	unsigned n, settled = 0;

	(void)state;
	assert_int_equal(date_detector_new(&dd, SLICE("^[^\\[]*\\[({DATE})"), (struct place){0}, NULL), 0);
	for (n = 0; n < 1000; n++) {
		(void)snprintf(line, sizeof(line), "192.0.%u.%u - - [14/Nov/2023:22:13:%02u +0000] x",
		    n / 256 % 256, n % 256, n / 20 % 60);
		assert_true(date_find(dd, slice_cstr(line), true, INSTANT_S(BEGIN), &m));
		assert_int_equal(m.when.us, (BEGIN - 20 + n / 20 % 60) * US_PER_S);
		assert_int_equal(line[m.start - 1], '[');
		assert_int_equal(line[m.end], ']');
		settled += dd->head.state == DATE_HEAD_SETTLED;
	}
	assert_in_range(settled, 900, 1000);
	date_detector_free(dd);
}

static struct date_detector *
settled_detector(const char *pattern)
{
	const struct slice line = SLICE("2023-11-14 22:13:20 a line");
	struct date_detector *dd;
	struct date_match m;

	assert_int_equal(date_detector_new(&dd, slice_cstr(pattern), (struct place){0}, NULL), 0);
	for (unsigned i = 0; i < 1000 && dd->head.state != DATE_HEAD_SETTLED; i++)
		assert_true(date_find(dd, line, true, INSTANT_S(BEGIN), &m));
	assert_int_equal(dd->head.state, DATE_HEAD_SETTLED);
	return dd;
}

static void
assert_run_within(const struct date_detector *dd, const struct date_minute *m, struct date_run *run,
    struct slice lines, size_t n, size_t count)
{
	size_t counted = 0;
	struct slice got = date_run(dd, m, run, lines, &counted);

	assert_ptr_equal(got.p, lines.p);
	assert_int_equal(got.n, n);
	assert_int_equal(counted, count);
}

static void
assert_run(const struct date_detector *dd, struct date_run *run, struct slice lines, size_t n,
    size_t count)
{
	struct date_minute m;

	assert_true(date_minute(dd, INSTANT_S(BEGIN), &m));
	assert_run_within(dd, &m, run, lines, n, count);
}

/* Wherever others began with the same lines, and whatever they take for the same beginning. */
static void
a_run_is_the_same_for_all_who_share_it(void **state)
{
	struct date_detector *seconds = settled_detector("");
	struct date_detector *minutes = settled_detector("^%Y-%m-%d %H:%M");
	const struct slice lines = SLICE("2023-11-14 22:13:20 one\n"
					 "2023-11-14 22:13:21 two\n"
					 "2023-11-14 22:13:60 odd\n"
					 "2023-11-14 22:13:49 six\n"
					 "2023-11-14 22:13:50 ten\n");
	const size_t line = lines.n / 5;
	struct date_run run = {0};

	(void)state;
	assert_run(seconds, &run, slice_from(lines, 3 * line), 2 * line, 2);
	assert_run(seconds, &run, lines, 2 * line, 2);
	assert_run(seconds, &run, slice_upto(lines, line), line, 1);
	assert_run(seconds, &run, slice_from(lines, line), line, 1);
	assert_run(seconds, &run, slice_from(lines, 2 * line), 0, 0);
	assert_run(seconds, &run, slice_from(lines, 4 * line), line, 1);
	assert_run(minutes, &run, lines, 5 * line, 5);
	assert_run(minutes, &run, slice_from(lines, 2 * line), 3 * line, 3);
	assert_run(seconds, &run, slice_from(lines, line), line, 1);
	date_detector_free(seconds);
	date_detector_free(minutes);
}

/* The minute of settled_detector() begins at BEGIN - 20. */
static void
assert_within(const struct date_detector *dd, int from_s, int to_s, const char *tens)
{
	const struct instant minute = INSTANT_S(BEGIN - 20);
	struct date_minute m;
	bool any;

	assert_true(date_minute(dd, INSTANT_S(BEGIN), &m));
	assert_int_equal(m.first.us, minute.us);
	any = date_minute_within(&m, instant_add(minute, SPAN_S(from_s)), instant_add(minute, SPAN_S(to_s)));
	assert_int_equal(any, tens != NULL);
	if (tens == NULL)
		return;
	assert_memory_equal(m.tens, tens, 2);
	assert_int_equal(instant_since(m.first, minute).us, (tens[0] - '0') * 10 * US_PER_S);
	assert_int_equal(instant_since(m.last, minute).us, (tens[1] - '0') * 10 * US_PER_S + 9 * US_PER_S);
}

static void
part_of_a_minute_is_whole_tens_of_seconds(void **state)
{
	struct date_detector *seconds = settled_detector("");
	struct date_detector *minutes = settled_detector("^%Y-%m-%d %H:%M");
	const struct slice lines = SLICE("2023-11-14 22:13:20 one\n"
					 "2023-11-14 22:13:39 two\n"
					 "2023-11-14 22:13:40 ten\n"
					 "2023-11-14 22:13:29 six\n");
	const size_t line = lines.n / 4;
	struct date_run run = {0};
	struct date_minute m;

	(void)state;
	assert_within(seconds, -100, 100, "05");
	assert_within(seconds, 0, 59, "05");
	assert_within(seconds, 1, 59, "15");
	assert_within(seconds, 10, 58, "14");
	assert_within(seconds, 11, 49, "24");
	assert_within(seconds, 50, 100, "55");
	assert_within(seconds, 51, 100, NULL);
	assert_within(seconds, 60, 100, NULL);
	assert_within(seconds, -100, 9, "00");
	assert_within(seconds, -100, 8, NULL);
	assert_within(seconds, -100, -1, NULL);
	assert_within(seconds, 21, 28, NULL);
	assert_true(date_minute(seconds, INSTANT_S(BEGIN), &m));
	assert_true(date_minute_within(&m, INSTANT_S(BEGIN), INSTANT_S(BEGIN + 20)));
	assert_run_within(seconds, &m, &run, lines, 2 * line, 2);
	assert_run(seconds, &run, lines, 4 * line, 4);
	assert_run_within(seconds, &m, &run, slice_from(lines, line), line, 1);
	assert_run_within(seconds, &m, &run, slice_from(lines, 2 * line), 0, 0);
	assert_run_within(seconds, &m, &run, slice_from(lines, 3 * line), line, 1);
	/* A date without seconds is within, or it is not. */
	assert_true(date_minute(minutes, INSTANT_S(BEGIN), &m));
	assert_true(date_minute_within(&m, INSTANT_S(BEGIN - 20), INSTANT_S(BEGIN - 20)));
	assert_run_within(minutes, &m, &run, lines, 4 * line, 4);
	assert_false(date_minute_within(&m, INSTANT_S(BEGIN - 19), INSTANT_S(BEGIN)));
	date_detector_free(seconds);
	date_detector_free(minutes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_or_none_is_the_same),
	    cmocka_unit_test(heads_are_settled_after_long_vain),
	    cmocka_unit_test(heads_are_settled_behind_a_mark),
	    cmocka_unit_test(a_run_is_the_same_for_all_who_share_it),
	    cmocka_unit_test(part_of_a_minute_is_whole_tens_of_seconds),
	};

	draw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
