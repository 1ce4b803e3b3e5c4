#ifndef F2B_SCAN_MACHINE_H
#define F2B_SCAN_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

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
