#ifndef F2B_REGEX_REACH_H
#define F2B_REGEX_REACH_H

#include "scan/pattern.h"

/*
 * How far a regex gets on a text where it does not match: its pieces (characters, sets, groups, tags)
 * are put together one by one, within groups too, until what they make up matches no more.
 */
struct reach {
	bool matched;	/* all of it does */
	size_t regex_n; /* so many bytes of the regex match; 0 if not even the first piece does */
	size_t next_n;	/* and these behind them do not */
	size_t start, end; /* what they match in the text */
};

/* flags are pattern_new()'s; text is as for pattern_search(). A regex that is none reaches nothing. */
void reach_find(struct reach *out, struct matcher *m, struct slice regex, unsigned flags,
    struct slice text, bool ascii);

#endif
