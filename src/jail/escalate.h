#ifndef F2B_JAIL_ESCALATE_H
#define F2B_JAIL_ESCALATE_H

#include "util/diag.h"

/*
 * Ban times that grow with every ban of the same id ("bantime.increment").
 *
 * The time is "multipliers" (the jail's ban time, times the factor, times the multiplier of that
 * count or the last one) where given; else the formula, but not less than the jail's ban time. It
 * is cut at maxtime, and then up to rndtime seconds are added. Source: observed.
 */
struct escalate {
	struct slice factor;	/* an expression; empty: 1 */
	struct slice formula;	/* with ban.Time, ban.Count, banFactor; empty: doubling */
	struct slice multipliers;	/* numbers apart by blanks; empty: none */
	double maxtime_s;	/* negative: no limit */
	double rndtime_s;	/* 0: nothing is added */
};

/*
 * base_s   the jail's ban time, above 0
 * count    how often the id was banned before, at least 1
 * chance   from 0 to 1, for rndtime
 * Returns 0, or -EINVAL with d if an expression is wrong; *out_s is then not set.
 */
int escalate_bantime(const struct escalate *e, double base_s, unsigned count, double chance,
    double *out_s, struct diag *d);

/*
 * How many failures one failure of somebody who was banned count times before is worth; at most
 * maxretry.
 */
double escalate_retries(unsigned count, unsigned maxretry);

#endif
