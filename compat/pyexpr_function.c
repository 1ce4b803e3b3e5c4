#include "compat/pyexpr_function.h"

#include <math.h>

struct function {
	const char *name;
	size_t min_args, max_args;
	struct pyexpr_term (*call)(const struct function *f, const struct pyexpr_term *v, size_t n);
	double (*of)(double); /* the C library's, where call is about one of those */
};

static struct pyexpr_term
call_min(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	struct pyexpr_term best = v[0];

	for (size_t i = 1; i < n; i++)
		if (pyexpr_term_double(&v[i]) < pyexpr_term_double(&best))
			best = v[i];
	return best;
}

static struct pyexpr_term
call_max(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	struct pyexpr_term best = v[0];

	for (size_t i = 1; i < n; i++)
		if (pyexpr_term_double(&v[i]) > pyexpr_term_double(&best))
			best = v[i];
	return best;
}

/* A float that is whole and fits becomes an int; one that does not fit stays. */
static struct pyexpr_term
whole(double f)
{
	if (isnan(f) || isinf(f))
		return pyexpr_term_wrong(PYEXPR_NO_RESULT);
	return f > -9.2e18 && f < 9.2e18 ? pyexpr_term_int((int64_t)f) : pyexpr_term_float(f);
}

static struct pyexpr_term
call_whole(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	return v->n.is_float ? whole(f->of(v->n.f)) : *v;
}

static struct pyexpr_term
call_float(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	return pyexpr_term_float(pyexpr_term_double(v));
}

static struct pyexpr_term
call_round(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	double scale;

	if (n == 1)
		return call_whole(f, v, n);
	scale = pow(10, pyexpr_term_double(&v[1]));
	return pyexpr_term_float(f->of(pyexpr_term_double(v) * scale) / scale);
}

static struct pyexpr_term
call_abs(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	if (!v->n.is_float && v->n.i != INT64_MIN)
		return pyexpr_term_int(v->n.i < 0 ? -v->n.i : v->n.i);
	return pyexpr_term_float(fabs(pyexpr_term_double(v)));
}

static struct pyexpr_term
call_real(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	return pyexpr_term_result(f->of(pyexpr_term_double(v)));
}

/* Of a number above 0; the second is the base. */
static struct pyexpr_term
call_log(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	struct pyexpr_term t;

	if (pyexpr_term_double(v) <= 0)
		return pyexpr_term_wrong(PYEXPR_NO_RESULT);
	t = call_real(f, v, n);
	if (n == 1 || t.wrong != PYEXPR_FINE)
		return t;
	return pyexpr_term_result(t.n.f / f->of(pyexpr_term_double(&v[1])));
}

static struct pyexpr_term
call_pow(const struct function *f, const struct pyexpr_term *v, size_t n)
{
	return pyexpr_term_result(pow(pyexpr_term_double(v), pyexpr_term_double(&v[1])));
}

static const struct function functions[] = {
    {"min", 2, PYEXPR_MAX_ARGS, call_min},
    {"max", 2, PYEXPR_MAX_ARGS, call_max},
    {"int", 1, 1, call_whole, trunc},
    {"float", 1, 1, call_float},
    {"round", 1, 2, call_round, rint},
    {"abs", 1, 1, call_abs},
    {"math.floor", 1, 1, call_whole, floor},
    {"math.ceil", 1, 1, call_whole, ceil},
    {"math.exp", 1, 1, call_real, exp},
    {"math.log", 1, 2, call_log, log},
    {"math.log2", 1, 1, call_log, log2},
    {"math.log10", 1, 1, call_log, log10},
    {"math.sqrt", 1, 1, call_real, sqrt},
    {"math.pow", 2, 2, call_pow},
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

static const struct pyexpr_name constants[] = {
    {"math.pi", {.is_float = true, .f = M_PI}},
    {"math.e", {.is_float = true, .f = M_E}},
    {"True", {.i = 1}},
    {"False", {.i = 0}},
};

bool
pyexpr_call(struct slice name, const struct pyexpr_term *v, size_t n, struct pyexpr_term *out)
{
	const struct function *f = NULL;

	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		if (slice_eq(name, slice_cstr(functions[i].name)))
			f = &functions[i];
	if (f != NULL && (n < f->min_args || n > f->max_args))
		return false;
	*out = f != NULL ? f->call(f, v, n)
			 : (struct pyexpr_term){.wrong = PYEXPR_NO_NAME, .name = name};
	return true;
}

const struct pyexpr_number *
pyexpr_constant(struct slice name)
{
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (slice_eq(name, slice_cstr(constants[i].name)))
			return &constants[i].value;
	return NULL;
}
