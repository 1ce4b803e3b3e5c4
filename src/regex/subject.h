#ifndef F2B_REGEX_SUBJECT_H
#define F2B_REGEX_SUBJECT_H

#include "regex/options.h"
#include "scan/filter.h"
#include "util/arena.h"

/*
 * What is tried: a filter made of the command line's REGEX, which is the name of a jail or a
 * filter, the path of a filter file, or a regex; with the options around it.
 */
struct subject_regexes {
	struct slice *v; /* as they were given, which is how they are shown */
	size_t count, cap;
};

struct subject {
	struct arena arena;
	struct filter *filter;
	struct subject_regexes fail, ignore;
	struct slice journalmatch; /* the filter's; empty if it has none */
	bool dates;		   /* a filter or the command line has said something of dates */
};

/*
 * Makes the filter, and shows what it is made of unless o->quiet is set. Returns 0, or a negative
 * errno after the mistake was shown. In both cases ended by subject_done().
 */
int subject_load(struct subject *s, const struct options *o, struct filter_sink *sink);
void subject_done(struct subject *s);

#endif
