#ifndef F2B_CONFIG_INTERPOLATE_H
#define F2B_CONFIG_INTERPOLATE_H

#include "config/load.h"
#include "config/section.h"

/*
 * The references in a value:
 *
 *	%(name)s		the option of this section, or of [DEFAULT]
 *	%(section/name)s	the option of another section, or of [DEFAULT]
 *	%(default/name)s	the option of [DEFAULT]
 *	%(known/name)s		what the option was before this file changed it
 *	%(__name__)s		the name of the section
 *	%%			a percent sign
 *
 * Names are looked up in lower case. What is put in is searched for references too, 10 deep.
 */
#define INTERPOLATE_MAX_DEPTH 10
#define INTERPOLATE_MAX_STEPS 10000

/* Where names are looked up. */
struct scope {
	const struct sections *tree;
	const struct section *section;
	const struct section *given; /* wins over the section, see scope_given(); or NULL */
	bool action;		     /* the jail's options, by name, count as watched */
	const struct section *jail;  /* of an action: what counts behind given; or NULL */
	/* Names to look out for: one that was looked up sets *met. NULL: none. */
	const struct section *watched;
	bool *met;
};

/*
 * What stands in a jail's brackets as references see it: names in lower case, and of several that are
 * then alike the last. Lent by given, which does not change meanwhile. Source: observed.
 */
struct section scope_given(struct load *l, const struct section *given);

/*
 * Replaces the references in raw, which is the value of the named option. Returns 0, or -EINVAL
 * after it was reported.
 */
int interpolate(struct load *l, const struct scope *scope, struct slice option,
    const struct traced *raw, struct traced *out);

/* The option's value with its references replaced; -ENOENT if it is not set, -EINVAL as above. */
int scope_value(struct load *l, const struct scope *scope, struct slice option, struct traced *out);

#endif
