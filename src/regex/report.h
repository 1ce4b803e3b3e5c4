#ifndef F2B_REGEX_REPORT_H
#define F2B_REGEX_REPORT_H

#include "regex/hit.h"
#include "regex/options.h"
#include "regex/subject.h"
#include "value/value.h"

/*
 * The statistics of a run: which regex and which date was hit how often, which lines matched, and
 * which did not.
 */
struct report;

enum report_class { REPORT_MATCHED, REPORT_IGNORED, REPORT_MISSED };

struct report *report_new(const struct options *o, const struct subject *s);
void report_free(struct report *r);

/* A failregex was hit. many: others have been on this line, so that it is worth a remark. */
void report_hit(struct report *r, const struct hit *hit, bool many);

/* The prefregex was hit; its groups are shown with -v only. */
void report_prefix(struct report *r, const struct door_attr *attrs, size_t attr_count);

/*
 * A line was read. regex is the failregex that matched it, for REPORT_MATCHED.
 */
void report_line(struct report *r, enum report_class class, struct slice line, size_t regex);

/* True if nothing of a further missed line would be shown but that there is one more. */
bool report_counts_missed(const struct report *r);
void report_missed(struct report *r, size_t count);

/* What the line that is about to be told of cost. */
void report_cost(struct report *r, struct span cost);

/* Lines before the present one turned out to be part of a match: they are no longer missed. */
void report_found_late(struct report *r, const struct door_line *line, size_t regex);

/* The same as report_show(), as a map in a; texts are lent by the report. */
struct value *report_value(const struct report *r, struct arena *a);

/* Shows everything. took is the time of the run. */
void report_show(const struct report *r, struct span took);

#endif
