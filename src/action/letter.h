#ifndef F2B_ACTION_LETTER_H
#define F2B_ACTION_LETTER_H

#include "util/time.h"

/*
 * One mail as its recipient's server takes it (RFC 5322, RFC 2047, RFC 2045). Whatever is in the
 * parts, the text that comes out is ASCII, has no line that is too long, and no header that is not
 * ours.
 */
struct letter {
	struct slice from_name, from;
	struct slice to; /* addresses, or NAME <ADDRESS>, separated by commas */
	struct slice subject;
	struct slice body; /* lines that end with line feeds */
	struct instant when;
};

void letter_format(struct buf *out, const struct letter *l);

/* Adds the addresses alone of what a letter's to says, separated by commas. */
void letter_recipients(struct buf *out, struct slice to);

#endif
