#ifndef F2B_CONFIG_OPTLIST_H
#define F2B_CONFIG_OPTLIST_H

#include "config/load.h"
#include "config/section.h"

/*
 * The name of a filter or an action with options for it, as a jail's "filter" and "action" have
 * them:
 *
 *	name[option=value, option="a, b", option='a "b"', option?family=inet6=value]
 *
 * A value stands in quotes or goes up to the next comma or bracket. Lists may follow each other,
 * "name[a=1][b=2]". Source: jail.conf(5), and observed with fail2ban 1.1.1.
 */
struct optlist {
	struct slice name;
	struct section options; /* in the order given */
};

/*
 * Reads all of text. Returns 0, or -EINVAL with d saying what is wrong in fail2ban's words
 * ("unexpected syntax at 5 after option 'x':  y").
 */
int optlist_parse(struct arena *a, const struct traced *text, struct optlist *out, struct diag *d);

/*
 * Takes the next of several such definitions, which are separated by white space, off rest, which
 * starts as 0 and is an offset in text. False when there is none left.
 */
bool optlist_next(
    struct arena *a, const struct traced *text, size_t *rest, struct traced *definition);

#endif
