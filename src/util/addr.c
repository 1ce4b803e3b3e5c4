#include "util/addr.h"

#include <arpa/inet.h>
#include <errno.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

static unsigned
addr_bits(const struct addr *a)
{
	return a->family == ADDR_INET4 ? 32 : 128;
}

static void
addr_mask(struct addr *a)
{
	for (unsigned bit = a->plen; bit < addr_bits(a);) {
		if (bit % 8 == 0) {
			a->b[bit / 8] = 0;
			bit += 8;
		} else {
			a->b[bit / 8] &= (uint8_t)(0xff00u >> (bit % 8));
			bit += 8 - bit % 8;
		}
	}
}

/* inet_pton() refuses leading zeros, short forms and zone ids, as we want it. */
static int
addr_parse_host(struct slice text, struct addr *out)
{
	char s[INET6_ADDRSTRLEN + 1];
	struct addr a = {0};

	if (text.n == 0 || text.n >= sizeof(s) || memchr(text.p, '\0', text.n) != NULL)
		return -EINVAL;
	memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	if (inet_pton(AF_INET, s, a.b) == 1) {
		a.family = ADDR_INET4;
		a.plen = 32;
	} else if (inet_pton(AF_INET6, s, a.b) == 1) {
		a.family = ADDR_INET6;
		a.plen = 128;
		if (memcmp(a.b, mapped_prefix, sizeof(mapped_prefix)) == 0) {
			a.family = ADDR_INET4;
			a.plen = 32;
			memmove(a.b, a.b + 12, 4);
			memset(a.b + 4, 0, 12);
		}
	} else {
		return -EINVAL;
	}
	*out = a;
	return 0;
}

/* The length of a mask such as 255.255.0.0. */
static int
addr_mask_length(const struct addr *mask, uint8_t *plen)
{
	unsigned n = 0;

	while (n < addr_bits(mask) && (mask->b[n / 8] & 0x80u >> n % 8) != 0)
		n++;
	for (unsigned bit = n; bit < addr_bits(mask); bit++)
		if ((mask->b[bit / 8] & 0x80u >> bit % 8) != 0)
			return -EDOM;
	*plen = (uint8_t)n;
	return 0;
}

int
addr_parse(struct slice text, struct addr *out)
{
	ptrdiff_t slash = slice_find_char(text, '/', 0);
	struct slice host = slash < 0 ? text : slice_upto(text, (size_t)slash);
	struct addr a, mask;
	uint64_t plen;

	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = slice_of(host.p + 1, host.n - 2);
	if (addr_parse_host(host, &a) < 0)
		return -EINVAL;
	if (slash >= 0) {
		struct slice suffix = slice_from(text, (size_t)slash + 1);

		if (slice_u64(suffix, 1000, &plen) == 0) {
			/* A prefix of the IPv6 form of a mapped address. */
			if (a.family == ADDR_INET4 && plen > 32 && host.n > 0 &&
			    slice_find_char(host, ':', 0) >= 0 && plen >= 96)
				plen -= 96;
			if (plen > addr_bits(&a))
				return -EDOM;
			a.plen = (uint8_t)plen;
		} else if (addr_parse_host(suffix, &mask) == 0 && mask.family == a.family) {
			if (addr_mask_length(&mask, &a.plen) < 0)
				return -EDOM;
		} else {
			return -EINVAL;
		}
		addr_mask(&a);
	}
	*out = a;
	return 0;
}

struct slice
addr_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	size_t n;

	if (inet_ntop(a->family == ADDR_INET4 ? AF_INET : AF_INET6, a->b, out, ADDR_TEXT_MAX) == NULL)
		out[0] = '\0';
	n = strlen(out);
	if (addr_network(a) && a->plen > 0)
		n += (size_t)snprintf(out + n, ADDR_TEXT_MAX - n, "/%u", (unsigned)a->plen);
	return slice_of(out, n);
}

void
addr_format(struct buf *out, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	buf_add(out, addr_text(a, text));
}

bool
addr_network(const struct addr *a)
{
	return a->plen < addr_bits(a);
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && a->plen == b->plen && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool
addr_within(const struct addr *a, const struct addr *net)
{
	struct addr masked = *a;

	if (a->family != net->family || a->plen < net->plen)
		return false;
	masked.plen = net->plen;
	addr_mask(&masked);
	return addr_eq(&masked, net);
}
