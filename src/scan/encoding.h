#ifndef F2B_SCAN_ENCODING_H
#define F2B_SCAN_ENCODING_H

#include "util/buf.h"
#include "util/diag.h"
#include "util/newline.h"

/*
 * Bytes of a log as valid UTF-8. What the log's encoding does not allow becomes U+FFFD, as often
 * as Python's decoders put it with errors="replace".
 */
struct encoding;

/*
 * name  as Python knows it: "utf-8", "latin1", "cp1252", "KOI8-R", "utf-16", "ascii"; "auto" is the
 *       locale's, which is UTF-8 where none is set
 * Returns 0, or -EINVAL with d.
 */
int encoding_new(struct encoding **out, struct slice name, struct diag *d);
struct encoding *encoding_utf8(void);
void encoding_free(struct encoding *e);

/*
 * The name of the encoding that the environment's locale had when this was called first: reading a
 * locale is dear. Plain ASCII, which is what no locale gives, counts as UTF-8.
 */
struct slice encoding_locale(void);

/* True if what is ASCII in the text is so in the bytes, and the other way round. */
bool encoding_keeps_ascii(const struct encoding *e);

/* How lines end in it. */
struct newline encoding_newline(const struct encoding *e);

struct decoded {
	struct slice text;	/* lent by the line or by the encoding, until its next line */
	bool ascii;		/* nothing in text is beyond ASCII */
	bool broken;		/* something was replaced */
};

/* Gives back the memory that text takes if it is more than bytes; that of the last line is gone. */
void encoding_trim(struct encoding *e, size_t bytes);

void encoding_decode(struct encoding *e, struct slice line, struct decoded *out);

#endif
