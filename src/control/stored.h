#ifndef F2B_CONTROL_STORED_H
#define F2B_CONTROL_STORED_H

#include "control/guard.h"

/* How a jail's bans and those in the database compare. There must be a store. */
struct stored {
	size_t there, missing;
	size_t extra; /* that are in the database alone */
};

/* A negative errno with d if the database cannot be read. */
int stored_compare(struct guard *g, struct stored *out, struct diag *d);

/* Stores the bans that are missing; the same. */
int stored_complete(struct guard *g, struct diag *d);

#endif
