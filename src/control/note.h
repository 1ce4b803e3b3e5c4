#ifndef F2B_CONTROL_NOTE_H
#define F2B_CONTROL_NOTE_H

#include "control/guard.h"

/*
 * What a filter noticed about its lines, for the log. Each kind is told once a day and jail, a regex
 * that takes too long once for good. See enum filter_note for line and amount.
 */
void note_take(struct guard *g, enum filter_note note, struct slice line, int64_t amount);

#endif
