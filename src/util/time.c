#include "util/time.h"

#include <assert.h>
#include <stdlib.h>

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

struct span
span_of_seconds(double seconds)
{
	if (seconds < -SPAN_SECONDS_MAX)
		seconds = -SPAN_SECONDS_MAX;
	else if (!(seconds <= SPAN_SECONDS_MAX))
		seconds = SPAN_SECONDS_MAX;
	return (struct span){(int64_t)(seconds * (double)US_PER_S)};
}

struct instant
time_now(void)
{
	return (struct instant){clock_us(CLOCK_REALTIME)};
}

struct mono
time_mono(void)
{
	return (struct mono){clock_us(CLOCK_MONOTONIC)};
}

struct mono
time_mono_tick(void)
{
	return (struct mono){clock_us(CLOCK_MONOTONIC_COARSE)};
}

struct span
time_cpu(void)
{
	return (struct span){clock_us(CLOCK_THREAD_CPUTIME_ID)};
}

static bool
leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
civil_month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	assert(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && leap_year(year));
}

/*
 * Counts in eras of 400 years of 146097 days, with years that begin in March, so that the leap
 * day is the last of its year.
 */
int64_t
civil_days(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static void
civil_of_tm(const struct tm *tm, struct instant t, struct civil *out)
{
	*out = (struct civil){
	    .year = tm->tm_year + 1900,
	    .month = tm->tm_mon + 1,
	    .day = tm->tm_mday,
	    .hour = tm->tm_hour,
	    .minute = tm->tm_min,
	    .second = tm->tm_sec,
	    .us = (int)(t.us - instant_seconds(t) * US_PER_S),
	    .weekday = tm->tm_wday,
	    .yearday = tm->tm_yday + 1,
	    .offset_s = (int)tm->tm_gmtoff,
	};
}

/* As civil_local(), of the C library each time. */
static void
ask_local(struct instant t, struct civil *out)
{
	time_t s = (time_t)instant_seconds(t);
	struct tm tm = {0};

	(void)localtime_r(&s, &tm);
	civil_of_tm(&tm, t, out);
}

/* Observed: from here on, less than a day before its end, all is the last second of the year 9999. */
#define LATEST_SHOWN_S INT64_C(253402214400)

/*
 * A quarter of an hour, in which all clocks of the world go on as they are: they are only asked for
 * the next one. Most that is read or written of a log is of one or two of them.
 */
struct quarter {
	int64_t number; /* since the epoch */
	bool known;
	struct civil first; /* its beginning */
	int n;		    /* of text: the date and hour, and a colon; 0: not written yet */
	char text[64];	    /* behind n, the minute and second last asked for */
};

#define QUARTER_S 900
#define QUARTERS 4

static _Thread_local struct quarter recent[QUARTERS];

static void
quarter_read(struct quarter *q, int64_t number)
{
	struct instant start = {number * QUARTER_S * US_PER_S};
	struct instant last = {start.us + (QUARTER_S - 1) * US_PER_S};
	struct civil end;

	ask_local(start, &q->first);
	ask_local(last, &end);
	/* There were odd times once, and clocks that were changed at such: they are asked each time. */
	q->known = q->first.offset_s == end.offset_s && q->first.offset_s % QUARTER_S == 0;
	q->number = number;
	q->n = 0;
}

/* The quarter of an hour that the second is of, or NULL if the clocks must be asked. */
static struct quarter *
quarter_of(int64_t second)
{
	int64_t number = second / QUARTER_S;
	struct quarter *q = &recent[(uint64_t)number % QUARTERS];

	if (second < 0 || second >= LATEST_SHOWN_S)
		return NULL;
	if (!q->known || q->number != number)
		quarter_read(q, number);
	return q->known ? q : NULL;
}

void
civil_local(struct instant t, struct civil *out)
{
	int64_t second = instant_seconds(t);
	const struct quarter *q = quarter_of(second);
	int past;

	if (q == NULL) {
		ask_local(t, out);
		return;
	}
	past = (int)(second - q->number * QUARTER_S);
	*out = q->first;
	out->minute += past / 60;
	out->second = past % 60;
	out->us = (int)(t.us - second * US_PER_S);
}

void
civil_utc(struct instant t, struct civil *out)
{
	time_t s = (time_t)instant_seconds(t);
	struct tm tm = {0};

	(void)gmtime_r(&s, &tm);
	civil_of_tm(&tm, t, out);
}

struct instant
civil_from_utc(const struct civil *c)
{
	int64_t s = civil_days(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
	    c->minute * 60 + c->second;

	return (struct instant){s * US_PER_S + c->us};
}

struct instant
civil_from_local(const struct civil *c)
{
	struct tm tm = {
	    .tm_year = c->year - 1900,
	    .tm_mon = c->month - 1,
	    .tm_mday = c->day,
	    .tm_hour = c->hour,
	    .tm_min = c->minute,
	    .tm_sec = c->second,
	    .tm_isdst = -1,
	};

	return (struct instant){(int64_t)mktime(&tm) * US_PER_S + c->us};
}

void
time_format(struct buf *out, struct instant t)
{
	int64_t second = instant_seconds(t);
	struct quarter *q;
	unsigned past, minute;
	struct civil c;
	char *at;

	if (second >= LATEST_SHOWN_S) {
		buf_add_cstr(out, "9999-12-31 23:59:59");
		return;
	}
	q = quarter_of(second);
	if (q == NULL) {
		ask_local(t, &c);
		buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
		    c.second);
		return;
	}
	c = q->first;
	if (q->n == 0)
		q->n = snprintf(q->text, sizeof(q->text), "%04d-%02d-%02d %02d:", c.year, c.month, c.day,
		    c.hour);
	past = (unsigned)(second - q->number * QUARTER_S);
	minute = (unsigned)c.minute + past / 60;
	at = q->text + q->n;
	at[0] = (char)('0' + minute / 10);
	at[1] = (char)('0' + minute % 10);
	at[2] = ':';
	at[3] = (char)('0' + past % 60 / 10);
	at[4] = (char)('0' + past % 60 % 10);
	buf_add(out, slice_of(q->text, (size_t)q->n + 5));
}

void
time_format_iso(struct buf *out, struct instant t)
{
	struct civil c;
	int east_min;

	civil_local(t, &c);
	east_min = c.offset_s / 60;
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
	    c.second);
	if (c.us != 0)
		buf_printf(out, ".%06d", c.us);
	buf_printf(out, "%c%02d:%02d", east_min < 0 ? '-' : '+', abs(east_min) / 60,
	    abs(east_min) % 60);
}
