#include "action/netlink.h"

#include <errno.h>
#include <sys/socket.h>

int
netlink_open(struct mnl_socket **out)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int r;

	if (s == NULL)
		return -errno;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		(void)mnl_socket_close(s);
		return r;
	}
	*out = s;
	return 0;
}
