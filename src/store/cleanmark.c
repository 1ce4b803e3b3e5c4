#include "store/cleanmark.h"

#include <fcntl.h>
#include <sys/stat.h>

/* By chance, one file in 10^9 has it. Whole microseconds, as some file systems keep no more. */
#define MARK_NS 718281000

bool
cleanmark_is_set(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_mtim.tv_nsec == MARK_NS;
}

bool
cleanmark_take(const char *path)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};

	return cleanmark_is_set(path) && utimensat(AT_FDCWD, path, times, 0) == 0;
}

void
cleanmark_set(const char *path)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	/* Less than a second later than the last change, and never before: who copies what is newer, copies it. */
	times[1].tv_sec = st.st_mtim.tv_sec + (st.st_mtim.tv_nsec > MARK_NS);
	times[1].tv_nsec = MARK_NS;
	(void)utimensat(AT_FDCWD, path, times, 0);
}
