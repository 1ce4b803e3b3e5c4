#ifndef F2B_CONFIG_LINT_H
#define F2B_CONFIG_LINT_H

#include "config/jail.h"
#include "util/table.h"

/*
 * Doubts: what fail2ban takes without a word and an administrator did surely not mean. Each is a
 * warning to the sink of the load, with the place and a remedy. What this says of a configuration
 * as it was shipped would be noise, and is a mistake here.
 */

/*
 * Whether the place is in a file that the administrator writes, jail.local, f2b.yaml or one in jail.d: others
 * are shipped to be overridden.
 */
bool lint_own_file(const struct load *l, const struct place *at);

/* Looks at the options of fail2ban.conf and its like. */
void lint_server(struct load *l, const struct sections *tree);

/* Looks at all sections of jail.conf and its like, whether their jails are enabled or not. */
void lint_sections(struct load *l, const struct sections *tree);

/* Looks at the files of a filter or an action that a jail uses. */
void lint_definition(struct load *l, enum option_where kind, const struct definition *def);

/* What the jails before have said, for one that gets into their way. */
struct lint_jails {
	struct slice purge;   /* dbpurgeage; empty: not known */
	struct table grounds; /* names of jails by what their actions make in the firewall */
};

/* Looks at an enabled jail, whose options have been read. */
void lint_jail(struct load *l, struct lint_jails *all, struct jail_config *j);

void lint_jails_done(struct lint_jails *all);

/* All of that, for a request's lint: a program that names it nowhere has none of this in it. */
struct lint_calls {
	void (*server)(struct load *l, const struct sections *tree);
	void (*sections)(struct load *l, const struct sections *tree);
	void (*jail)(struct load *l, struct lint_jails *all, struct jail_config *j);
	void (*jails_done)(struct lint_jails *all);
};

extern const struct lint_calls lint_calls;

#endif
