#ifndef F2B_JAIL_SELF_H
#define F2B_JAIL_SELF_H

#include "util/addr.h"
#include "util/time.h"

/*
 * True if a is an address of one of this machine's interfaces. The list is read again when it is
 * older than five minutes at now.
 */
bool self_address(const struct addr *a, struct mono now);

/* The same for any address that lies within a network. */
bool self_within(const struct addr *net, struct mono now);

#endif
