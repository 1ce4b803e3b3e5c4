#ifndef F2B_SCAN_DATEVALUE_H
#define F2B_SCAN_DATEVALUE_H

#include "util/slice.h"
#include "util/time.h"

/*
 * From the parts of a date, as its groups were matched, to a moment.
 */

/* Parts by their letter: that of 'Y' is the year. p is NULL where a part is absent. */
struct datevalue_parts {
	struct slice v['z' - 'A' + 1];
};

#define DATEVALUE_PART(letter) ((unsigned char)(letter) - 'A')

/*
 * The zone of dates that name none, and what is remembered of the machine's zone. All zero is the
 * machine's.
 */
struct datevalue_zone {
	bool fixed;
	int offset_s; /* if fixed */

	bool hour_known; /* the machine's zone has one offset in this hour of local time */
	int64_t hour;
	int64_t hour_offset_s;
	bool now_known;
	int64_t now_s;
	struct civil now_local; /* its whole seconds */
};

/*
 * The moment of a date. What it lacks is taken from now: the year, or the day; and then a moment
 * that would lie in the future (for a year: by more than a day) is moved back by one such unit.
 * *relative tells that now was asked. Only its whole seconds count.
 *
 * Fractions of seconds do not count. Returns 0, or -EINVAL if there is no such date or no such
 * zone, or only one of month and day is given.
 */
int datevalue_civil(const struct datevalue_parts *parts, struct datevalue_zone *zone,
    struct instant now, struct instant *out, bool *relative);

/* Seconds since 1970 with an optional fraction, as "1409629872.123". */
int datevalue_epoch(struct slice text, struct instant *out);

/* The same in milliseconds from 13 characters on, in microseconds from 16 on without a point. */
int datevalue_long_epoch(struct slice text, struct instant *out);

/* "@400000005151f8a71234abcd": whole seconds. Leap seconds are not corrected, as in fail2ban. */
int datevalue_tai64n(struct slice text, struct instant *out);

#endif
