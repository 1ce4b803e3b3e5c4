#ifndef F2B_STORE_CHANGEVOID_H
#define F2B_STORE_CHANGEVOID_H

#include "store/change.h"

/*
 * Drops of those that wait what c, which is yet to be added, makes void, so that there is only as much
 * to write as there are things to know. The tables come to the same, but that of the bans of one
 * address only the last ten are kept. False if c itself is not needed. No group may be under way.
 */
bool changevoid(struct changes *cs, const struct change *c);

/* Drops the newest ban of c's address and jail, if nothing came after it: the row of c replaces it. */
bool changevoid_ban(struct changes *cs, const struct change *c);

#endif
