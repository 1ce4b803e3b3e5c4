#ifndef F2B_CONFIG_LOGPATH_H
#define F2B_CONFIG_LOGPATH_H

#include "config/jail.h"

/*
 * Adds the log files of the jail to files, a pair of path and "head" or "tail" for each. May turn
 * the jail to the journal where it has none, or find a problem with it. Returns 1; 0 if it is to be
 * left out for having no log; -EINVAL if that ends the load, after it was reported.
 */
int logpath_find(
    struct load *l, const struct config_request *req, struct jail_config *j, struct value *files);

#endif
