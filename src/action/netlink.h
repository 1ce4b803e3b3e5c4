#ifndef F2B_ACTION_NETLINK_H
#define F2B_ACTION_NETLINK_H

#include <libmnl/libmnl.h>

/* A socket to the kernel's netfilter, of which no call waits. 0, or a negative errno. */
int netlink_open(struct mnl_socket **out);

#endif
