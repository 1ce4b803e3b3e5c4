#ifndef F2B_CONTROL_SOURCES_H
#define F2B_CONTROL_SOURCES_H

#include "control/guard.h"
#include "value/value.h"

/* How much a source has delivered, and how fast of late. */
struct source_rate {
	uint64_t lines;	/* when last looked at */
	struct mono at;
	double per_s;	/* from the look before to the last */
};

/* Looks at the rates, and tells the log of sources that have fallen behind: once in a while. */
void sources_look(struct guard *g);

/*
 * What the jail reads, for "status JAIL sources": a list of pairs (source, list of (label, number)). Lag is
 * what was written to a file and not yet read, and since when there is any.
 */
struct value *sources_of(struct arena *a, const struct guard *g);

#endif
