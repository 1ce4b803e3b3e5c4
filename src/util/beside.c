#include "util/beside.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

struct slice
beside_path(struct arena *a, const char *name)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
	ptrdiff_t folder = n;

	while (folder > 0 && self[folder - 1] != '/')
		folder--;
	return folder > 0 ? arena_printf(a, "%.*s%s", (int)folder, self, name)
			  : arena_copy(a, slice_cstr(name));
}

int
beside_become(const char *name, char **argv)
{
	struct arena a = {0};
	int r;

	(void)execv(beside_path(&a, name).p, argv);
	(void)execvp(name, argv);
	r = -errno;
	arena_done(&a);
	return r;
}
