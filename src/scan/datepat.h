#ifndef F2B_SCAN_DATEPAT_H
#define F2B_SCAN_DATEPAT_H

#include "util/arena.h"
#include "util/diag.h"

/*
 * A datepattern turned into a regular expression. The pattern is a regular expression in which
 * %Y, %b, %ExH and so on stand for a part of a date; each becomes a group that has the directive's
 * letter for its name.
 *
 * Group 1 of the expression is what gets cut out of the line. Where the pattern has no group of
 * its own, that is everything but the anchors.
 *
 * Source: jail.conf(5), datepattern; what fail2ban-regex --verbose-date shows.
 */

enum datepat_kind {
	DATEPAT_CIVIL,		/* named groups are parts of a date */
	DATEPAT_EPOCH,		/* a group is seconds since 1970, with a fraction or without */
	DATEPAT_LONG_EPOCH,	/* the same in seconds, milli- or microseconds, by its length */
	DATEPAT_TAI64N,		/* group 1 is a label of daemontools */
};

struct datepat {
	enum datepat_kind kind;
	struct slice given;	/* as written */
	struct slice pattern;	/* the same; empty for EPOCH and the like */
	struct slice name;	/* for reports: "Year-Month-Day" */
	struct slice regex;	/* Python's notation */
	bool icase;		/* regex begins with "(?iu)" */
	bool anchored;		/* to the begin or the end of the line */
	/*
	 * The pattern looks behind the first such character of a line, and nowhere else: '[' for
	 * "^[^\[]*\[({DATE})". 0: it may look anywhere.
	 */
	char mark;
	unsigned stamp_group;	/* EPOCH, LONG_EPOCH: the group with the number */
	double weight;		/* see date.c */
	bool ours;		/* nobody else wrote any of it, so that it needs no check */
};

/*
 * Makes one pattern; special ones as EPOCH or {NONE} included, lists as {DEFAULT} not.
 * Texts of out live in a. %ExY accepts the decades up to year + 3.
 * Returns 0, or -EINVAL with d in fail2ban's words.
 */
int datepat_make(struct arena *a, struct slice pattern, int year, struct datepat *out,
    struct diag *d);

/* What a line of a datepattern may stand for. */
enum datepat_list {
	DATEPAT_ONE,		/* itself */
	DATEPAT_DEFAULT,	/* {DEFAULT}: all default patterns */
	DATEPAT_LINE_BEGIN,	/* {^LN-BEG}: those that look at the begin of the line only */
	DATEPAT_AROUND,		/* holds {DATE}: each default pattern in its place */
};
enum datepat_list datepat_classify(struct slice pattern);

/*
 * The pattern at index of a list, with fail2ban's weight, in fail2ban's order; around is the
 * pattern that holds {DATE}. Returns 0, or -ENOENT behind the last; otherwise as datepat_make().
 */
int datepat_list_get(struct arena *a, enum datepat_list list, struct slice around, size_t index,
    int year, struct datepat *out, struct diag *d);

#endif
