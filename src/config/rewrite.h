#ifndef F2B_CONFIG_REWRITE_H
#define F2B_CONFIG_REWRITE_H

#include "config/section.h"
#include "util/buf.h"

/*
 * The sections of one file as text again, in either form. Comments are not kept, order is.
 *
 * In YAML the lines of options that hold a list (regular expressions, paths, actions) become its
 * items, without empty lines. ini cannot say everything: text with " ;" in it, or a line of a
 * value that begins with '#' or a blank. Who writes a file reads it again and asks rewrite_same().
 */

/* Returns 0, or -ENOSPC if out refused it. */
int rewrite_yaml(struct buf *out, const struct sections *tree);
int rewrite_ini(struct buf *out, const struct sections *tree);

/*
 * Whether two files say the same, in the same order. If not, *differs is an option of a that b does
 * not have so, or NULL where it is not one option.
 */
bool rewrite_same(
    const struct sections *a, const struct sections *b, const struct option **differs);

#endif
