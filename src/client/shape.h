#ifndef F2B_CLIENT_SHAPE_H
#define F2B_CLIENT_SHAPE_H

#include "value/value.h"

/*
 * Replies as JSON and YAML give them: the schema of docs/json.md. What a reply only lists by
 * position or in words gets names and types here; other replies are as named() makes them.
 */
#define SHAPE_VERSION 1

/* words is the command. The result lives in a, and reply may be gone. */
struct value *shape_reply(struct arena *a, const struct value *words, const struct value *reply);

#endif
