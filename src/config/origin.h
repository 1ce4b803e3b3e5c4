#ifndef F2B_CONFIG_ORIGIN_H
#define F2B_CONFIG_ORIGIN_H

#include "config/load.h"
#include "config/section.h"

/*
 * Where each option of a jail has its value from, for a person who wonders. Everything lives in the
 * arena of the load.
 */
enum origin_from {
	ORIGIN_JAIL,	/* its section */
	ORIGIN_DEFAULT, /* [DEFAULT] */
	ORIGIN_FILTER,	/* a file of its filter */
	ORIGIN_GIVEN,	/* what the jail gives an action */
	ORIGIN_ACTION,	/* a file of that action */
	ORIGIN_BUILTIN, /* nobody sets it */
};

/* An option as a file has it. */
struct origin_place {
	enum origin_from from;
	const struct traced *written; /* references and tags as they stand there; NULL: built in */
};

struct origin {
	struct slice name; /* "ACTION/NAME" for an option of an action */
	struct slice value;
	bool wrong; /* its references cannot be replaced; the value is as it is written */
	struct origin_place place;
	struct origin_place *before; /* what this overrides, the latest first */
	size_t before_count, before_cap;
};

struct origins {
	struct slice jail;
	struct place at;
	bool enabled;
	struct origin *v;
	size_t count, cap;
};

/*
 * The options of the jail that mean something to f2b or stand in its section, and of its filter and
 * its actions, which are looked at if the jail is enabled. Or, where only.p is not NULL, those of
 * that name: an option, which may be any in [DEFAULT] as well, all of an action, or one of an action
 * as ACTION/NAME. Mistakes of the files and of the filter go to the sink. Returns 0, or -EINVAL where
 * the files cannot be read or there is no such jail, which is told too.
 */
int origin_find(struct load *l, struct slice jail, struct slice only, struct origins *out);

#endif
