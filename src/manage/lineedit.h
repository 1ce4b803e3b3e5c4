#ifndef F2B_MANAGE_LINEEDIT_H
#define F2B_MANAGE_LINEEDIT_H

#include "util/slice.h"

/*
 * Lines from a terminal, with editing, a history of this session, and TAB for what may come next
 * (see complete.h). lineedit_none.c takes its place in builds without libedit.
 */
struct lineedit;

/* Both are borrowed. NULL where standard input is no terminal, or there is no editor. */
struct lineedit *lineedit_new(const char *prompt, struct slice socket);
void lineedit_free(struct lineedit *e); /* takes NULL */

/* The next line, lent until the next call; NULL at the end. */
const char *lineedit_read(struct lineedit *e);

#endif
