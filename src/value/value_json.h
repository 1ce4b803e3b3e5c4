#ifndef F2B_VALUE_VALUE_JSON_H
#define F2B_VALUE_VALUE_JSON_H

#include "util/buf.h"
#include "value/value.h"

/*
 * Values as JSON (RFC 8259), for other programs to read.
 *
 *	nil			null
 *	text			a string; what is not UTF-8 becomes U+FFFD
 *	list, tuple, set	an array
 *	map			an object, in order; a key that is not text is written as JSON first
 *	error			{"error": "unknown-jail", "args": [...]}
 *	float			a number with a point or an exponent; null where it is not finite
 */
#define VALUE_JSON_MAX_DEPTH 200

/*
 * Adds v to out; with indent > 0 every item stands on a line of its own, indented by so many spaces
 * more than what holds it. Returns 0, or -E2BIG if v is deeper than VALUE_JSON_MAX_DEPTH.
 */
int value_json_format(struct buf *out, const struct value *v, unsigned indent);

/* The kind's name in our words, as "unknown-jail"; the same in YAML. */
const char *value_error_name(enum value_error kind);

/* Adds the shortest digits that give real back, with a point or an exponent; it is finite. */
void value_add_real(struct buf *out, double real);

#endif
