#ifndef F2B_CONTROL_SKIP_H
#define F2B_CONTROL_SKIP_H

#include "config/config.h"

/*
 * For a start, where jails that are right protect better than nothing: tries the commands as
 * command_check() does, and takes those of jails with a mistake out of the configuration. In place of
 * such a jail stands the command by which the server tells of it, as for one without its filter.
 * Jails that are not in the list allowed must be right; NULL allows all.
 *
 * Returns 0, or -EINVAL if a jail is wrong that must not be, a mistake concerns no jail, or no jail is
 * left; all has been told to sink.
 */
int skip_wrong_jails(struct config *c, const struct value *allowed, struct diag_sink *sink);

#endif
