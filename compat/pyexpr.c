#include "compat/pyexpr.h"

#include "compat/pyexpr_function.h"
#include "compat/pyexpr_operator.h"
#include "util/escape.h"

#include <errno.h>

#define EXPR_MAX_BYTES 4096
/* A parenthesis counts three times, and what stands in the last of 64 does once more. */
#define EXPR_MAX_DEPTH (3 * 65)

/* An expression is evaluated while it is read. */
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

static bool
is_true(const struct pyexpr_term *t)
{
	return pyexpr_term_double(t) != 0;
}

static struct pyexpr_term expr_whole(struct expr *e);

static struct pyexpr_term
expr_break(struct expr *e)
{
	e->broken = true;
	return pyexpr_term_int(0);
}

static bool
line_ends(char c)
{
	return c == '\n' || c == '\r';
}

/* A comment goes to the end of its line. */
static void
skip_comment(struct expr *e)
{
	while (e->rest.n > 0 && !line_ends(e->rest.p[0]))
		e->rest = slice_from(e->rest, 1);
}

static void
skip_blanks(struct expr *e)
{
	while (e->rest.n > 0) {
		if (e->rest.p[0] == '#')
			skip_comment(e);
		else if (char_space(e->rest.p[0]) && (e->brackets > 0 || !line_ends(e->rest.p[0])))
			e->rest = slice_from(e->rest, 1);
		else
			break;
	}
}

/* Lines without anything may follow. */
static bool
at_end(struct expr *e)
{
	e->brackets = 1;
	skip_blanks(e);
	return e->rest.n == 0;
}

/* Takes text if it comes next. */
static bool
take(struct expr *e, const char *text)
{
	skip_blanks(e);
	return slice_take(&e->rest, slice_cstr(text));
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

static struct pyexpr_term
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
		return pyexpr_term_int((int64_t)i);
	return pyexpr_term_float(strtod(text, NULL));
}

/* Quotes around a number are no harm. */
static struct pyexpr_term
expr_text(struct expr *e)
{
	ptrdiff_t end = slice_find_char(e->rest, e->rest.p[0], 1);
	struct expr inner = {.rest = SLICE_EMPTY};
	struct pyexpr_term t;

	if (end < 0)
		return expr_break(e);
	inner.rest = slice_trim(slice_of(e->rest.p + 1, (size_t)end - 1));
	e->rest = slice_from(e->rest, (size_t)end + 1);
	if (inner.rest.n > 0 && char_digit(inner.rest.p[0])) {
		t = expr_number(&inner);
		if (!inner.broken && inner.rest.n == 0)
			return t;
	}
	return (struct pyexpr_term){.wrong = PYEXPR_NO_NUMBER};
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

static struct pyexpr_term
expr_call(struct expr *e, struct slice name)
{
	struct pyexpr_term v[PYEXPR_MAX_ARGS], out;
	size_t n = 0;

	while (n < PYEXPR_MAX_ARGS && !e->broken) {
		v[n++] = expr_whole(e);
		if (!take(e, ","))
			break;
	}
	if (!take_close(e))
		return expr_break(e);
	for (size_t i = 0; i < n; i++)
		if (v[i].wrong != PYEXPR_FINE)
			return v[i];
	return pyexpr_call(name, v, n, &out) ? out : expr_break(e);
}

static struct pyexpr_term
expr_variable(const struct expr *e, struct slice name)
{
	const struct pyexpr_number *constant = pyexpr_constant(name);

	for (size_t i = 0; i < e->name_count; i++)
		if (slice_eq(name, slice_cstr(e->names[i].name)))
			return (struct pyexpr_term){.n = e->names[i].value};
	if (constant != NULL)
		return (struct pyexpr_term){.n = *constant};
	return (struct pyexpr_term){.wrong = PYEXPR_NO_NAME, .name = name};
}

static struct pyexpr_term
expr_atom(struct expr *e)
{
	struct slice name;
	struct pyexpr_term t;
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
	if (e->rest.n > 0 && (e->rest.p[0] == '"' || e->rest.p[0] == '\''))
		return expr_text(e);
	name = expr_name(e);
	if (name.n == 0 || name.p[0] == '.')
		return expr_break(e);
	return take_open(e) ? expr_call(e, name) : expr_variable(e, name);
}

/* Signs bind looser than a power to their right: -2**2 is -4, 2**-1 is 0.5. */
static struct pyexpr_term
expr_signed(struct expr *e)
{
	struct pyexpr_term t;

	if (e->broken || ++e->depth > EXPR_MAX_DEPTH)
		return expr_break(e);
	if (take(e, "-"))
		t = pyexpr_negate(expr_signed(e));
	else if (take(e, "+"))
		t = expr_signed(e);
	else
		t = expr_atom(e);
	if (take(e, "**"))
		t = pyexpr_power(t, expr_signed(e));
	e->depth--;
	return t;
}

static const struct pyexpr_operator *
take_operator(struct expr *e, unsigned level)
{
	const struct pyexpr_operator *op;

	skip_blanks(e);
	op = pyexpr_operator_find(e->rest);
	/* The longest that fits decides, whichever level is being read. */
	if (op == NULL || op->level != level)
		return NULL;
	e->rest = slice_from(e->rest, strlen(op->text));
	return op;
}

static struct pyexpr_term
expr_level(struct expr *e, unsigned level)
{
	const struct pyexpr_operator *op;
	struct pyexpr_term t;

	if (level == PYEXPR_LEVELS)
		return expr_signed(e);
	t = expr_level(e, level + 1);
	while (!e->broken && (op = take_operator(e, level)) != NULL)
		t = pyexpr_operator_apply(op, t, expr_level(e, level + 1));
	return t;
}

static struct pyexpr_term
expr_not(struct expr *e)
{
	struct pyexpr_term t;

	if (e->broken || ++e->depth > EXPR_MAX_DEPTH)
		return expr_break(e);
	if (take_word(e, SLICE("not"))) {
		t = expr_not(e);
		t = t.wrong != PYEXPR_FINE ? t : pyexpr_term_int(!is_true(&t));
	} else {
		t = expr_level(e, PYEXPR_COMPARE);
	}
	e->depth--;
	return t;
}

static struct pyexpr_term
expr_and(struct expr *e)
{
	struct pyexpr_term t = expr_not(e), other;

	while (!e->broken && take_word(e, SLICE("and"))) {
		other = expr_not(e);
		t = t.wrong == PYEXPR_FINE && is_true(&t) ? other : t;
	}
	return t;
}

static struct pyexpr_term
expr_or(struct expr *e)
{
	struct pyexpr_term t = expr_and(e), other;

	while (!e->broken && take_word(e, SLICE("or"))) {
		other = expr_and(e);
		t = t.wrong == PYEXPR_FINE && !is_true(&t) ? other : t;
	}
	return t;
}

static struct pyexpr_term
expr_whole(struct expr *e)
{
	struct pyexpr_term yes, condition, no;

	if (e->broken || ++e->depth > EXPR_MAX_DEPTH)
		return expr_break(e);
	yes = expr_or(e);
	if (take_word(e, SLICE("if"))) {
		condition = expr_or(e);
		if (!take_word(e, SLICE("else")))
			return expr_break(e);
		no = expr_whole(e);
		yes = condition.wrong != PYEXPR_FINE ? condition : is_true(&condition) ? yes : no;
	}
	e->depth--;
	return yes;
}

static int
explain(const struct pyexpr_term *t, struct diag *d)
{
	static const char *const texts[] = {
	    [PYEXPR_ZERO_DIVISION] = "division by zero",
	    [PYEXPR_NO_RESULT] = "math domain error",
	    [PYEXPR_NO_NUMBER] = "a text in quotes is no number",
	    [PYEXPR_TOO_LARGE] = "the number is too large",
	};
	struct buf name;

	if (t->wrong != PYEXPR_NO_NAME)
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
	struct pyexpr_term t;

	if (text.n > EXPR_MAX_BYTES)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "the expression is longer than %d bytes", EXPR_MAX_BYTES);
	t = expr_whole(&e);
	if (e.broken || !at_end(&e))
		return diag_fail(d, -EBADMSG, (struct place){0}, "%s",
		    e.why != NULL ? e.why : "invalid syntax");
	if (t.wrong != PYEXPR_FINE)
		return explain(&t, d);
	*out = t.n;
	return 0;
}
