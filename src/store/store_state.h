#ifndef F2B_STORE_STORE_STATE_H
#define F2B_STORE_STORE_STATE_H

#include "store/change.h"
#include "store/schema.h"
#include "store/store.h"

/*
 * Inside store*.c: store.c opens it and keeps jails and logs, store_ban.c writes and reads bans,
 * store_purge.c forgets them.
 */
struct store {
	struct queries queries;
	struct changes changes;
	size_t max_matches;
	struct {
		size_t step;
		double time; /* rows of bips up to this time, and of it up to this row, were looked at */
		int64_t row;
	} purge;
};

#endif
