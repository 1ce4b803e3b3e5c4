#ifndef F2B_CONTROL_DOUBTREGEX_H
#define F2B_CONTROL_DOUBTREGEX_H

#include "control/doubt.h"

/* Looks at regular expressions, v being one or a list of them, and at a datepattern. */
void doubt_failregex(struct doubt *t, const struct value *v);
void doubt_ignored(struct doubt *t, const struct value *v);
void doubt_datepattern(struct doubt *t, const struct value *v);

#endif
