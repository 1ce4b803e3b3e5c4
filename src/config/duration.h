#ifndef F2B_CONFIG_DURATION_H
#define F2B_CONFIG_DURATION_H

#include "compat/pyexpr.h"

/*
 * A duration as people write it: "600", "10m", "1d12h", "1h + 30m", "-1". The unit of the result
 * is seconds; it is an integer unless months, years or a fraction are involved, as with fail2ban.
 * Returns 0, or a negative errno as pyexpr_eval() does, with d naming what is wrong.
 */
int duration_parse(struct slice text, struct pyexpr_number *seconds, struct diag *d);

/* The same as seconds, for callers that take any. */
int duration_seconds(struct slice text, double *seconds, struct diag *d);

/* fail2ban's truth: 1, on, true and yes in any case are true, all else is false. */
bool duration_truth(struct slice text);

#endif
