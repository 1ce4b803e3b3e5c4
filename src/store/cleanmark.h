#ifndef F2B_STORE_CLEANMARK_H
#define F2B_STORE_CLEANMARK_H

#include <stdbool.h>

/*
 * Tells a file that nobody has written to since it was closed in good order, for it is not looked
 * through for damage then. The mark is in the date of its last change: of that, the fraction of a second
 * is a certain one. Whoever writes to the file, SQLite or anything else, takes the mark away. So does a
 * copy that keeps no dates, and a file system that keeps only whole seconds has none: the file is looked
 * through as if there were no mark.
 */

/* Whether the file at path has it. */
bool cleanmark_is_set(const char *path);

/* The same, and takes it away, so that no copy has it that is made while the file is written. */
bool cleanmark_take(const char *path);

/* Nobody may be writing to the file meanwhile. Where it cannot be set, there is none. */
void cleanmark_set(const char *path);

#endif
