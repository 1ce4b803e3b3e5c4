#ifndef F2B_SOURCE_JOURNAL_TEXT_H
#define F2B_SOURCE_JOURNAL_TEXT_H

#include "source/journal_lib.h"
#include "source/source.h"
#include "util/buf.h"
#include "util/time.h"

/* Of a line as long as may be, and one byte more, which tells that there was more. */
#define JOURNAL_TEXT_MAX (SOURCE_LINE_MAX + 1)

/*
 * Writes the entry at which the journal stands as the line that syslog would have written, "HOST
 * IDENT[PID]: MESSAGE", cut to JOURNAL_TEXT_MAX, which out must have room for.
 * Returns 0; or the negative errno of a field that could not be read, with what the others gave.
 */
int journal_text_message(struct buf *out, sd_journal *journal);

/* The sender's time where it gave one, else the journal's. */
struct instant journal_text_time(sd_journal *journal);

#endif
