#ifndef F2B_CONFIG_FOLDER_H
#define F2B_CONFIG_FOLDER_H

#include "config/load.h"

/*
 * Which files there are. A definition may consist of many files, nearly all of which do not exist;
 * so a load with a cache lists each folder once instead of asking the system for every name. It
 * also makes one load see one version of each folder.
 */

/* A folder with more entries is asked for every name. */
#define FOLDER_MAX_ENTRIES 4096

/* Whether path leads to a file or a folder; a link that leads nowhere does not. */
bool folder_has(struct load *l, const char *path);

#endif
