#ifndef F2B_CLIENT_STATS_H
#define F2B_CLIENT_STATS_H

#include "util/buf.h"
#include "value/value.h"

/*
 * The table that "stats" shows: of each jail its back end, and failures and bans, now and in all.
 * Source: transcripts of fail2ban-client 1.1.1.
 */

/* jails maps names to [back end, (failures now, in all), (bans now, in all)]; other rows are left
 * out. */
void stats_format(struct buf *out, const struct value *jails);

#endif
