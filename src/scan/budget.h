#ifndef F2B_SCAN_BUDGET_H
#define F2B_SCAN_BUDGET_H

#include "util/time.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * What the regexes of one filter may cost on one line, all together: BUDGET_LINE of computing time,
 * not of the clock on the wall, so that a loaded machine loses no line. Regexes translated with
 * PYRE_METERED draw on it as they search.
 */
#define BUDGET_LINE SPAN_MS(20)

struct budget {
	uint32_t calls; /* since the line began */
	/* When the line turned out to take long, by the clock that is cheap to read, */
	struct mono begun;
	struct span begun_cpu; /* and by the one that counts, since it took longer; .us is 0 before */
	bool spent;
};

/* A new line. */
void budget_begin(struct budget *b);

/* Searches with that context draw on b, and end with PCRE2_ERROR_CALLOUT when it is spent. */
void budget_attach(struct budget *b, pcre2_match_context *context);

#endif
