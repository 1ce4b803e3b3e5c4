#ifndef F2B_CLIENT_MANUAL_H
#define F2B_CLIENT_MANUAL_H

#include "util/slice.h"

/*
 * Manual pages, in the language of man(7), on standard output. Text is plain: what roff would take for its own is escaped here.
 */

void manual_begin(const char *name, int section, const char *summary);
void manual_section(const char *title);
void manual_text(const char *text);
/* A term with what it means. */
void manual_item(const char *term, const char *text);

#endif
