#include "scan/datevalue.h"

#include "scan/zone.h"

#include <errno.h>

#define DAY_S INT64_C(86400)
/* The last second of the year 9999. */
#define LATEST_S INT64_C(253402300799)

static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december"};
static const char *const days[] = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

/* A date while its parts come together; what is absent is -1. */
struct draft {
	int year, month, day;
	int hour, minute, second;
	int yearday;
	int week;    /* of the year; see monday_weeks */
	int weekday; /* Monday is 0 */
	bool monday_weeks;
	bool assumed_year, assumed_day;
	bool zoned;
	int offset_s;
};

static bool
present(const struct datevalue_parts *parts, char letter)
{
	struct slice s = parts->v[DATEVALUE_PART(letter)];

	return s.p != NULL && s.n > 0;
}

/* Reads a number into *out, which stays if the part is absent. */
static int
number(const struct datevalue_parts *parts, char letter, int *out)
{
	uint64_t n;

	if (!present(parts, letter))
		return 0;
	if (slice_u64(slice_trim(parts->v[DATEVALUE_PART(letter)]), 9999, &n) < 0)
		return -EINVAL;
	*out = (int)n;
	return 0;
}

/* Reads the index of a name, in full or its first three letters, plus base. */
static int
name(const struct datevalue_parts *parts, char letter, const char *const *names, size_t count,
    int base, int *out)
{
	struct slice text = parts->v[DATEVALUE_PART(letter)];

	if (!present(parts, letter))
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct slice full;

		if (char_lower(text.p[0]) != names[i][0])
			continue;
		full = slice_cstr(names[i]);
		if (slice_eq_nocase(text, full) || slice_eq_nocase(text, slice_upto(full, 3))) {
			*out = (int)i + base;
			return 0;
		}
	}
	return -EINVAL;
}

static int
read_year(const struct datevalue_parts *parts, struct draft *t)
{
	if (present(parts, 'Y'))
		return number(parts, 'Y', &t->year);
	if (number(parts, 'y', &t->year) < 0)
		return -EINVAL;
	if (t->year >= 0 && t->year <= 2000)
		t->year += 2000;
	return 0;
}

static int
read_day(const struct datevalue_parts *parts, struct draft *t)
{
	int sunday_first = -1;

	if (number(parts, 'm', &t->month) < 0 || number(parts, 'd', &t->day) < 0 ||
	    name(parts, 'b', months, 12, 1, &t->month) < 0 ||
	    name(parts, 'B', months, 12, 1, &t->month) < 0 ||
	    name(parts, 'a', days, 7, 0, &t->weekday) < 0 ||
	    name(parts, 'A', days, 7, 0, &t->weekday) < 0 ||
	    number(parts, 'w', &sunday_first) < 0 || number(parts, 'j', &t->yearday) < 0 ||
	    number(parts, 'U', &t->week) < 0 || number(parts, 'W', &t->week) < 0)
		return -EINVAL;
	if (sunday_first >= 0)
		t->weekday = (sunday_first + 6) % 7;
	t->monday_weeks = present(parts, 'W');
	return 0;
}

static int
read_hour(const struct datevalue_parts *parts, struct draft *t)
{
	int half = -1;

	if (number(parts, 'H', &t->hour) < 0 || number(parts, 'I', &half) < 0)
		return -EINVAL;
	if (half < 0)
		return 0;
	t->hour = half == 12 ? 0 : half;
	if (present(parts, 'p') && char_lower(parts->v[DATEVALUE_PART('p')].p[0]) == 'p')
		t->hour += 12;
	return 0;
}

static int
read_zone(const struct datevalue_parts *parts, const struct datevalue_zone *zone, struct draft *t)
{
	char letter = present(parts, 'z') ? 'z' : 'Z';

	t->zoned = present(parts, letter);
	if (t->zoned)
		return zone_parse(parts->v[DATEVALUE_PART(letter)], &t->offset_s);
	t->zoned = zone->fixed;
	t->offset_s = zone->offset_s;
	return 0;
}

/* The day of the year of a weekday in a week, counted from 1; not positive in the year before. */
static int
week_yearday(const struct draft *t)
{
	int64_t new_year = civil_days(t->year, 1, 1);
	int shift = t->monday_weeks ? 0 : 1; /* where a week begins on Sunday */
	int first = (int)(((new_year + 3) % 7 + 7) % 7 + shift) % 7; /* 1970 began on a Thursday */
	int wanted = (t->weekday + shift) % 7;

	return 1 + wanted - first + 7 * (t->week - (first == 0 && t->week > 0));
}

/* Fills month and day from what else says the day, or from now. */
static int
settle_day(struct draft *t, const struct civil *now)
{
	struct civil c;
	int yearday = t->yearday;

	if ((t->month < 0) != (t->day < 0))
		return -EINVAL;
	if (t->month >= 0)
		return 0;
	if (yearday < 0 && t->week >= 0 && t->weekday >= 0)
		yearday = week_yearday(t);
	else if (yearday < 0) {
		t->assumed_day = true;
		t->month = now->month;
		t->day = now->day;
		return 0;
	}
	civil_utc(INSTANT_S((civil_days(t->year, 1, 1) + yearday - 1) * DAY_S), &c);
	t->year = c.year;
	t->month = c.month;
	t->day = c.day;
	return 0;
}

static bool
possible(const struct draft *t)
{
	return t->year >= 1 && t->year <= 9999 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
	       t->day <= civil_month_days(t->year, t->month) && t->hour <= 23 && t->minute <= 59 &&
	       t->second <= 59;
}

static int64_t
machine_offset(int64_t local_s)
{
	struct civil c;

	civil_utc(INSTANT_S(local_s), &c);
	return local_s - instant_seconds(civil_from_local(&c));
}

/*
 * From local time to the moment. To ask the machine's zone is dear, so that the offset of an hour
 * is kept if it is the same at both of its ends.
 */
static int64_t
from_local(struct datevalue_zone *zone, int64_t local_s)
{
	int64_t hour = local_s >= 0 ? local_s / 3600 : -((3599 - local_s) / 3600);

	if (!zone->hour_known || zone->hour != hour) {
		int64_t first = machine_offset(hour * 3600);
		int64_t last = machine_offset(hour * 3600 + 3599);

		if (first != last)
			return local_s - machine_offset(local_s);
		zone->hour_known = true;
		zone->hour = hour;
		zone->hour_offset_s = first;
	}
	return local_s - zone->hour_offset_s;
}

static const struct civil *
local_now(struct datevalue_zone *zone, struct instant now)
{
	int64_t now_s = instant_seconds(now);

	if (!zone->now_known || zone->now_s != now_s) {
		civil_local(INSTANT_S(now_s), &zone->now_local);
		zone->now_known = true;
		zone->now_s = now_s;
	}
	return &zone->now_local;
}

/*
 * Moves a moment back that was assumed too late. fail2ban compares what is UTC by then, if a zone
 * was given, with local time; and sets the day as written beside the hour in UTC.
 */
static int
rewind_future(struct draft *t, const struct civil *now, int64_t *s)
{
	struct instant now_as_utc = civil_from_utc(now);

	if (t->assumed_day && *s * US_PER_S > now_as_utc.us)
		*s -= DAY_S;
	if (t->assumed_year && *s * US_PER_S > now_as_utc.us + DAY_S * US_PER_S) {
		int64_t time_of_day = (*s % DAY_S + DAY_S) % DAY_S;

		t->year--;
		if (!possible(t))
			return -EINVAL;
		*s = civil_days(t->year, t->month, t->day) * DAY_S + time_of_day;
	}
	return 0;
}

int
datevalue_civil(const struct datevalue_parts *parts, struct datevalue_zone *zone,
    struct instant now, struct instant *out, bool *relative)
{
	struct draft t = {
	    .year = -1, .month = -1, .day = -1, .yearday = -1, .week = -1, .weekday = -1};
	const struct civil *today = local_now(zone, now);
	int64_t s;

	if (read_year(parts, &t) < 0 || read_day(parts, &t) < 0 || read_hour(parts, &t) < 0 ||
	    number(parts, 'M', &t.minute) < 0 || number(parts, 'S', &t.second) < 0 ||
	    read_zone(parts, zone, &t) < 0)
		return -EINVAL;
	t.assumed_year = t.year < 0;
	if (t.assumed_year)
		t.year = today->year;
	if (settle_day(&t, today) < 0 || !possible(&t))
		return -EINVAL;
	s = civil_days(t.year, t.month, t.day) * DAY_S + t.hour * 3600 + t.minute * 60 + t.second;
	if (t.zoned)
		s -= t.offset_s;
	if (rewind_future(&t, today, &s) < 0)
		return -EINVAL;
	*out = INSTANT_S(t.zoned ? s : from_local(zone, s));
	*relative = t.assumed_year || t.assumed_day;
	return 0;
}

/* digits with an optional point, as a number of the unit that is unit_us microseconds. */
static int
read_stamp(struct slice text, int64_t unit_us, struct instant *out)
{
	ptrdiff_t point = slice_find_char(text, '.', 0);
	struct slice whole = point < 0 ? text : slice_upto(text, (size_t)point);
	uint64_t n;
	int64_t us;

	if (slice_u64(whole, (uint64_t)(LATEST_S * US_PER_S / unit_us), &n) < 0)
		return -EINVAL;
	us = (int64_t)n * unit_us;
	for (size_t i = whole.n + 1; i < text.n && unit_us > 1; i++) {
		if (!char_digit(text.p[i]))
			return -EINVAL;
		unit_us /= 10;
		us += (text.p[i] - '0') * unit_us;
	}
	*out = (struct instant){us};
	return 0;
}

int
datevalue_epoch(struct slice text, struct instant *out)
{
	return read_stamp(text, US_PER_S, out);
}

int
datevalue_long_epoch(struct slice text, struct instant *out)
{
	if (text.n >= 16 && slice_find_char(text, '.', 0) < 0)
		return read_stamp(text, 1, out);
	return read_stamp(text, text.n >= 13 ? US_PER_MS : US_PER_S, out);
}

int
datevalue_tai64n(struct slice text, struct instant *out)
{
	int64_t s = 0;

	if (text.n < 17)
		return -EINVAL;
	for (size_t i = 2; i < 17; i++) {
		int digit = char_hex(text.p[i]);

		if (digit < 0)
			return -EINVAL;
		s = s * 16 + digit;
	}
	if (s > LATEST_S)
		return -EINVAL;
	*out = INSTANT_S(s);
	return 0;
}
