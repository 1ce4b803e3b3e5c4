#ifndef F2B_REGEX_RESOLVE_H
#define F2B_REGEX_RESOLVE_H

#include "util/addr.h"

#define RESOLVE_MAX 16

/*
 * Looks a host name up, here and now, since nothing else waits for this program; remembers the
 * last answer, as the next line often has the same name. Returns how many addresses there are,
 * at most RESOLVE_MAX of which are in *addrs, lent until the next call.
 */
size_t resolve_name(struct slice name, const struct addr **addrs);

#endif
