#include "control/local.h"

#include "util/mem.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* libuv would hide some errors of bind(2), so it gets a socket that is bound. */
int
local_bind(const char *path, gid_t group, struct diag *d)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct place here = {.file = path};
	size_t n = strlen(path);
	mode_t mask;
	int fd, r = 0;

	if (n >= sizeof(at.sun_path))
		return diag_fail(d, -ENAMETOOLONG, here,
		    "the path of the socket is too long; at most %zu bytes",
		    sizeof(at.sun_path) - 1);
	memcpy(at.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_fail(d, -errno, here, "no socket: %s", strerror(errno));
	/* The mode must hold from the first moment: a chmod afterwards would come late. */
	mask = umask(group == LOCAL_NO_GROUP ? 077 : 0117);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		r = -errno;
	(void)umask(mask);
	if (r == 0 && group != LOCAL_NO_GROUP && lchown(path, (uid_t)-1, group) < 0) {
		r = -errno;
		(void)unlink(path);
	}
	if (r < 0) {
		(void)close(fd);
		return diag_fail(d, r, here, "cannot bind the control socket: %s", strerror(-r));
	}
	return fd;
}

int
local_group(const char *name, gid_t *out)
{
	const struct group *g = getgrnam(name);
	uint64_t number;

	if (g != NULL)
		*out = g->gr_gid;
	else if (slice_u64(slice_cstr(name), UINT32_MAX - 1, &number) == 0)
		*out = (gid_t)number;
	else
		return -ENOENT;
	return 0;
}

static bool
peer_has_group(int fd, gid_t group)
{
	socklen_t n = 0;
	bool found = false;
	gid_t *groups;

	/* Tells how much room they need. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &n) == 0 || errno != ERANGE)
		return false;
	groups = mem_array(n / sizeof(*groups) + 1, sizeof(*groups));
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) == 0)
		for (size_t i = 0; i < n / sizeof(*groups) && !found; i++)
			found = groups[i] == group;
	mem_free(groups);
	return found;
}

bool
local_peer_allowed(int fd, gid_t group)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return group != LOCAL_NO_GROUP && (peer.gid == group || peer_has_group(fd, group));
}
