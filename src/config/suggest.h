#ifndef F2B_CONFIG_SUGGEST_H
#define F2B_CONFIG_SUGGEST_H

#include "util/buf.h"

/*
 * The name of a filter or an action in the folder that is nearest to a misspelled one, without its
 * ending. False if none is near.
 */
bool suggest_file(const char *folder, struct slice name, struct buf *out);

/* How many letters must be changed, added or taken away; limit + 1 for more than limit. */
unsigned suggest_distance(struct slice a, struct slice b, unsigned limit);

#endif
