#ifndef F2B_UTIL_ESCAPE_H
#define F2B_UTIL_ESCAPE_H

#include "util/buf.h"

/*
 * True for what a terminal could act on, or be made to show in another order than it stands: control
 * characters (C0, DEL and C1) but a tab, marks that change the direction of writing (Unicode,
 * Bidi_Control), and the separators of lines and paragraphs.
 */
bool escape_needed(uint32_t code);

/* True if nothing in s needs to be escaped but the ends of lines. */
bool escape_clean(struct slice s);

/*
 * Adds s so that a log or a terminal can show it: what needs to be escaped, and bytes that are not
 * UTF-8, become \xNN; a tab stays, a backslash stays.
 */
void escape_format(struct buf *out, struct slice s);

/* The same into the size bytes at out, for a message; s must be so short that it fits. Returns out. */
const char *escape_text(struct slice s, char *out, size_t size);

/* The same for a text of several lines: newlines stay. */
void escape_lines(struct buf *out, struct slice s);

/*
 * Length of the valid UTF-8 sequence at the start of s, 1 to 4; 0 if there is none. *code is its
 * code point. Overlong forms, surrogates and what is above U+10FFFF are not valid (RFC 3629).
 */
size_t utf8_next(struct slice s, uint32_t *code);

/* Whether a character of UTF-8 begins with c; else it is in the middle of one. */
static inline bool
utf8_begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* How many characters s has, if it is UTF-8. */
size_t utf8_count(struct slice s);

/* How many bytes at the start of s are ASCII. */
size_t utf8_ascii(struct slice s);

/* Adds s with U+FFFD for each byte that is not UTF-8. True if there was one. */
bool utf8_repair(struct buf *out, struct slice s);

/* Adds code, which must be at most 0x10ffff, as UTF-8. */
void utf8_add(struct buf *out, uint32_t code);

#endif
