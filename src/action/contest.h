#ifndef F2B_ACTION_CONTEST_H
#define F2B_ACTION_CONTEST_H

#include "util/time.h"

/*
 * Two programs that each undo what the other does would go on for ever, as fast as they can. Whoever
 * takes our bans away now and then is put right at once; one who does it again and again, once a while.
 */
#define CONTEST_FREE 5		  /* times at once, ... */
#define CONTEST_WINDOW SPAN_S(10) /* ... within this */
#define CONTEST_WAIT_MS 1000

struct contest {
	struct mono since;
	unsigned count;		/* since then */
	uint64_t last;		/* the transaction that was counted last; 0: none */
	bool on;		/* said so already */
};

enum contest_verdict {
	CONTEST_AT_ONCE,
	CONTEST_BEGINS, /* wait, and say so */
	CONTEST_GOES_ON,
};

/* A transaction (none has the number 0) took something away; it may be told of several times. */
enum contest_verdict contest_loss(struct contest *c, uint64_t transaction, struct mono now);

#endif
