#ifndef F2B_CONFIG_FILTERFILE_H
#define F2B_CONFIG_FILTERFILE_H

#include "config/load.h"
#include "config/section.h"

/*
 * The settings of one filter, for a tool that tries it: from a file of filter.d with options, or as
 * a jail uses it, whether that jail is enabled or not.
 */
struct filterfile_regex {
	struct slice text;
	struct place at;
};

struct filterfile_regexes {
	struct filterfile_regex *v;
	size_t count, cap;
};

struct filterfile {
	/* Everything lives in the arena of the load. */
	struct filterfile_regexes fail, ignore;
	struct traced prefregex, datepattern, maxlines, usedns, journalmatch;	/* text.n 0: not set */
	struct slice zone;		/* of a jail; or empty */
};

/*
 * Reads file, which is "filter.d/NAME" below the folder of l or an absolute path without its
 * ".conf". given are options for it. Mistakes go to the sink of l. Returns 0, or a negative errno:
 * -ENOENT if there is no such file.
 */
int filterfile_read(
    struct load *l, struct slice file, const struct section *given, struct filterfile *out);

/*
 * True if jail.conf and its like have a section of that name. They are then in *jails, for
 * filterfile_read_jail(). Reports nothing.
 */
bool filterfile_is_jail(struct load *l, struct slice name, struct sections *jails);

/*
 * Reads the filter of a jail, which jails have; given win over the options that the jail gives it.
 * Mistakes go to the sink of l. A jail without a filter has what its own options say.
 */
int filterfile_read_jail(struct load *l, const struct sections *jails, struct slice name,
    const struct section *given, struct filterfile *out);

#endif
