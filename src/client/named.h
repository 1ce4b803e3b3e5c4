#ifndef F2B_CLIENT_NAMED_H
#define F2B_CLIENT_NAMED_H

#include "value/value.h"

/*
 * A copy of a reply for JSON and YAML, in which what is a map in all but kind is one: a list of
 * pairs with a text of its own in front of each, as "status" answers. So a program asks for
 * .Filter."Total failed" instead of counting.
 */
struct value *named(struct arena *a, const struct value *reply);

#endif
