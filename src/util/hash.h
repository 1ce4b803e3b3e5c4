#ifndef F2B_UTIL_HASH_H
#define F2B_UTIL_HASH_H

#include "util/slice.h"

/*
 * The hash of a text, keyed by a secret of this process (SipHash), so that nobody outside can
 * choose texts that collide.
 */
uint64_t hash_text(struct slice text);

#endif
