#ifndef F2B_CONTROL_GUARDGLOB_H
#define F2B_CONTROL_GUARDGLOB_H

#include "control/guard.h"
#include "value/value.h"

/*
 * The patterns of a jail's log paths. Which files there are is decided when the configuration is read,
 * as with fail2ban; what comes to match later is added here, and read from its start.
 */

/* -EEXIST if the jail has it; -EINVAL if it is no absolute path with characters of a pattern. */
int guardglob_add(struct guard *g, struct slice pattern);
void guardglob_del(struct guard *g, struct slice pattern);

/* During a reload: forgets which were named; drops those that were not named since. */
void guardglob_reload_begin(struct guard *g);
void guardglob_reload_end(struct guard *g);

void guardglob_remove_all(struct guard *g);

/* The patterns, as a list of texts. */
struct value *guardglob_list(struct arena *a, const struct guard *g);

#endif
