#ifndef F2B_SCAN_DATE_H
#define F2B_SCAN_DATE_H

#include "scan/date_opening.h"
#include "util/diag.h"
#include "util/time.h"

/*
 * Finds the date in a line of a log and says which moment it means, with fail2ban's templates, in
 * its order, with its way of preferring what matched before.
 */
struct date_detector;

/*
 * pattern      the value of datepattern: one or more patterns, one a line; empty for the default
 *              templates. Borrowed for the call
 * Returns 0; -EINVAL with d in fail2ban's words; or -EBADMSG with d if it is no regular expression.
 */
int date_detector_new(
    struct date_detector **out, struct slice pattern, struct place at, struct diag *d);
void date_detector_free(struct date_detector *dd);

/* The zone of dates that name none: "UTC", "UTC+0530", "-08", "CET"; empty for the machine's. */
int date_detector_set_zone(struct date_detector *dd, struct slice zone, struct diag *d);

struct date_match {
	size_t start, end;	/* of the text to cut out of the line */
	bool valid;		/* false: it looks like a date but is none, as Feb 30 */
	bool empty;		/* {NONE}: nothing was cut, the moment is the caller's to say */
	struct instant when;
	unsigned template;	/* index for date_template_*() */
};

/*
 * Looks for a date in line, which is plain ASCII if ascii says so. now decides missing years and
 * days. Returns false if there is none.
 */
bool date_find(struct date_detector *dd, struct slice line, bool ascii, struct instant now,
    struct date_match *out);

/* Whether to spare a search where a line begins as the last ones did: it makes no difference but of time. */
void date_detector_set_heads(struct date_detector *dd, bool on);

/*
 * Where the last dates stood in their lines, if every line that begins as those did has its date
 * there, and in which time that is then. False if that is not known, or is so at no other second
 * than now.
 */
struct date_minute {
	size_t start, end;
	struct instant first, last;
	char tens[2]; /* what the tens of the seconds are, from the one to the other; 0: not looked at */
};
bool date_minute(const struct date_detector *dd, struct instant now, struct date_minute *out);

/*
 * Leaves of it what lies from the one instant to the other, in whole tens of seconds. False if nothing
 * does.
 */
bool date_minute_within(struct date_minute *m, struct instant from, struct instant to);

/* Which lines of a block begin in one way. All zero for a new block. */
struct date_run {
	const char *from, *to;
	struct date_opening opening;
};

/*
 * The first of lines, each with its newline, that begin as m of date_minute() says, and how many they
 * are. Others have perhaps found them before, for the same block; run tells. count may be NULL.
 */
struct slice date_run(const struct date_detector *dd, const struct date_minute *m, struct date_run *run,
    struct slice lines, size_t *count);

/*
 * As date_find() for each of lines, which are count that date_run() gave. last is the last one, with
 * its newline, and when its moment.
 */
void date_pass(struct date_detector *dd, struct slice lines, size_t count, struct instant now,
    struct slice *last, struct instant *when);

/* For f2b-regex: the templates in their present order. Texts are lent by the detector. */
size_t date_template_count(const struct date_detector *dd);
struct date_template_info {
	struct slice name;	/* "{^LN-BEG}ExYear(?P<_sep>[-/.])Month…" */
	struct slice pattern;	/* as written */
	struct slice regex;	/* in Python's notation */
	uint64_t hits;
	double weight;		/* of one hit */
	double score;		/* of all, the less the farther right the last one was */
};
void date_template_info(
    const struct date_detector *dd, size_t index, struct date_template_info *out);

/* Patterns in short: pattern is empty for the default detectors, and of two the text of both. */
void date_detector_describe(
    const struct date_detector *dd, struct slice *pattern, struct slice *name);

#endif
