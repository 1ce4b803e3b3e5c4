#include "action/nftlock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* -1 if somebody else has it. */
static int
lock_root(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool
nftlock_run(struct nft **n, bool locks, bool (*act)(struct nft *n, const void *arg), const void *arg)
{
	int fd = locks ? lock_root() : -1;
	bool done;

	if (locks && fd < 0)
		return false;
	done = (*n != NULL || nft_share(n) == 0) && act(*n, arg);
	if (fd >= 0)
		(void)close(fd);
	return done;
}
