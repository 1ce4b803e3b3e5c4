#ifndef F2B_STORE_SALVAGE_H
#define F2B_STORE_SALVAGE_H

#include "util/buf.h"

#include <sqlite3.h>

/*
 * Copies what can be read of a damaged database into db, a new one with all tables: row by row, from
 * both sides of each place that cannot be read. A latest ban whose row is lost is made anew from the
 * table of all bans. The work is limited, whatever the file says.
 *
 * Adds to out, in words, how many rows of each table were rescued, and how many were there, if an
 * index still tells.
 */
void salvage(sqlite3 *db, const char *damaged, struct buf *out);

#endif
