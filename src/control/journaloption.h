#ifndef F2B_CONTROL_JOURNALOPTION_H
#define F2B_CONTROL_JOURNALOPTION_H

#include "source/journal.h"
#include "util/arena.h"

/*
 * The options in the brackets of "systemd[...]", a jail's backend or a log of f2b-regex; their texts
 * live in a. -EINVAL with d if they are wrong.
 */
int journaloption_parse(
    struct arena *a, struct slice backend, struct journal_options *out, struct diag *d);

#endif
