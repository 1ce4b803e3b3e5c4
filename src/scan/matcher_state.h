#ifndef F2B_SCAN_MATCHER_STATE_H
#define F2B_SCAN_MATCHER_STATE_H

#include "scan/budget.h"
#include "scan/matcher.h"

/* What a matcher is made of: for those who search. */
struct matcher {
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint32_t pairs; /* that data has room for */
	struct budget budget;
	bool careful; /* a search of this line took many steps */
};

/* Before a search for a regex of so many groups. */
void matcher_fit(struct matcher *m, unsigned groups);

#endif
