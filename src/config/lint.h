#ifndef F2B_CONFIG_LINT_H
#define F2B_CONFIG_LINT_H

#include "config/jail.h"

/*
 * Doubts: what fail2ban takes without a word and an administrator did surely not mean. Each is a
 * warning to the sink of the load, with the place and a remedy.
 */

/* Looks at all sections of jail.conf and its like, whether their jails are enabled or not. */
void lint_sections(struct load *l, const struct sections *tree);

/* Looks at an enabled jail, whose options have been read. purge is dbpurgeage; empty: not known. */
void lint_jail(struct load *l, struct jail_config *j, struct slice purge);

#endif
