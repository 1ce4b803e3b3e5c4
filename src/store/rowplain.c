#include "store/rowplain.h"

#include "store/row.h"

/* Rows with more are rare. */
#define MATCHES_MAX 32
#define ATTRS_MAX 8

/* Longer numbers are for the library. */
#define DIGITS_MAX 9

/* A row as it was found; texts lie in it. */
struct plain {
	struct slice matches[MATCHES_MAX];
	struct details_attr attrs[ATTRS_MAX];
	size_t match_count, attr_count;
	unsigned failures;
};

size_t
rowplain_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x80 &&
	    s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

static bool
take_text(struct slice *rest, struct slice *text)
{
	if (!slice_take(rest, SLICE("\"")))
		return false;
	*text = slice_upto(*rest, rowplain_length(*rest));
	*rest = slice_from(*rest, text->n);
	return slice_take(rest, SLICE("\""));
}

static bool
take_number(struct slice *rest, unsigned *number)
{
	uint64_t value;
	size_t n = 0;

	while (n < rest->n && char_digit(rest->p[n]))
		n++;
	/* JSON knows no zeros in front. */
	if (n > DIGITS_MAX || (n > 1 && rest->p[0] == '0') ||
	    slice_u64(slice_upto(*rest, n), UINT32_MAX, &value) < 0)
		return false;
	*rest = slice_from(*rest, n);
	*number = (unsigned)value;
	return true;
}

/* All of a list behind its bracket. */
static bool
take_matches(struct slice *rest, struct plain *p)
{
	if (slice_take(rest, SLICE("]")))
		return true;
	do {
		if (p->match_count == MATCHES_MAX || !take_text(rest, &p->matches[p->match_count++]))
			return false;
	} while (slice_take(rest, SLICE(", ")));
	return slice_take(rest, SLICE("]"));
}

static bool
is_known(const struct plain *p, struct slice name)
{
	for (size_t i = 0; i < p->attr_count; i++)
		if (slice_eq(p->attrs[i].name, name))
			return true;
	return false;
}

static bool
take_attr(struct slice *rest, struct plain *p)
{
	struct details_attr a;

	if (p->attr_count == ATTRS_MAX || !take_text(rest, &a.name) ||
	    !slice_take(rest, SLICE(": ")) || !take_text(rest, &a.value))
		return false;
	if (a.name.n > ROW_NAME_MAX || row_owns(a.name) || is_known(p, a.name))
		return false;
	p->attrs[p->attr_count++] = a;
	return true;
}

static bool
take_row(struct slice *rest, struct plain *p)
{
	if (!slice_take(rest, SLICE("{")))
		return false;
	if (slice_take(rest, SLICE("\"matches\": [")) &&
	    (!take_matches(rest, p) || !slice_take(rest, SLICE(", "))))
		return false;
	if (!slice_take(rest, SLICE("\"failures\": ")) || !take_number(rest, &p->failures))
		return false;
	while (slice_take(rest, SLICE(", ")))
		if (!take_attr(rest, p))
			return false;
	return slice_take(rest, SLICE("}")) && rest->n == 0;
}

bool
rowplain_read(struct slice json, struct ticket *t, size_t max_matches)
{
	struct plain p;

	_Static_assert(ATTRS_MAX <= DOOR_ATTRS_MAX, "a row gives no more than that");
	p.match_count = p.attr_count = 0;
	if (!take_row(&json, &p))
		return false;
	for (size_t i = 0; i < p.match_count; i++)
		ticket_add_match(t, p.matches[i], max_matches);
	for (size_t i = 0; i < p.attr_count; i++)
		ticket_set_attr(t, p.attrs[i].name, p.attrs[i].value);
	t->failures = p.failures;
	return true;
}
