#ifndef F2B_COMPAT_PYEXPR_OPERATOR_H
#define F2B_COMPAT_PYEXPR_OPERATOR_H

#include "compat/pyexpr_term.h"

/* What stands between two values, but for "**", which binds to its right and tighter than signs. */

/* By how tightly they bind, the loosest first. */
enum pyexpr_level {
	PYEXPR_COMPARE,
	PYEXPR_SHIFT,
	PYEXPR_SUM,
	PYEXPR_PRODUCT,
	PYEXPR_LEVELS,
};

struct pyexpr_operator {
	unsigned level;
	const char *text;
	struct pyexpr_term (*apply)(struct pyexpr_term a, struct pyexpr_term b);
};

/* The longest that text begins with, or NULL. */
const struct pyexpr_operator *pyexpr_operator_find(struct slice text);

/* What is wrong with a, else with b, else the result. */
struct pyexpr_term pyexpr_operator_apply(
    const struct pyexpr_operator *op, struct pyexpr_term a, struct pyexpr_term b);
struct pyexpr_term pyexpr_negate(struct pyexpr_term t);
struct pyexpr_term pyexpr_power(struct pyexpr_term a, struct pyexpr_term b);

#endif
