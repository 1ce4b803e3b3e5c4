#include "compat/pyexpr_operator.h"

#include <math.h>

static struct pyexpr_term
op_add(struct pyexpr_term a, struct pyexpr_term b)
{
	int64_t i;

	if (!a.n.is_float && !b.n.is_float && !__builtin_add_overflow(a.n.i, b.n.i, &i))
		return pyexpr_term_int(i);
	return pyexpr_term_float(pyexpr_term_double(&a) + pyexpr_term_double(&b));
}

static struct pyexpr_term
op_sub(struct pyexpr_term a, struct pyexpr_term b)
{
	int64_t i;

	if (!a.n.is_float && !b.n.is_float && !__builtin_sub_overflow(a.n.i, b.n.i, &i))
		return pyexpr_term_int(i);
	return pyexpr_term_float(pyexpr_term_double(&a) - pyexpr_term_double(&b));
}

static struct pyexpr_term
op_mul(struct pyexpr_term a, struct pyexpr_term b)
{
	int64_t i;

	if (!a.n.is_float && !b.n.is_float && !__builtin_mul_overflow(a.n.i, b.n.i, &i))
		return pyexpr_term_int(i);
	return pyexpr_term_float(pyexpr_term_double(&a) * pyexpr_term_double(&b));
}

static struct pyexpr_term
op_div(struct pyexpr_term a, struct pyexpr_term b)
{
	if (pyexpr_term_double(&b) == 0)
		return pyexpr_term_wrong(PYEXPR_ZERO_DIVISION);
	return pyexpr_term_float(pyexpr_term_double(&a) / pyexpr_term_double(&b));
}

/* Python rounds towards minus infinity, and the remainder takes the divisor's sign. */
static struct pyexpr_term
op_floor_div(struct pyexpr_term a, struct pyexpr_term b)
{
	if (pyexpr_term_double(&b) == 0)
		return pyexpr_term_wrong(PYEXPR_ZERO_DIVISION);
	if (!a.n.is_float && !b.n.is_float && !(a.n.i == INT64_MIN && b.n.i == -1)) {
		int64_t q = a.n.i / b.n.i;

		return pyexpr_term_int(q - ((a.n.i % b.n.i != 0) && ((a.n.i < 0) != (b.n.i < 0))));
	}
	return pyexpr_term_float(floor(pyexpr_term_double(&a) / pyexpr_term_double(&b)));
}

static struct pyexpr_term
op_mod(struct pyexpr_term a, struct pyexpr_term b)
{
	double x = pyexpr_term_double(&a), y = pyexpr_term_double(&b), r;

	if (y == 0)
		return pyexpr_term_wrong(PYEXPR_ZERO_DIVISION);
	if (!a.n.is_float && !b.n.is_float && b.n.i != -1) {
		int64_t i = a.n.i % b.n.i;

		return pyexpr_term_int(i != 0 && (i < 0) != (b.n.i < 0) ? i + b.n.i : i);
	}
	r = fmod(x, y);
	return pyexpr_term_float(r != 0 && (r < 0) != (y < 0) ? r + y : r);
}

static struct pyexpr_term
op_pow(struct pyexpr_term a, struct pyexpr_term b)
{
	int64_t base = a.n.i, exponent = b.n.i, i = 1;

	if (!a.n.is_float && !b.n.is_float && exponent >= 0 && exponent < 64) {
		bool fits = true;

		while (exponent-- > 0 && fits)
			fits = !__builtin_mul_overflow(i, base, &i);
		if (fits)
			return pyexpr_term_int(i);
	}
	if (pyexpr_term_double(&a) == 0 && pyexpr_term_double(&b) < 0)
		return pyexpr_term_wrong(PYEXPR_ZERO_DIVISION);
	return pyexpr_term_result(pow(pyexpr_term_double(&a), pyexpr_term_double(&b)));
}

static struct pyexpr_term
op_shift_left(struct pyexpr_term a, struct pyexpr_term b)
{
	if (a.n.is_float || b.n.is_float || b.n.i < 0)
		return pyexpr_term_wrong(PYEXPR_NO_RESULT);
	if (b.n.i > 1000)
		return pyexpr_term_wrong(PYEXPR_TOO_LARGE);
	if (b.n.i < 63 && (a.n.i < 0 ? -(a.n.i + 1) : a.n.i) <= (INT64_MAX >> b.n.i))
		return pyexpr_term_int(a.n.i * (INT64_C(1) << b.n.i));
	return pyexpr_term_float(ldexp((double)a.n.i, (int)b.n.i));
}

static struct pyexpr_term
op_shift_right(struct pyexpr_term a, struct pyexpr_term b)
{
	if (a.n.is_float || b.n.is_float || b.n.i < 0)
		return pyexpr_term_wrong(PYEXPR_NO_RESULT);
	return pyexpr_term_int(a.n.i >> (b.n.i < 63 ? b.n.i : 63));
}

static struct pyexpr_term
op_less(struct pyexpr_term a, struct pyexpr_term b)
{
	return pyexpr_term_int(pyexpr_term_double(&a) < pyexpr_term_double(&b));
}

static struct pyexpr_term
op_less_equal(struct pyexpr_term a, struct pyexpr_term b)
{
	return pyexpr_term_int(pyexpr_term_double(&a) <= pyexpr_term_double(&b));
}

static struct pyexpr_term
op_greater(struct pyexpr_term a, struct pyexpr_term b)
{
	return pyexpr_term_int(pyexpr_term_double(&a) > pyexpr_term_double(&b));
}

static struct pyexpr_term
op_greater_equal(struct pyexpr_term a, struct pyexpr_term b)
{
	return pyexpr_term_int(pyexpr_term_double(&a) >= pyexpr_term_double(&b));
}

static struct pyexpr_term
op_equal(struct pyexpr_term a, struct pyexpr_term b)
{
	return pyexpr_term_int(pyexpr_term_double(&a) == pyexpr_term_double(&b));
}

static struct pyexpr_term
op_not_equal(struct pyexpr_term a, struct pyexpr_term b)
{
	return pyexpr_term_int(pyexpr_term_double(&a) != pyexpr_term_double(&b));
}

/* Longer spellings before those they begin with. */
static const struct pyexpr_operator operators[] = {
    {PYEXPR_SHIFT, "<<", op_shift_left},
    {PYEXPR_SHIFT, ">>", op_shift_right},
    {PYEXPR_COMPARE, "<=", op_less_equal},
    {PYEXPR_COMPARE, ">=", op_greater_equal},
    {PYEXPR_COMPARE, "==", op_equal},
    {PYEXPR_COMPARE, "!=", op_not_equal},
    {PYEXPR_COMPARE, "<", op_less},
    {PYEXPR_COMPARE, ">", op_greater},
    {PYEXPR_SUM, "+", op_add},
    {PYEXPR_SUM, "-", op_sub},
    {PYEXPR_PRODUCT, "//", op_floor_div},
    {PYEXPR_PRODUCT, "/", op_div},
    {PYEXPR_PRODUCT, "%", op_mod},
    {PYEXPR_PRODUCT, "*", op_mul},
};

const struct pyexpr_operator *
pyexpr_operator_find(struct slice text)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (slice_starts(text, slice_cstr(operators[i].text)))
			return &operators[i];
	}
	return NULL;
}

static struct pyexpr_term
apply(struct pyexpr_term (*op)(struct pyexpr_term a, struct pyexpr_term b), struct pyexpr_term a,
    struct pyexpr_term b)
{
	if (a.wrong != PYEXPR_FINE)
		return a;
	return b.wrong != PYEXPR_FINE ? b : op(a, b);
}

struct pyexpr_term
pyexpr_operator_apply(
    const struct pyexpr_operator *op, struct pyexpr_term a, struct pyexpr_term b)
{
	return apply(op->apply, a, b);
}

struct pyexpr_term
pyexpr_negate(struct pyexpr_term t)
{
	return apply(op_sub, pyexpr_term_int(0), t);
}

struct pyexpr_term
pyexpr_power(struct pyexpr_term a, struct pyexpr_term b)
{
	return apply(op_pow, a, b);
}
