#ifndef F2B_TESTS_SCRATCH_H
#define F2B_TESTS_SCRATCH_H

/* Files of a test, in a folder of its own below /tmp. For one source each; after cmocka.h. */

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

/* The path of a name in it, until the next call. */
static inline const char *
scratch_path(const char *folder, const char *name)
{
	static char out[256];

	(void)snprintf(out, sizeof(out), "%s/%s", folder, name);
	return out;
}

static inline void
scratch_put(const char *folder, const char *name, const char *text)
{
	FILE *f = fopen(scratch_path(folder, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline int
scratch_remove_inner(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	return where->level > 0 ? remove(path) : 0;
}

/* Removes all that is in it; scratch_remove() also the folder. 0, or not. */
static inline int
scratch_clear(const char *folder)
{
	return nftw(folder, scratch_remove_inner, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int
scratch_remove(const char *folder)
{
	return scratch_clear(folder) != 0 ? -1 : remove(folder);
}

#endif
