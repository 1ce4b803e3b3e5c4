#ifndef F2B_CLIENT_JAILS_H
#define F2B_CLIENT_JAILS_H

#include "client/grid.h"
#include "client/link.h"

/* How all jails of a server are doing, in numbers; for "status --table" and "top". */
struct jails_row {
	struct slice name, backend;
	int64_t failing, failed, banned, bans; /* now, and since the start, of both */
	double lines_s, lag_s;		       /* negative where the server does not say */
};

struct jails {
	struct jails_row *v;
	size_t count;
};

/*
 * Asks the server; the rows live in a. Returns 0, or -EPROTO with *reply, if what it answered is no
 * statistics, or the negative errno of link_ask() with d.
 */
int jails_load(
    struct link *l, struct arena *a, struct jails *out, const struct value **reply, struct diag *d);

const struct jails_row *jails_find(const struct jails *j, struct slice name);

#endif
