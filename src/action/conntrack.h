#ifndef F2B_ACTION_CONNTRACK_H
#define F2B_ACTION_CONNTRACK_H

#include "util/addr.h"

#include <uv.h>

/*
 * Ends the connections of somebody who has just been banned: the kernel forgets them, so that their
 * next packet is a first one, which firewalls that let established connections pass look at again.
 *
 * The kernel is asked for all its connections, so this is done for many at a time, at most a few
 * times a second, a moment after the ban.
 */
void conntrack_end(uv_loop_t *loop, const struct addr *banned);

#endif
