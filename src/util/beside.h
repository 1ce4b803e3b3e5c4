#ifndef F2B_UTIL_BESIDE_H
#define F2B_UTIL_BESIDE_H

#include "util/arena.h"

/* Our programs lie in one folder, wherever that is. */

/* The path of the program of that name; the name alone where our own folder is not known. */
struct slice beside_path(struct arena *a, const char *name);

/* This process becomes that program. Returns only if it cannot: a negative errno. */
int beside_become(const char *name, char **argv);

#endif
