#ifndef F2B_UTIL_TIME_H
#define F2B_UTIL_TIME_H

#include "util/buf.h"

/*
 * Moments and durations, in types of their own so that one is not passed for another.
 * Only this module reads a clock; everybody else is told what time it is.
 */

/* A moment of the wall clock: microseconds since 1970-01-01 00:00:00 UTC. */
struct instant {
	int64_t us;
};

/* A duration in microseconds. */
struct span {
	int64_t us;
};

/* A moment of the clock that never steps; only differences mean something. */
struct mono {
	int64_t us;
};

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)
#define SPAN_S(s) ((struct span){(int64_t)(s) * US_PER_S})
#define SPAN_MS(ms) ((struct span){(int64_t)(ms) * US_PER_MS})
#define INSTANT_S(s) ((struct instant){(int64_t)(s) * US_PER_S})

struct instant time_now(void);
struct mono time_mono(void);

/* The same as of the last tick of the kernel, up to 10 ms ago, for who asks very often. */
struct mono time_mono_tick(void);

/* How long this thread has computed, which goes on only while it does. */
struct span time_cpu(void);

/*
 * Seconds that somebody set, or a formula gave: what does not fit, or is no number, becomes some
 * hundred thousand years, from which a moment can still be reckoned with, up to the year 9999.
 */
#define SPAN_SECONDS_MAX 8.9e12
struct span span_of_seconds(double seconds);

static inline struct instant
instant_add(struct instant t, struct span d)
{
	return (struct instant){t.us + d.us};
}

static inline struct instant
instant_sub(struct instant t, struct span d)
{
	return (struct instant){t.us - d.us};
}

/* a - b */
static inline struct span
instant_since(struct instant a, struct instant b)
{
	return (struct span){a.us - b.us};
}

static inline bool
instant_before(struct instant a, struct instant b)
{
	return a.us < b.us;
}

static inline struct span
mono_since(struct mono a, struct mono b)
{
	return (struct span){a.us - b.us};
}

/* Whole seconds, rounded down. */
static inline int64_t
instant_seconds(struct instant t)
{
	return t.us >= 0 ? t.us / US_PER_S : -((-t.us + US_PER_S - 1) / US_PER_S);
}

/* Whole days since 1970, of UTC. */
static inline int64_t
instant_day(struct instant t)
{
	return instant_seconds(t) / 86400;
}

/* A date as people write it. */
struct civil {
	int year;
	int month;	/* 1 to 12 */
	int day;	/* 1 to 31 */
	int hour, minute, second;
	int us;
	int weekday;	/* 0 is Sunday; an output only */
	int yearday;	/* 1 to 366; an output only */
	int offset_s;	/* east of Greenwich; an output of civil_local() only */
};

/* 28 to 31; month from 1 to 12. */
int civil_month_days(int year, int month);

/* Days from 1970-01-01 to the date, in the proleptic Gregorian calendar. */
int64_t civil_days(int year, int month, int day);

/* The date and time of t in the machine's time zone, or in UTC. */
void civil_local(struct instant t, struct civil *out);
void civil_utc(struct instant t, struct civil *out);

/*
 * The moment at which the machine's zone, or UTC, showed this date. The fields must be in range.
 * A local time that a change of the clocks skipped or repeated is decided as mktime(3) does
 * with tm_isdst = -1.
 */
struct instant civil_from_local(const struct civil *c);
struct instant civil_from_utc(const struct civil *c);

/* Adds "YYYY-MM-DD HH:MM:SS" in local time; the end of the year 9999 for all that is later. */
void time_format(struct buf *out, struct instant t);

/* Adds "YYYY-MM-DDTHH:MM:SS.ffffff+HH:MM", without the fraction where it is 0. */
void time_format_iso(struct buf *out, struct instant t);

#endif
