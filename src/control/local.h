#ifndef F2B_CONTROL_LOCAL_H
#define F2B_CONTROL_LOCAL_H

#include "util/diag.h"

#include <sys/types.h>

/* Sockets of this machine's file system: who may connect, and who did. */

#define LOCAL_NO_GROUP ((gid_t)-1)

/*
 * Makes and binds a socket at path: for root and the server's own user (0700), or for them and
 * group (0660). Returns its descriptor; -EADDRINUSE if something is there already.
 */
int local_bind(const char *path, gid_t group, struct diag *d);

/* The group's number, from its name or the number itself. -ENOENT if there is none. */
int local_group(const char *name, gid_t *out);

/*
 * Whether who connected to fd is root, the server's own user, or a member of group. The mode keeps
 * others out; this also holds where a folder or a mount does not.
 */
bool local_peer_allowed(int fd, gid_t group);

#endif
