#ifndef F2B_COMPAT_PYEXPR_TERM_H
#define F2B_COMPAT_PYEXPR_TERM_H

#include "compat/pyexpr.h"

/*
 * A value on its way through an expression. What goes wrong with it (an unknown name, a division by
 * zero) travels with it, and matters only if the value is used in the end: in "a if c else b" and the
 * like one side is not.
 */
enum pyexpr_wrong {
	PYEXPR_FINE,
	PYEXPR_NO_NAME,
	PYEXPR_ZERO_DIVISION,
	PYEXPR_NO_RESULT,
	PYEXPR_NO_NUMBER,
	PYEXPR_TOO_LARGE,
};

struct pyexpr_term {
	struct pyexpr_number n;
	enum pyexpr_wrong wrong;
	struct slice name;	/* PYEXPR_NO_NAME; borrowed from the expression */
};

static inline struct pyexpr_term
pyexpr_term_int(int64_t i)
{
	return (struct pyexpr_term){.n = {.i = i}};
}

static inline struct pyexpr_term
pyexpr_term_float(double f)
{
	return (struct pyexpr_term){.n = {.is_float = true, .f = f}};
}

static inline struct pyexpr_term
pyexpr_term_wrong(enum pyexpr_wrong w)
{
	return (struct pyexpr_term){.wrong = w};
}

/* The result of a function, which may have none. */
static inline struct pyexpr_term
pyexpr_term_result(double f)
{
	if (__builtin_isnan(f))
		return pyexpr_term_wrong(PYEXPR_NO_RESULT);
	return __builtin_isinf(f) ? pyexpr_term_wrong(PYEXPR_TOO_LARGE) : pyexpr_term_float(f);
}

static inline double
pyexpr_term_double(const struct pyexpr_term *t)
{
	return pyexpr_double(&t->n);
}

#endif
