#ifndef F2B_CONFIG_DEFINITION_H
#define F2B_CONFIG_DEFINITION_H

#include "config/interpolate.h"
#include "config/options.h"

/*
 * A filter or an action as one jail uses it: what its file says, with the options that the jail
 * gives it in brackets. References and static tags are replaced, one after the other: what is wrong
 * with a tag does not count in a jail that is skipped for another reason.
 *
 * What wins: an option given by the jail, then [Init], then [Definition].
 */
struct definition {
	struct sections tree; /* of its files */
	/*
	 * Options that have a row, with all tags replaced in the end: those of [Definition], and for an action
	 * also those that the jail gives and those of [Init]; a filter has these in given.
	 */
	struct section defined;
	struct section given;	/* by the jail; for a filter those of [Init] follow */
	struct section by_jail; /* those that the jail gives */
	const struct section *jail; /* of an action: the jail's own options; or NULL */
	bool depends;		/* what a reference stands for may depend on given */
	struct section initial; /* what the jail does not give of an action's [Init] */
	const struct section *init; /* all of [Init], its references replaced */
	/*
	 * Of a filter: all options of [Definition], [Init] and the jail; those with a row come
	 * first. Their tags are replaced apart from those in what is used, which may come to the
	 * same.
	 */
	struct section combined;
	struct section asked; /* what tags in them stood for that are no option's name */
	bool combined_replaced;
	struct definition_shared *shared; /* of an action: what other jails have too; or NULL */
};

/*
 * What jails have in common that give an action options of the same names, as name and port, none
 * of which [Definition] has.
 */
struct definition_shared {
	struct definition_shared *next;
	struct section given;		 /* only the names count */
	struct section initial, defined; /* as in a definition */
	bool replaced;			 /* what tags in defined do not depend on the jail */
};

/* What to read, and what the jail adds to it. */
struct definition_request {
	enum option_where kind;
	struct slice file;	     /* "filter.d/sshd" or "action.d/iptables" */
	const struct section *given; /* the options in the jail's brackets */
	const struct option
	    *assumed; /* counts where neither these nor [Definition] have it; or NULL */
	const struct section *jail; /* its own options, which an action sees too; else NULL */
};

/*
 * Reads it. Returns 0, or a negative errno after the mistakes were reported: -ENOENT if there is
 * no such file.
 */
int definition_read(struct load *l, const struct definition_request *req, struct definition *out);

/*
 * Replaces the tags in all that a filter has, used or not: what the jail's "%(known/name)s" stand
 * for. Returns 0, or -EINVAL after the mistakes were reported.
 */
int definition_combine(struct load *l, struct definition *filter);

/*
 * Replaces the tags in what is used; an action's may stand for options of the jail too. Returns as
 * above.
 */
int definition_replace(struct load *l, enum option_where kind, struct definition *out);

/*
 * The option that is assumed of every filter: logtype is "file", or "journal" for a backend that
 * begins with "systemd". The prefix of a log line depends on it.
 */
struct option definition_logtype(struct slice backend);

#endif
