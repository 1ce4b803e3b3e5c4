#ifndef F2B_VALUE_VALUE_YAML_H
#define F2B_VALUE_VALUE_YAML_H

#include "util/buf.h"
#include "value/value.h"

/*
 * Values as YAML 1.1, for people and for other programs to read: one document without markers.
 *
 * As in JSON (value/value_json.h), but keys keep their kind, floats that are not finite are .nan,
 * .inf and -.inf, and text of several lines is written as a block. Text that a reader might take
 * for something else (a number, a truth, a date) stands in quotes.
 */
#define VALUE_YAML_MAX_DEPTH 200

/*
 * Adds v to out, with a newline behind it. Returns 0; -E2BIG if v is deeper than
 * VALUE_YAML_MAX_DEPTH, -ENOSPC if out refused it.
 */
int value_yaml_format(struct buf *out, const struct value *v);

/* A handler that lets libyaml's emitter write to the buf that is its data. */
int value_yaml_write(void *data, unsigned char *bytes, size_t n);

#endif
