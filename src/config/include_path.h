#ifndef F2B_CONFIG_INCLUDE_PATH_H
#define F2B_CONFIG_INCLUDE_PATH_H

#include "config/load.h"

/* Which files there are, for include.c: what a name or a path stands for, in order. */

/* What is read of a file: all of it, or one part. */
struct path {
	const char *path; /* NULL ends a list */
	const char *part; /* or NULL */
	struct slice key; /* what it is sorted by */
};

/* The most that a path in an include stands for. */
#define NAMED_MAX 4

/* What name means in a file of the folder dir. */
const char *include_path_join(struct load *l, struct slice dir, struct slice name);

/*
 * What a path in an include stands for, in order: the file in both forms, and its local twin in
 * both. They need not exist.
 */
void include_path_forms(struct load *l, const char *path, struct path out[NAMED_MAX + 1]);

/*
 * The files that a name below the configuration folder stands for, those that exist; how many goes
 * to *count. *out is the caller's to free with mem_free() in any case, and ends with one without a path.
 * Returns 0, or -EINVAL after it was reported that there are too many.
 */
int include_path_find(struct load *l, struct slice name, struct path **out, size_t *count);

#endif
