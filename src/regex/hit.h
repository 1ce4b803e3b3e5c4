#ifndef F2B_REGEX_HIT_H
#define F2B_REGEX_HIT_H

#include "scan/door.h"

/* A failure as it is shown: with its id resolved, if that was a name to look up. */
struct hit {
	struct slice id;
	const struct door_failure *failure;
	bool dated;
	struct instant when; /* now if not dated */
};

#endif
