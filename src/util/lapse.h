#ifndef F2B_UTIL_LAPSE_H
#define F2B_UTIL_LAPSE_H

#include "util/buf.h"

/*
 * Adds a duration as the log tells it: up to three units, the smallest rounded away as the whole
 * grows: "10m", "1h 5m", "2d 7h 15m".
 */
void lapse_format(struct buf *out, double duration_s);

#endif
