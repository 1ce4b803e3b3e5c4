#ifndef F2B_CONFIG_JAIL_H
#define F2B_CONFIG_JAIL_H

#include "config/definition.h"

/*
 * One jail: its section of jail.conf with the filter and the actions it names.
 */
struct jail_action {
	struct slice name;    /* under which the server knows it */
	struct slice file;    /* of action.d, without its ending */
	struct place at;      /* where the jail names it */
	struct slice program; /* path of an action that is no text but a program; .p NULL: a text */
	struct slice text;    /* what the jail says of it */
	struct definition def; /* of one that is; of a program only given is set */
};

struct jail_config {
	struct slice name;
	struct scope scope; /* its section */
	struct traced backend;
	bool enabled;
	bool has_filter;
	struct definition filter;
	struct section options; /* its own, as far as commands use them */
	struct section seen;	/* its own as its actions see them. Source: observed */
	struct jail_action *actions;
	size_t action_count, action_cap;
	/* Why the jail is skipped, in fail2ban's words; .p NULL: it is good. */
	struct slice problem;
};

/*
 * Reads jail.conf and its like into *out, with what is fixed for all values. Returns what
 * include_read() does.
 */
int jail_tree(struct load *l, struct sections *out);

/*
 * Reads the section's jail, which lives in the arena as the tree does. A jail that is not enabled
 * is read no further than that. Returns 0, also for a jail with a problem, or -EINVAL after a
 * mistake was reported that ends the load.
 */
int jail_read(
    struct load *l, const struct sections *tree, struct section *section, struct jail_config *out);

/* Notes why the jail is skipped, and reports it with what to do; remedy may be NULL. */
void jail_problem(struct load *l, struct jail_config *j, struct place at, struct slice problem,
    const char *remedy);

/*
 * Replaces the tags in the filter and the actions of a jail that is good so far. Returns 0, or
 * -EINVAL after a mistake was reported that ends the load.
 */
int jail_replace(struct load *l, struct jail_config *j);

/*
 * The value of a jail's option as it is when none is set: from its row. False if it has none.
 */
bool jail_option(struct load *l, struct jail_config *j, const char *name, struct traced *out);

/* An option that a filter has too, as the jail has it: its own, else its filter's; or NULL. */
const struct traced *jail_filter_option(const struct jail_config *j, struct slice name);

#endif
