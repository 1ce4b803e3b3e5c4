#ifndef F2B_COMPAT_PYEXPR_FUNCTION_H
#define F2B_COMPAT_PYEXPR_FUNCTION_H

#include "compat/pyexpr_term.h"

/* The functions and constants that an expression may name. */

#define PYEXPR_MAX_ARGS 16

/*
 * Calls name with n values, none of which is wrong. False if it takes another number of them; *out is
 * then as it was. A function that is not there is a name that is not there.
 */
bool pyexpr_call(
    struct slice name, const struct pyexpr_term *v, size_t n, struct pyexpr_term *out);

/* NULL if there is no such constant. */
const struct pyexpr_number *pyexpr_constant(struct slice name);

#endif
