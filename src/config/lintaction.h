#ifndef F2B_CONFIG_LINTACTION_H
#define F2B_CONFIG_LINTACTION_H

#include "config/lint.h"

/*
 * Doubts about one of a jail's actions: its files, its tags, programs that are not there, and what
 * the firewall will refuse. See lint.h.
 */
void lint_action(struct load *l, struct lint_jails *all, const struct jail_config *j,
    const struct jail_action *act);

#endif
