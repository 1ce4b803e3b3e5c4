#ifndef F2B_MANAGE_FINDINGS_H
#define F2B_MANAGE_FINDINGS_H

#include "manage/quote.h"
#include "util/buf.h"
#include "value/value.h"

/*
 * What "check" finds: every message of a load and of a trial of its commands, once, in the order in
 * which they came, with the line that it is about as it is written in the file.
 */
#define FINDINGS_VERSION 1 /* of the shape that findings_value() gives */

struct findings {
	struct diag_sink sink; /* takes the messages */
	struct arena arena;
	struct quoter quoter;
	struct finding *v;
	size_t count, cap;
	size_t errors, warnings; /* also those beyond the number that is kept */
};

void findings_init(struct findings *all);
void findings_done(struct findings *all);

/* As a compiler prints them, with the numbers of errors and warnings in the last line. */
void findings_text(const struct findings *all, struct buf *out);

/* For other programs: docs/diagnostics.md has the shape. Lives as long as all does. */
struct value *findings_value(struct findings *all);

#endif
