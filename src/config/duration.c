#include "config/duration.h"

#include "config/text.h"
#include "util/buf.h"

/* Durations are short; what is longer is refused with the expression. */
#define DURATION_MAX_BYTES 4096

struct unit {
	const char *names; /* separated by spaces, each with one before and after */
	const char *factor;
};

static const struct unit units[] = {
    {" s ss se sec second seconds ", "*1"},
    {" m mm mi min minute minutes ", "*60"},
    {" h hh ho hou hour hours ", "*3600"},
    {" d dd da day days ", "*86400"},
    {" w ww we wee week weeks ", "*604800"},
    /* A month and a year of the Julian calendar, which have a fraction of a day. */
    {" mo mon month months ", "*2629800.0"},
    {" y yy ye yea year years ", "*31557600.0"},
};

/* The factor that the word of letters stands for, or NULL. */
static const char *
unit_factor(struct slice word)
{
	char wanted[16];
	size_t n = 0;

	if (word.n + 2 > sizeof(wanted))
		return NULL;
	wanted[n++] = ' ';
	for (size_t i = 0; i < word.n; i++)
		wanted[n++] = char_lower(word.p[i]);
	wanted[n++] = ' ';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (slice_find(slice_cstr(units[i].names), slice_of(wanted, n), 0) >= 0)
			return units[i].factor;
	return NULL;
}

/*
 * Writes "1d12h" as "1*86400 12*3600": a word of letters behind a digit or a space becomes a
 * factor; a digit behind a letter begins anew.
 */
static void
expand_units(struct buf *out, struct slice s)
{
	while (s.n > 0) {
		char before = out->n > 0 ? out->p[out->n - 1] : '\0';
		const char *factor;
		size_t n = 0;

		while (n < s.n && char_alpha(s.p[n]))
			n++;
		if (n == 0) {
			buf_add_char(out, s.p[0]);
			s = slice_from(s, 1);
			continue;
		}
		factor =
		    char_digit(before) || char_space(before) ? unit_factor(slice_upto(s, n)) : NULL;
		if (n < s.n && text_word_char(s.p[n]) && !char_digit(s.p[n]))
			factor = NULL;
		if (factor != NULL)
			buf_add_cstr(out, factor);
		else
			buf_add(out, slice_upto(s, n));
		s = slice_from(s, n);
		if (s.n > 0 && char_digit(s.p[0]))
			buf_add_char(out, ' ');
	}
}

/* "1 2" is "1+2". A digit serves one such pair only: "1 2 3" is no duration. */
static void
join_sums(struct buf *out, struct slice s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t space = i + 1;

		buf_add_char(out, s.p[i]);
		while (char_digit(s.p[i]) && space < s.n && char_space(s.p[space]))
			space++;
		if (space > i + 1 && space < s.n && char_digit(s.p[space])) {
			buf_add_char(out, '+');
			buf_add_char(out, s.p[space]);
			i = space;
		}
		i++;
	}
}

int
duration_parse(struct slice text, struct pyexpr_number *seconds, struct diag *d)
{
	struct buf expanded, joined;
	int r;

	buf_init(&expanded, 8 * DURATION_MAX_BYTES);
	buf_init(&joined, 8 * DURATION_MAX_BYTES);
	/* What is cut here is too long for the expression as well. */
	expand_units(&expanded, slice_upto(text, DURATION_MAX_BYTES + 1));
	join_sums(&joined, buf_slice(&expanded));
	r = pyexpr_eval(buf_slice(&joined), NULL, 0, seconds, d);
	buf_done(&expanded);
	buf_done(&joined);
	return r;
}

int
duration_seconds(struct slice text, double *seconds, struct diag *d)
{
	struct pyexpr_number n;
	int r = duration_parse(text, &n, d);

	if (r == 0)
		*seconds = pyexpr_double(&n);
	return r;
}

bool
duration_truth(struct slice text)
{
	return slice_eq_nocase(text, SLICE("1")) || slice_eq_nocase(text, SLICE("on")) ||
	       slice_eq_nocase(text, SLICE("true")) || slice_eq_nocase(text, SLICE("yes"));
}
