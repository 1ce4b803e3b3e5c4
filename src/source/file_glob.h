#ifndef F2B_SOURCE_FILE_GLOB_H
#define F2B_SOURCE_FILE_GLOB_H

#include "source/file.h"

/*
 * Files that come to match a pattern of glob(7) after it was first looked at: the folders in which they may
 * appear are watched. Where that does not work they are found by looking, twice a minute. Where looking takes
 * long, it is not done for each change.
 */
struct file_glob;

/* More folders than this are not watched for one pattern. */
#define FILE_GLOB_FOLDERS_MAX 1024

/*
 * found is called for every file that matches, again each time that something has changed, in a later turn of
 * the loop; path is lent for the call. It must not close the pattern.
 */
struct file_glob *file_glob_open(struct file_watcher *w, struct slice pattern,
    void (*found)(void *arg, struct slice path), void *arg);

void file_glob_close(struct file_glob *g); /* takes NULL */

struct slice file_glob_pattern(const struct file_glob *g);

#endif
