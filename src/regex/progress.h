#ifndef F2B_REGEX_PROGRESS_H
#define F2B_REGEX_PROGRESS_H

#include "util/time.h"

/*
 * How much of a long log is read, as a bar in the last line of a terminal: on standard error, and
 * only if that is one. It appears after half a second and is gone when all is done.
 */
struct progress {
	uint64_t total;	   /* bytes; 0: there is no bar */
	uint64_t checked;  /* bytes read when the clock was asked last */
	struct mono shown; /* when it was drawn last, at first the begin */
	bool drawn;
};

void progress_init(struct progress *p, uint64_t total, bool wanted);
void progress_step(struct progress *p, uint64_t done);
void progress_clear(struct progress *p);

#endif
