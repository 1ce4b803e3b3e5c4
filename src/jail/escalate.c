#include "jail/escalate.h"

#include "compat/pyexpr.h"

#include <errno.h>
#include <math.h>

#define COUNT_CAP 20	/* beyond it the default formula does not double any more */

static int
factor_of(const struct escalate *e, double *out, struct diag *d)
{
	struct pyexpr_number n;
	int r;

	*out = 1;
	if (slice_trim(e->factor).n == 0)
		return 0;
	r = pyexpr_eval(e->factor, NULL, 0, &n, d);
	if (r == 0)
		*out = pyexpr_double(&n);
	return r;
}

static int
by_formula(
    const struct escalate *e, double base_s, unsigned count, double factor, double *out,
    struct diag *d)
{
	const struct pyexpr_name names[] = {
	    {"ban.Time", {.is_float = true, .f = base_s}},
	    {"ban.Count", {.i = count}},
	    {"banFactor", {.is_float = true, .f = factor}},
	};
	struct pyexpr_number n;
	int r;

	if (slice_trim(e->formula).n == 0) {
		*out = base_s * ldexp(1, (int)(count < COUNT_CAP ? count : COUNT_CAP)) * factor;
	} else {
		r = pyexpr_eval(e->formula, names, sizeof(names) / sizeof(names[0]), &n, d);
		if (r < 0)
			return r;
		*out = pyexpr_double(&n);
	}
	if (!(*out >= base_s))
		*out = base_s;
	return 0;
}

/* The multiplier of count, or the last there is. */
static int
by_multipliers(const struct escalate *e, unsigned count, double *out, struct diag *d)
{
	struct slice rest = e->multipliers, word;
	struct pyexpr_number n;
	int r = -EINVAL;

	for (unsigned i = 0; i <= count && slice_next_word(&rest, &word); i++) {
		r = pyexpr_eval(word, NULL, 0, &n, d);
		if (r < 0)
			return r;
		*out = pyexpr_double(&n);
	}
	return r;
}

int
escalate_bantime(const struct escalate *e, double base_s, unsigned count, double chance,
    double *out_s, struct diag *d)
{
	double factor, time_s = 0;
	int r;

	r = factor_of(e, &factor, d);
	if (r < 0)
		return r;
	if (slice_trim(e->multipliers).n > 0) {
		r = by_multipliers(e, count, &time_s, d);
		time_s *= base_s * factor;
	} else {
		r = by_formula(e, base_s, count, factor, &time_s, d);
	}
	if (r < 0)
		return r;
	if (e->maxtime_s >= 0 && time_s > e->maxtime_s)
		time_s = e->maxtime_s;
	*out_s = time_s + chance * e->rndtime_s;
	return 0;
}

double
escalate_retries(unsigned count, unsigned maxretry)
{
	double retries = ldexp(1, (int)(count < COUNT_CAP ? count : COUNT_CAP)) / 2 + 1;

	return retries < maxretry ? retries : maxretry;
}
