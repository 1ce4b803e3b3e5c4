#ifndef F2B_SOURCE_SYSLOG_TEXT_H
#define F2B_SOURCE_SYSLOG_TEXT_H

#include "util/buf.h"

/*
 * A message of the syslog protocol as the line that a syslog daemon would write to its file: without
 * its priority; one of RFC 5424 in the order "TIME HOST APP[PROCESS]: TEXT". Newlines within become
 * the two characters \n, as in lines of the journal, so that no sender begins a line of its own.
 *
 * -EBADMSG if it does not begin with a priority, "<0>" to "<191>".
 * Source: RFC 3164 and RFC 5424
 */
int syslog_text_format(struct buf *out, struct slice message);

/*
 * A message in a stream: its bytes are counted ahead ("52 <13>..."), or it ends with a newline or NUL.
 * Returns the bytes taken from the start of stream, with *message within; 0 if it is not all there
 * yet; -EBADMSG if it will never be (max is the longest allowed).
 * Source: RFC 6587
 */
ptrdiff_t syslog_text_next(struct slice stream, size_t max, struct slice *message);

#endif
