#ifndef F2B_ACTION_NFTWATCH_H
#define F2B_ACTION_NFTWATCH_H

#include "util/list.h"
#include "util/slice.h"

#include <uv.h>

/*
 * Hears from the kernel when somebody else takes something out of nf_tables: one socket for all who
 * want to know.
 */
struct nftwatch {
	struct list link;
	/*
	 * Called after a transaction of somebody else that deleted something: in the table, and in that
	 * set of it unless set is empty. An empty table: anything may be gone, as messages were lost.
	 */
	void (*lost)(struct nftwatch *w, struct slice table, struct slice set);
};

/* w->lost is set by the caller. A negative errno if the kernel cannot be listened to. */
int nftwatch_add(struct nftwatch *w, uv_loop_t *loop);
void nftwatch_remove(struct nftwatch *w);	/* may not have been added */

/* The number of the transaction that is being told of; never 0 then. */
uint64_t nftwatch_transaction(void);

#endif
