#include "compat/pyexpr.h"

#include "util/escape.h"

#include <errno.h>
#include <math.h>

#define EXPR_MAX_BYTES 4096
#define EXPR_MAX_DEPTH 64
#define EXPR_MAX_ARGS 16

/*
 * An expression is evaluated while it is read. What goes wrong with a value (an unknown name, a
 * division by zero) travels with it, and matters only if the value is used in the end: in
 * "a if c else b" and the like one side is not.
 */
enum wrong { FINE, NO_NAME, ZERO_DIVISION, NO_RESULT, TOO_LARGE };

struct term {
	struct pyexpr_number n;
	enum wrong wrong;
	struct slice name;	/* NO_NAME */
};

struct expr {
	struct slice rest;
	const struct pyexpr_name *names;
	size_t name_count;
	unsigned depth;
	unsigned brackets; /* open where we are; outside of them a line ends the expression */
	bool broken;	/* not an expression at all */
	const char *why;	/* Python's words for that; NULL where they are the usual ones */
};

double
pyexpr_double(const struct pyexpr_number *n)
{
	return n->is_float ? n->f : (double)n->i;
}

static struct term
term_int(int64_t i)
{
	return (struct term){.n = {.i = i}};
}

static struct term
term_float(double f)
{
	return (struct term){.n = {.is_float = true, .f = f}};
}

static struct term
term_wrong(enum wrong w)
{
	return (struct term){.wrong = w};
}

static double
term_double(const struct term *t)
{
	return pyexpr_double(&t->n);
}

static bool
term_true(const struct term *t)
{
	return term_double(t) != 0;
}

/* ---- operators */

static struct term
op_add(struct term a, struct term b)
{
	int64_t i;

	if (!a.n.is_float && !b.n.is_float && !__builtin_add_overflow(a.n.i, b.n.i, &i))
		return term_int(i);
	return term_float(term_double(&a) + term_double(&b));
}

static struct term
op_sub(struct term a, struct term b)
{
	int64_t i;

	if (!a.n.is_float && !b.n.is_float && !__builtin_sub_overflow(a.n.i, b.n.i, &i))
		return term_int(i);
	return term_float(term_double(&a) - term_double(&b));
}

static struct term
op_mul(struct term a, struct term b)
{
	int64_t i;

	if (!a.n.is_float && !b.n.is_float && !__builtin_mul_overflow(a.n.i, b.n.i, &i))
		return term_int(i);
	return term_float(term_double(&a) * term_double(&b));
}

static struct term
op_div(struct term a, struct term b)
{
	if (term_double(&b) == 0)
		return term_wrong(ZERO_DIVISION);
	return term_float(term_double(&a) / term_double(&b));
}

/* Python rounds towards minus infinity, and the remainder takes the divisor's sign. */
static struct term
op_floor_div(struct term a, struct term b)
{
	if (term_double(&b) == 0)
		return term_wrong(ZERO_DIVISION);
	if (!a.n.is_float && !b.n.is_float && !(a.n.i == INT64_MIN && b.n.i == -1)) {
		int64_t q = a.n.i / b.n.i;

		return term_int(q - ((a.n.i % b.n.i != 0) && ((a.n.i < 0) != (b.n.i < 0))));
	}
	return term_float(floor(term_double(&a) / term_double(&b)));
}

static struct term
op_mod(struct term a, struct term b)
{
	double x = term_double(&a), y = term_double(&b), r;

	if (y == 0)
		return term_wrong(ZERO_DIVISION);
	if (!a.n.is_float && !b.n.is_float && b.n.i != -1) {
		int64_t i = a.n.i % b.n.i;

		return term_int(i != 0 && (i < 0) != (b.n.i < 0) ? i + b.n.i : i);
	}
	r = fmod(x, y);
	return term_float(r != 0 && (r < 0) != (y < 0) ? r + y : r);
}

static struct term
op_pow(struct term a, struct term b)
{
	int64_t base = a.n.i, exponent = b.n.i, i = 1;
	double f;

	if (!a.n.is_float && !b.n.is_float && exponent >= 0 && exponent < 64) {
		bool fits = true;

		while (exponent-- > 0 && fits)
			fits = !__builtin_mul_overflow(i, base, &i);
		if (fits)
			return term_int(i);
	}
	if (term_double(&a) == 0 && term_double(&b) < 0)
		return term_wrong(ZERO_DIVISION);
	f = pow(term_double(&a), term_double(&b));
	return isnan(f) ? term_wrong(NO_RESULT) : isinf(f) ? term_wrong(TOO_LARGE) : term_float(f);
}

static struct term
op_shift_left(struct term a, struct term b)
{
	if (a.n.is_float || b.n.is_float || b.n.i < 0)
		return term_wrong(NO_RESULT);
	if (b.n.i > 1000)
		return term_wrong(TOO_LARGE);
	if (b.n.i < 63 && (a.n.i < 0 ? -(a.n.i + 1) : a.n.i) <= (INT64_MAX >> b.n.i))
		return term_int(a.n.i * (INT64_C(1) << b.n.i));
	return term_float(ldexp((double)a.n.i, (int)b.n.i));
}

static struct term
op_shift_right(struct term a, struct term b)
{
	if (a.n.is_float || b.n.is_float || b.n.i < 0)
		return term_wrong(NO_RESULT);
	return term_int(a.n.i >> (b.n.i < 63 ? b.n.i : 63));
}

static struct term
op_less(struct term a, struct term b)
{
	return term_int(term_double(&a) < term_double(&b));
}

static struct term
op_less_equal(struct term a, struct term b)
{
	return term_int(term_double(&a) <= term_double(&b));
}

static struct term
op_greater(struct term a, struct term b)
{
	return term_int(term_double(&a) > term_double(&b));
}

static struct term
op_greater_equal(struct term a, struct term b)
{
	return term_int(term_double(&a) >= term_double(&b));
}

static struct term
op_equal(struct term a, struct term b)
{
	return term_int(term_double(&a) == term_double(&b));
}

static struct term
op_not_equal(struct term a, struct term b)
{
	return term_int(term_double(&a) != term_double(&b));
}

/* By how tightly they bind, the loosest first; longer spellings before those they begin with. */
enum { LEVEL_COMPARE, LEVEL_SHIFT, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_COUNT };

static const struct operator {
	unsigned level;
	const char *text;
	struct term (*apply)(struct term a, struct term b);
} operators[] = {
    {LEVEL_SHIFT, "<<", op_shift_left},
    {LEVEL_SHIFT, ">>", op_shift_right},
    {LEVEL_COMPARE, "<=", op_less_equal},
    {LEVEL_COMPARE, ">=", op_greater_equal},
    {LEVEL_COMPARE, "==", op_equal},
    {LEVEL_COMPARE, "!=", op_not_equal},
    {LEVEL_COMPARE, "<", op_less},
    {LEVEL_COMPARE, ">", op_greater},
    {LEVEL_SUM, "+", op_add},
    {LEVEL_SUM, "-", op_sub},
    {LEVEL_PRODUCT, "//", op_floor_div},
    {LEVEL_PRODUCT, "/", op_div},
    {LEVEL_PRODUCT, "%", op_mod},
    {LEVEL_PRODUCT, "*", op_mul},
};

static struct term
apply(struct term (*op)(struct term a, struct term b), struct term a, struct term b)
{
	if (a.wrong != FINE)
		return a;
	return b.wrong != FINE ? b : op(a, b);
}

/* ---- functions */

static struct term
call_min(const struct term *v, size_t n)
{
	struct term best = v[0];

	for (size_t i = 1; i < n; i++)
		if (term_double(&v[i]) < term_double(&best))
			best = v[i];
	return best;
}

static struct term
call_max(const struct term *v, size_t n)
{
	struct term best = v[0];

	for (size_t i = 1; i < n; i++)
		if (term_double(&v[i]) > term_double(&best))
			best = v[i];
	return best;
}

/* A float that is whole and fits becomes an int; one that does not fit stays. */
static struct term
whole(double f)
{
	if (isnan(f) || isinf(f))
		return term_wrong(NO_RESULT);
	return f > -9.2e18 && f < 9.2e18 ? term_int((int64_t)f) : term_float(f);
}

static struct term
call_int(const struct term *v, size_t n)
{
	(void)n;
	return v->n.is_float ? whole(trunc(v->n.f)) : *v;
}

static struct term
call_float(const struct term *v, size_t n)
{
	(void)n;
	return term_float(term_double(v));
}

static struct term
call_round(const struct term *v, size_t n)
{
	double scale;

	if (n == 1)
		return v->n.is_float ? whole(rint(v->n.f)) : *v;
	scale = pow(10, term_double(&v[1]));
	return term_float(rint(term_double(v) * scale) / scale);
}

static struct term
call_abs(const struct term *v, size_t n)
{
	(void)n;
	if (!v->n.is_float && v->n.i != INT64_MIN)
		return term_int(v->n.i < 0 ? -v->n.i : v->n.i);
	return term_float(fabs(term_double(v)));
}

static struct term
call_floor(const struct term *v, size_t n)
{
	(void)n;
	return v->n.is_float ? whole(floor(v->n.f)) : *v;
}

static struct term
call_ceil(const struct term *v, size_t n)
{
	(void)n;
	return v->n.is_float ? whole(ceil(v->n.f)) : *v;
}

static struct term
real(double f)
{
	return isnan(f) ? term_wrong(NO_RESULT) : isinf(f) ? term_wrong(TOO_LARGE) : term_float(f);
}

static struct term
call_exp(const struct term *v, size_t n)
{
	(void)n;
	return real(exp(term_double(v)));
}

static struct term
call_log(const struct term *v, size_t n)
{
	if (term_double(v) <= 0)
		return term_wrong(NO_RESULT);
	return real(n == 1 ? log(term_double(v)) : log(term_double(v)) / log(term_double(&v[1])));
}

static struct term
call_log2(const struct term *v, size_t n)
{
	(void)n;
	return term_double(v) <= 0 ? term_wrong(NO_RESULT) : real(log2(term_double(v)));
}

static struct term
call_log10(const struct term *v, size_t n)
{
	(void)n;
	return term_double(v) <= 0 ? term_wrong(NO_RESULT) : real(log10(term_double(v)));
}

static struct term
call_sqrt(const struct term *v, size_t n)
{
	(void)n;
	return real(sqrt(term_double(v)));
}

static struct term
call_pow(const struct term *v, size_t n)
{
	(void)n;
	return real(pow(term_double(v), term_double(&v[1])));
}

static const struct function {
	const char *name;
	size_t min_args, max_args;
	struct term (*call)(const struct term *v, size_t n);
} functions[] = {
    {"min", 2, EXPR_MAX_ARGS, call_min},
    {"max", 2, EXPR_MAX_ARGS, call_max},
    {"int", 1, 1, call_int},
    {"float", 1, 1, call_float},
    {"round", 1, 2, call_round},
    {"abs", 1, 1, call_abs},
    {"math.floor", 1, 1, call_floor},
    {"math.ceil", 1, 1, call_ceil},
    {"math.exp", 1, 1, call_exp},
    {"math.log", 1, 2, call_log},
    {"math.log2", 1, 1, call_log2},
    {"math.log10", 1, 1, call_log10},
    {"math.sqrt", 1, 1, call_sqrt},
    {"math.pow", 2, 2, call_pow},
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

static const struct pyexpr_name constants[] = {
    {"math.pi", {.is_float = true, .f = M_PI}},
    {"math.e", {.is_float = true, .f = M_E}},
    {"True", {.i = 1}},
    {"False", {.i = 0}},
};

/* ---- reading */

static struct term expr_whole(struct expr *e);

static struct term
expr_break(struct expr *e)
{
	e->broken = true;
	return term_int(0);
}

static void
skip_blanks(struct expr *e)
{
	while (e->rest.n > 0 && char_space(e->rest.p[0]) &&
	       (e->brackets > 0 || (e->rest.p[0] != '\n' && e->rest.p[0] != '\r')))
		e->rest = slice_from(e->rest, 1);
}

/* Takes text if it comes next. */
static bool
take(struct expr *e, const char *text)
{
	skip_blanks(e);
	if (!slice_starts(e->rest, slice_cstr(text)))
		return false;
	e->rest = slice_from(e->rest, strlen(text));
	return true;
}

static bool
take_open(struct expr *e)
{
	bool open = take(e, "(");

	e->brackets += open;
	return open;
}

static bool
take_close(struct expr *e)
{
	bool close = take(e, ")");

	e->brackets -= close;
	return close;
}

static bool
take_word(struct expr *e, struct slice word)
{
	skip_blanks(e);
	if (!slice_starts(e->rest, word) || (e->rest.n > word.n && char_word(e->rest.p[word.n])))
		return false;
	e->rest = slice_from(e->rest, word.n);
	return true;
}

static size_t
digits(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (char_digit(s.p[n]) || (s.p[n] == '_' && n > 0)))
		n++;
	return n;
}

/* How much of s is a number, and whether it has a point or an exponent. */
static size_t
number_length(struct slice s, bool *is_float)
{
	size_t n = digits(s), exponent;

	*is_float = n < s.n && s.p[n] == '.';
	if (*is_float)
		n += 1 + digits(slice_from(s, n + 1));
	if (n < s.n && (s.p[n] == 'e' || s.p[n] == 'E')) {
		exponent = n + 1;
		if (exponent < s.n && (s.p[exponent] == '+' || s.p[exponent] == '-'))
			exponent++;
		if (digits(slice_from(s, exponent)) > 0) {
			*is_float = true;
			n = exponent + digits(slice_from(s, exponent));
		}
	}
	return n;
}

/* What Python calls a number with letters behind it. */
static const char *
number_fault(struct slice s, size_t n)
{
	char base = n == 1 && s.p[0] == '0' ? char_lower(s.p[1]) : '\0';

	if (s.p[n] == '.')
		return "invalid syntax";
	return base == 'x' ? "invalid hexadecimal literal"
	    : base == 'o'  ? "invalid octal literal"
	    : base == 'b'  ? "invalid binary literal"
			   : "invalid decimal literal";
}

static struct term
expr_number(struct expr *e)
{
	char text[EXPR_MAX_BYTES + 1];
	bool is_float;
	size_t n = number_length(e->rest, &is_float), kept = 0;
	uint64_t i;

	if (n < e->rest.n && (char_word(e->rest.p[n]) || e->rest.p[n] == '.')) {
		if (!e->broken)
			e->why = number_fault(e->rest, n);
		return expr_break(e);
	}
	for (size_t k = 0; k < n; k++)
		if (e->rest.p[k] != '_')
			text[kept++] = e->rest.p[k];
	text[kept] = '\0';
	e->rest = slice_from(e->rest, n);
	/* Python has no whole numbers with zeros in front, but for zero. */
	if (!is_float && kept > 1 && text[0] == '0' && strspn(text, "0") < kept)
		return expr_break(e);
	if (!is_float && slice_u64(slice_of(text, kept), (uint64_t)INT64_MAX, &i) == 0)
		return term_int((int64_t)i);
	return term_float(strtod(text, NULL));
}

static struct slice
expr_name(struct expr *e)
{
	struct slice name;
	size_t n = 0;

	while (n < e->rest.n && (char_word(e->rest.p[n]) || e->rest.p[n] == '.'))
		n++;
	name = slice_upto(e->rest, n);
	e->rest = slice_from(e->rest, n);
	return name;
}

static struct term
expr_call(struct expr *e, struct slice name)
{
	struct term v[EXPR_MAX_ARGS];
	const struct function *f = NULL;
	size_t n = 0;

	while (n < EXPR_MAX_ARGS && !e->broken) {
		v[n++] = expr_whole(e);
		if (!take(e, ","))
			break;
	}
	if (!take_close(e))
		return expr_break(e);
	for (size_t i = 0; i < n; i++)
		if (v[i].wrong != FINE)
			return v[i];
	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		if (slice_eq(name, slice_cstr(functions[i].name)))
			f = &functions[i];
	if (f == NULL)
		return (struct term){.wrong = NO_NAME, .name = name};
	return n < f->min_args || n > f->max_args ? expr_break(e) : f->call(v, n);
}

static struct term
expr_variable(const struct expr *e, struct slice name)
{
	for (size_t i = 0; i < e->name_count; i++)
		if (slice_eq(name, slice_cstr(e->names[i].name)))
			return (struct term){.n = e->names[i].value};
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (slice_eq(name, slice_cstr(constants[i].name)))
			return (struct term){.n = constants[i].value};
	return (struct term){.wrong = NO_NAME, .name = name};
}

static struct term
expr_atom(struct expr *e)
{
	struct slice name;
	struct term t;
	bool number;

	if (take_open(e)) {
		t = expr_whole(e);
		return take_close(e) ? t : expr_break(e);
	}
	number = e->rest.n > 0 &&
	    (char_digit(e->rest.p[0]) ||
	        (e->rest.p[0] == '.' && e->rest.n > 1 && char_digit(e->rest.p[1])));
	if (number)
		return expr_number(e);
	name = expr_name(e);
	if (name.n == 0 || name.p[0] == '.')
		return expr_break(e);
	return take_open(e) ? expr_call(e, name) : expr_variable(e, name);
}

/* Signs bind looser than a power to their right: -2**2 is -4, 2**-1 is 0.5. */
static struct term
expr_signed(struct expr *e)
{
	struct term t;

	if (e->broken || ++e->depth > EXPR_MAX_DEPTH)
		return expr_break(e);
	if (take(e, "-"))
		t = apply(op_sub, term_int(0), expr_signed(e));
	else if (take(e, "+"))
		t = expr_signed(e);
	else
		t = expr_atom(e);
	if (take(e, "**"))
		t = apply(op_pow, t, expr_signed(e));
	e->depth--;
	return t;
}

static const struct operator *
take_operator(struct expr *e, unsigned level)
{
	skip_blanks(e);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		struct slice text = slice_cstr(operators[i].text);

		if (!slice_starts(e->rest, text))
			continue;
		/* The longest that fits decides, whichever level is being read. */
		if (operators[i].level != level)
			return NULL;
		e->rest = slice_from(e->rest, text.n);
		return &operators[i];
	}
	return NULL;
}

static struct term
expr_level(struct expr *e, unsigned level)
{
	const struct operator *op;
	struct term t;

	if (level == LEVEL_COUNT)
		return expr_signed(e);
	t = expr_level(e, level + 1);
	while (!e->broken && (op = take_operator(e, level)) != NULL)
		t = apply(op->apply, t, expr_level(e, level + 1));
	return t;
}

static struct term
expr_not(struct expr *e)
{
	struct term t;

	if (e->broken || ++e->depth > EXPR_MAX_DEPTH)
		return expr_break(e);
	if (take_word(e, SLICE("not"))) {
		t = expr_not(e);
		t = t.wrong != FINE ? t : term_int(!term_true(&t));
	} else {
		t = expr_level(e, LEVEL_COMPARE);
	}
	e->depth--;
	return t;
}

static struct term
expr_and(struct expr *e)
{
	struct term t = expr_not(e), other;

	while (!e->broken && take_word(e, SLICE("and"))) {
		other = expr_not(e);
		t = t.wrong == FINE && term_true(&t) ? other : t;
	}
	return t;
}

static struct term
expr_or(struct expr *e)
{
	struct term t = expr_and(e), other;

	while (!e->broken && take_word(e, SLICE("or"))) {
		other = expr_and(e);
		t = t.wrong == FINE && !term_true(&t) ? other : t;
	}
	return t;
}

static struct term
expr_whole(struct expr *e)
{
	struct term yes, condition, no;

	if (e->broken || ++e->depth > EXPR_MAX_DEPTH)
		return expr_break(e);
	yes = expr_or(e);
	if (take_word(e, SLICE("if"))) {
		condition = expr_or(e);
		if (!take_word(e, SLICE("else")))
			return expr_break(e);
		no = expr_whole(e);
		yes = condition.wrong != FINE ? condition : term_true(&condition) ? yes : no;
	}
	e->depth--;
	return yes;
}

static int
explain(const struct term *t, struct diag *d)
{
	static const char *const texts[] = {
	    [ZERO_DIVISION] = "division by zero",
	    [NO_RESULT] = "math domain error",
	    [TOO_LARGE] = "the number is too large",
	};
	struct buf name;

	if (t->wrong != NO_NAME)
		return diag_fail(d, -EINVAL, (struct place){0}, "%s", texts[t->wrong]);
	buf_init(&name, EXPR_MAX_BYTES * 4);
	escape_format(&name, t->name);
	(void)diag_fail(
	    d, -EINVAL, (struct place){0}, "name '%s' is not defined", buf_cstr(&name));
	buf_done(&name);
	return -EINVAL;
}

int
pyexpr_eval(struct slice text, const struct pyexpr_name *names, size_t name_count,
    struct pyexpr_number *out, struct diag *d)
{
	struct expr e = {.rest = slice_trim(text), .names = names, .name_count = name_count};
	struct term t;

	if (text.n > EXPR_MAX_BYTES)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "the expression is longer than %d bytes", EXPR_MAX_BYTES);
	t = expr_whole(&e);
	skip_blanks(&e);
	if (e.broken || e.rest.n > 0)
		return diag_fail(d, -EBADMSG, (struct place){0}, "%s",
		    e.why != NULL ? e.why : "invalid syntax");
	if (t.wrong != FINE)
		return explain(&t, d);
	*out = t.n;
	return 0;
}
