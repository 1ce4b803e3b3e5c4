#ifndef F2B_COMPAT_PYEXPR_H
#define F2B_COMPAT_PYEXPR_H

#include "util/diag.h"

/*
 * Arithmetic in Python's notation, as far as fail2ban's configuration uses it: durations
 * ("1h + 30m" after its suffixes were replaced), and the formula of growing ban times.
 *
 * Numbers are integers as long as Python would keep them so; an integer that no longer fits 64
 * bits becomes a float.
 */
struct pyexpr_number {
	bool is_float;
	int64_t i;
	double f;
};

/* A name that the expression may use, as "ban.Time". */
struct pyexpr_name {
	const char *name;
	struct pyexpr_number value;
};

/*
 * Evaluates text: + - * / // % ** << >>, comparisons, not, and, or, "a if c else b", parentheses,
 * the names given, and min, max, int, float, round, abs and math.* functions; "#" begins a comment, and
 * a number may be in quotes. names may be NULL. Returns 0, -EBADMSG for what is no expression, or
 * -EINVAL for one without a value, with d saying what Python would: "name 'abc' is not defined". Text
 * longer than 4096 bytes or nested deeper than 64 is refused.
 */
int pyexpr_eval(struct slice text, const struct pyexpr_name *names, size_t name_count,
    struct pyexpr_number *out, struct diag *d);

double pyexpr_double(const struct pyexpr_number *n);

#endif
