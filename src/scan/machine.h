#ifndef F2B_SCAN_MACHINE_H
#define F2B_SCAN_MACHINE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "compat/pyre.h"

/* A regex in Python's notation as what PCRE2 searches with. */

/*
 * flags are those of pyre_translate(), options PCRE2's beside. The groups live in a. Returns 0; or -EINVAL
 * with *out NULL, and the reason in Python's words or PCRE2's, with its offset in text where it has one.
 */
int machine_compile(pcre2_code **out, struct slice text, unsigned flags, uint32_t options,
    struct arena *a, struct pyre_groups *groups, struct diag *reason);

#define MACHINE_SEARCHES 4
#define MACHINE_SHORT 500

/*
 * True if machine code is to be made of a regex now, as it is searched for in n bytes: once. searches counts
 * up to then, and starts as 0. Making it takes as long as some searches of a short text without it, and far
 * less than one of a long text that was built to be searched in vain.
 */
static inline bool
machine_code_due(unsigned *searches, size_t n)
{
	if (*searches == MACHINE_SEARCHES)
		return false;
	*searches = n > MACHINE_SHORT ? MACHINE_SEARCHES : *searches + 1;
	return *searches == MACHINE_SEARCHES;
}

#endif
