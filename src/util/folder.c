#include "util/folder.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void
folder_make(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof(folder))
		return;
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	/* If that fails, opening the file will say why. */
	(void)mkdir(folder, 0755);
}
