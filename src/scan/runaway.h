#ifndef F2B_SCAN_RUNAWAY_H
#define F2B_SCAN_RUNAWAY_H

#include "scan/pattern.h"
#include "util/buf.h"

/*
 * Regular expressions that can run away: a short line exists that they take more steps with than a
 * line may cost, because two parts of them that repeat take the same text, and every way to share
 * it is tried. Whoever can write to the log can write that line.
 */

/* Length of the lines that are tried: what a name, an address and a path in one line may come to. */
#define RUNAWAY_LINE_BYTES 512

/*
 * Looks for such a line, and tries each that it thinks of, so that what it finds is one. Returns
 * true and writes a short form of it to line; false if it finds none, though there may be one.
 */
bool runaway_find(struct pattern *p, struct matcher *m, struct buf *line);

#endif
