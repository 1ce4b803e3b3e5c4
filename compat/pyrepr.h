#ifndef F2B_COMPAT_PYREPR_H
#define F2B_COMPAT_PYREPR_H

#include "util/buf.h"
#include "value/value.h"

/*
 * Values as Python prints them: what fail2ban-client shows and other programs parse.
 * Source: observed with CPython 3.11.
 */

/* repr(v): 'text' in quotes, True, None, 1.5, ['a', 1], ('a',), {'k': 1}, ValueError('x'). */
void pyrepr_format(struct buf *out, const struct value *v);

/* str(v): as repr(), but text as it is, and an error as str() of the exception. */
void pyrepr_str(struct buf *out, const struct value *v);

/* repr() of one text. */
void pyrepr_text(struct buf *out, struct slice text);

/* repr() of a text of bytes: b'a\xff'. */
void pyrepr_bytes(struct buf *out, struct slice bytes);

/* repr() of one float: the shortest digits that give it back. */
void pyrepr_float(struct buf *out, double real);

#endif
