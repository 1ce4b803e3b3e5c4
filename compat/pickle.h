#ifndef F2B_COMPAT_PICKLE_H
#define F2B_COMPAT_PICKLE_H

#include "util/buf.h"
#include "value/value.h"

/*
 * Python's pickle, the wire format of fail2ban's control socket: protocols 0 to 5 in, with the
 * string opcodes of Python 2 and also without a header; one form out that every decoder we know
 * of reads. Only data is accepted; nothing that would build an object of a class, but for what
 * replies hold: str() and set() of data, and exceptions, which become VALUE_ERROR.
 * Source: pickletools of CPython, and frames recorded from fail2ban 1.0.2 and 1.1.1.
 */

/*
 * Nesting, items and bytes of text in all, beyond which a pickle is refused. A pickle may say the
 * same list again and again in two bytes each; but not so often that a few hundred bytes become
 * millions of items.
 */
#define PICKLE_MAX_DEPTH 64
#define PICKLE_MAX_ITEMS 4000000
#define PICKLE_SMALL_ITEMS 10000
#define PICKLE_ITEMS_PER_BYTE 8
#define PICKLE_MAX_TEXT ((size_t)256 * 1024 * 1024)

enum pickle_side {
	PICKLE_REQUEST,	/* data only */
	PICKLE_REPLY,	/* and exceptions */
};

/*
 * Reads one pickle from the start of in. *out lives in a; text in it is copied. Returns the bytes
 * used, or a negative errno: -EBADMSG for what is no pickle, -E2BIG beyond a limit, -EPERM for a
 * pickle that would build an object. d then says what was found, in the words fail2ban uses where
 * it has any ("pickle data was truncated", "Ran out of input").
 */
ptrdiff_t pickle_decode(struct arena *a, struct slice in, enum pickle_side side,
    struct value **out, struct diag *d);

/* Adds v as one pickle; out refuses what is too large for it. */
void pickle_encode(struct buf *out, const struct value *v);

#endif
