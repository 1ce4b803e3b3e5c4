#ifndef F2B_SOURCE_JOURNAL_TEXT_H
#define F2B_SOURCE_JOURNAL_TEXT_H

#include "source/journal_lib.h"
#include "util/buf.h"
#include "util/time.h"

/* An entry as the line that syslog would have written. The journal stands at the entry. */
void journal_text_message(struct buf *out, sd_journal *journal);	/* HOST IDENT[PID]: MESSAGE */
void journal_text_date(struct buf *out, struct instant when);	/* ISO 8601, and a blank */

/* The sender's time where it gave one, else the journal's. */
struct instant journal_text_time(sd_journal *journal);

#endif
