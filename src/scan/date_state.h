#ifndef F2B_SCAN_DATE_STATE_H
#define F2B_SCAN_DATE_STATE_H

#include "scan/date.h"
#include "scan/date_head.h"
#include "scan/datecode.h"
#include "scan/datepat.h"
#include "scan/datevalue.h"
#include "util/shared.h"

/*
 * What the files that make up a date detector share: date_list.c makes its forms, date_choose.c
 * finds the one that matches, date_moment.c which moment that is, date_head.c spares both where a
 * line begins as the last, and date_run.c does for many such lines together. Of others, only tests
 * include this.
 */

/* Groups that are looked at; the letters of parts, and some of the pattern's own. */
#define GROUPS_MAX 64

/* A pattern, which never changes. */
struct date_form {
	struct datepat pat;
	struct datecode code;
};

/* What a datepattern stands for: shared by all detectors that have the same. */
struct date_list {
	struct shared shared;
	struct slice patterns; /* as they were set */
	struct date_form **forms;
	size_t count, cap;
	struct arena arena;	      /* texts of the forms */
	struct date_settled *settled; /* the last beginnings that one settled; NULL: none yet */
	size_t settled_next;	      /* where the next goes */
};

/* Gives back what was settled. */
void date_settled_free(struct date_settled *all);

/* What one detector knows of a form. */
struct template
{
	const struct datepat *pat;
	struct datecode *code;
	uint64_t hits;
	struct instant last_used;
	size_t distance; /* where the last match began; SIZE_MAX before the first */
};

/* Where a template matched, in characters, and which were around and at the edges. */
struct spot {
	size_t start, end;
	int32_t before, first, last, after; /* NO_CHAR outside of the line */
};

struct date_detector {
	struct date_list *list;
	struct template *all;	     /* one for each of its forms */
	struct template **templates; /* the same; the order changes, see promote() */
	size_t count;

	struct template *last; /* that matched, or NULL */
	struct spot spot;      /* of that match */

	pcre2_match_data *match;   /* of the template that was tried last */
	pcre2_match_data *reserve; /* of one that matched, while others are tried */

	struct datevalue_zone zone;
	struct {
		const struct template *template; /* NULL: nothing is remembered */
		struct buf text;
		int64_t now_s;
		bool relative, valid;
		struct instant when;
	} memo; /* the date of the last line, as the next often has the same */
	struct date_head head;
	bool without_heads;
};

/* A line, which nearly always is ASCII. */
struct text {
	struct slice s;
	bool ascii;
};

/* The forms of patterns, one a line, with one more user. */
int date_list_get(struct date_list **out, struct slice patterns, struct diag *d);

/* The template to take, its groups in dd->match; NULL if none matches. */
struct template *date_choose(struct date_detector *dd, struct text line);

/* Notes that t has matched, and returns its index. */
size_t date_note_hit(
    struct date_detector *dd, struct template *t, struct text line, struct instant now);

/*
 * True if line looks at the edges as the last one did, so that the date is at the same place, which
 * is then told in bytes.
 */
bool date_spot_fits(const struct spot *was, struct text line, size_t *start, size_t *end);

double date_weight(const struct template *t);

/* What a group of the match in dd->match holds; .p is NULL if it took no part. */
struct slice date_group(const struct date_detector *dd, struct slice line, unsigned number);

/* The moment of the match in dd->match. *relative: it depends on now. */
int date_compute(struct date_detector *dd, const struct template *t, struct slice line,
    struct instant now, struct instant *when, bool *relative);

/* The same, false if it is no moment; knows that of the last line without computing it again. */
bool date_moment(struct date_detector *dd, const struct template *t, struct slice line,
    struct instant now, struct instant *when);

/* Looks at how the line begins only. False if that tells nothing. */
bool date_by_head(
    struct date_detector *dd, struct slice line, struct instant now, struct date_match *out);

/* The line, whose match is in dd->match, was found to have that date. */
void date_keep_head(struct date_detector *dd, struct text line, struct instant now,
    const struct date_match *match);

#endif
