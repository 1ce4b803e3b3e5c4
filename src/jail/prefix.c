#include "jail/prefix.h"

#include "util/escape.h"

#include <errno.h>

/* Wider ones would lock out whole providers. */
#define SHORTEST_INET4 8
#define SHORTEST_INET6 16

static int
refuse(struct slice word, struct diag *d)
{
	struct buf shown;
	int r;

	buf_init(&shown, 256);
	escape_format(&shown, slice_upto(word, 50));
	r = diag_fail(d, -EINVAL, (struct place){0},
	    "banprefix: '%s' is no length of a prefix; write inet6/64, inet4/24 or both, inet4 from /%d "
	    "to /32, inet6 from /%d to /128",
	    buf_cstr(&shown), SHORTEST_INET4, SHORTEST_INET6);
	buf_done(&shown);
	return r;
}

static int
parse_word(struct slice word, struct prefix_lengths *p)
{
	struct slice family;
	uint64_t n;

	if (!slice_next(&word, '/', &family) || slice_u64(word, 128, &n) < 0)
		return -EINVAL;
	if (slice_eq(family, SLICE("inet4")) || slice_eq(family, SLICE("ipv4"))) {
		p->inet4 = n == 32 ? 0 : (uint8_t)n;
		return n >= SHORTEST_INET4 && n <= 32 ? 0 : -EINVAL;
	}
	if (slice_eq(family, SLICE("inet6")) || slice_eq(family, SLICE("ipv6"))) {
		p->inet6 = n == 128 ? 0 : (uint8_t)n;
		return n >= SHORTEST_INET6 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int
prefix_parse(struct slice text, struct prefix_lengths *out, struct diag *d)
{
	struct prefix_lengths p = {0};
	struct slice piece, word;

	while (slice_next(&text, ',', &piece))
		while (slice_next_word(&piece, &word))
			if (parse_word(word, &p) < 0)
				return refuse(word, d);
	*out = p;
	return 0;
}

void
prefix_format(struct buf *out, const struct prefix_lengths *p)
{
	if (p->inet4 > 0)
		buf_printf(out, "inet4/%u", p->inet4);
	if (p->inet6 > 0)
		buf_printf(out, "%sinet6/%u", p->inet4 > 0 ? ", " : "", p->inet6);
}

bool
prefix_widen(const struct prefix_lengths *p, struct addr *a)
{
	unsigned length = a->family == ADDR_INET4 ? p->inet4 :
	    a->family == ADDR_INET6               ? p->inet6 :
						    0;

	if (length == 0 || length >= a->plen)
		return false;
	for (size_t bit = length; bit < sizeof(a->b) * 8; bit++)
		a->b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	a->plen = (uint8_t)length;
	return true;
}
