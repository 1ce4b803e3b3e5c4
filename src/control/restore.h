#ifndef F2B_CONTROL_RESTORE_H
#define F2B_CONTROL_RESTORE_H

#include "control/guard.h"

/*
 * Takes over the bans that the store still holds for a jail that starts, but for those who are to be
 * ignored now or are banned already. Where the store cannot be read, g->unrestored says that it is to
 * be tried again.
 */
void restore_bans(struct guard *g);

#endif
