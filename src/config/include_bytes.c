#include "config/include.h"
#include "config/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is left to read of a file of so many bytes, as long as it fits; 0: only its end tells. */
static int
read_rest(int fd, size_t size, struct buf *b)
{
	while (size == 0 || b->n < size) {
		size_t want = size > 0 ? size - b->n : 16384;
		char *room = buf_room(b, want);
		ssize_t n;

		if (room == NULL)
			return -EFBIG;
		n = read(fd, room, want);
		if (n == 0)
			return 0;
		if (n > 0)
			buf_wrote(b, (size_t)n);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static bool
same_version(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* -EAGAIN if somebody wrote to the file meanwhile: half of one version fits half of another. */
static int
read_file(int fd, struct buf *b)
{
	struct stat before, after;
	int r;

	if (fstat(fd, &before) < 0)
		return -errno;
	if (S_ISDIR(before.st_mode))
		return -EISDIR;
	if (S_ISFIFO(before.st_mode))
		return -ESPIPE;
	/* One that grows meanwhile is not of this version any more, and is read again. */
	r = read_rest(fd, (size_t)before.st_size, b);
	if (r == 0 && fstat(fd, &after) < 0)
		return -errno;
	return r == 0 && !same_version(&before, &after) ? -EAGAIN : r;
}

int
include_bytes(struct load *l, const char *path, struct slice *out)
{
	struct buf b;
	int fd, r = -EAGAIN;

	buf_init(&b, INI_MAX_BYTES);
	for (unsigned tries = 0; r == -EAGAIN && tries < INCLUDE_TRIES; tries++) {
		buf_clear(&b);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0) {
			r = -errno;
			break;
		}
		r = read_file(fd, &b);
		(void)close(fd); /* was only read */
	}
	if (r == 0)
		*out = arena_copy(l->arena, buf_slice(&b));
	buf_done(&b);
	return r;
}
