#ifndef F2B_REGEX_EXPLAIN_H
#define F2B_REGEX_EXPLAIN_H

#include "regex/subject.h"

/*
 * One line, step by step: which date was found, what text the regexes saw, how far each got, and
 * what came of it.
 */

/* What the filter said of the line. Slices are lent for the call. */
struct explain_outcome {
	enum filter_result result;
	bool nofail;		/* a match that is no failure by itself */
	bool unknown;		/* a match where nobody is named yet */
	bool limit;		/* a regex took too many steps */
	struct slice failures;	/* who failed, one a line */
	struct slice date;	/* of an entry of the journal, which comes with it; else empty */
};

/*
 * Adds the explanation. line is valid UTF-8; the filter has seen it already. colour marks what
 * matched with the terminal's colours. all shows every regex, else those that got farthest.
 */
void explain_line(struct buf *out, const struct subject *s, struct slice line, struct instant now,
    const struct explain_outcome *outcome, bool colour, bool all);

#endif
