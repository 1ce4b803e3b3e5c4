#ifndef F2B_CLIENT_BEAUTIFY_H
#define F2B_CLIENT_BEAUTIFY_H

#include "util/buf.h"
#include "value/value.h"

/*
 * Replies as people, and programs that parse them, read them: byte for byte what fail2ban-client
 * prints, less the newline at the end. Texts are as they came; who prints them to a terminal escapes them.
 * Source: transcripts of fail2ban-client 1.1.1.
 */

/* words is the command, a list of texts; reply what the server returned for it. */
void beautify_reply(struct buf *out, const struct value *words, const struct value *reply);

/* The same for a command that failed, whichever it was. */
void beautify_error(struct buf *out, const struct value *error);

#endif
