#include "util/sockbuf.h"

#include <sys/socket.h>

static void
sockbuf_set(int fd, int forced, int asked, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, asked, &bytes, sizeof(bytes));
}

void
sockbuf_send(int fd, int bytes)
{
	sockbuf_set(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

void
sockbuf_receive(int fd, int bytes)
{
	sockbuf_set(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}
