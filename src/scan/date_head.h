#ifndef F2B_SCAN_DATE_HEAD_H
#define F2B_SCAN_DATE_HEAD_H

#include "scan/date.h"

/*
 * How the last lines began, to a little behind their date. The next often begins the same, or in
 * the same minute, and is then known to have its date in the same place: nothing has to be searched.
 * Where dates stand behind a mark (scan/datepat.h), what comes before the first of these counts as
 * not there.
 */
enum date_head_state {
	DATE_HEAD_NONE,	   /* nothing is known */
	DATE_HEAD_SEEN,	   /* a line began so */
	DATE_HEAD_SETTLED, /* every line that begins so has its date there */
	DATE_HEAD_OPEN,	   /* not so: it depends on what follows */
};

/* A number within. .n is 0 if there is none, or if it has to be the same. */
struct date_head_digits {
	size_t at, n;
};

struct date_head {
	enum date_head_state state;
	unsigned seen;	   /* how many lines began so */
	unsigned patience; /* how many must, before it is worth settling */
	unsigned alone;	   /* how many were seen in a row that began as no other */
	unsigned wait;	   /* how many to let go before the next is seen */
	char mark; /* of the pattern */
	size_t n;
	char text[DATE_OPENING_BYTES];
	struct date_opening opening; /* what lines may begin with in its place */
	struct date_head_digits seconds, fraction;
	struct date_match match; /* places are counted from the mark on */
	/* The moment if seconds are 0; good for any now, or for one second only. */
	struct instant minute;
	bool relative;
	int64_t now_s;
};

void date_head_forget(struct date_head *h);

/* True if it tells where dates are, and, as far as that depends on it, at this second. */
static inline bool
date_head_holds(const struct date_head *h, struct instant now)
{
	return h->state == DATE_HEAD_SETTLED && (!h->relative || h->now_s == instant_seconds(now));
}

/* Of a line that fits. */
struct instant date_head_moment(const struct date_head *h, const char *line);

#endif
