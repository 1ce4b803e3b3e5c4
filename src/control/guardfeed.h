#ifndef F2B_CONTROL_GUARDFEED_H
#define F2B_CONTROL_GUARDFEED_H

#include "control/guard.h"
#include "control/hold.h"
#include "control/sources.h"
#include "source/feed.h"

/* A feed as what a jail reads: "backend = nflog[group=5]" and the like, see source/feed.h. */
struct guardfeed;

/* Tries the options of a backend of this kind. Opens nothing. -EINVAL with d if they are wrong. */
int guardfeed_check(struct slice backend, struct diag *d);

/* Its options have been checked. Opens nothing yet. */
struct guardfeed *guardfeed_new(struct guard *g);
/* Takes NULL, as do all that follow. */
void guardfeed_free(struct guardfeed *gf);

/* Begins to read. A failure is logged, and tried again with guardfeed_retry(). */
void guardfeed_start(struct guardfeed *gf);
void guardfeed_pause(struct guardfeed *gf, bool paused);

/* Opens what could not be opened before; cheap where nothing is to be done. */
void guardfeed_retry(struct guardfeed *gf);

/*
 * Holds the position before the line that is being taken. NULL where there is none: of kmsg alone can
 * anything be read again. The reference is the caller's.
 */
struct hold *guardfeed_hold(struct guardfeed *gf);

/* Gives the position, if it has moved, to the store. */
void guardfeed_store(struct guardfeed *gf);

/* False if it is not open. */
bool guardfeed_stats(const struct guardfeed *gf, struct feed_stats *out);

/* Kept by sources.c. */
struct source_rate *guardfeed_rate(struct guardfeed *gf);

#endif
