#ifndef F2B_UTIL_ADDR_H
#define F2B_UTIL_ADDR_H

#include "util/buf.h"

/*
 * An IPv4 or IPv6 address, or a network of one. Always in canonical form: what lies behind the
 * prefix is zero, and an IPv4 address mapped into IPv6 (::ffff:a.b.c.d) is an IPv4 address.
 */
enum addr_family { ADDR_NONE = 0, ADDR_INET4 = 4, ADDR_INET6 = 6 };

struct addr {
	uint8_t family;	/* enum addr_family */
	uint8_t plen;	/* 32 or 128 for a single address */
	uint8_t b[16];	/* network byte order; the first 4 for IPv4 */
};

#define ADDR_TEXT_MAX 64

/*
 * Reads the whole of text: an address, "[v6]" in brackets, or either followed by "/prefix" or, for
 * IPv4, "/netmask". A dotted quad is strict: four decimal numbers without leading zeros.
 *
 * Returns 0; -EINVAL if text is no address; -EDOM if it is one with a mask that has no prefix
 * length, or a prefix longer than the address.
 */
int addr_parse(struct slice text, struct addr *out);

/* The address of a socket, as addr_parse() gives it; false for one of another family, and for NULL. */
struct sockaddr;
bool addr_of_sockaddr(const struct sockaddr *sa, struct addr *out);

/* Adds the shortest text form (RFC 5952), with "/plen" for a network; "/0" prints no suffix. */
void addr_format(struct buf *out, const struct addr *a);

/* The same into a fixed buffer; returns out as a slice. */
struct slice addr_text(const struct addr *a, char out[ADDR_TEXT_MAX]);

bool addr_eq(const struct addr *a, const struct addr *b);

/* For qsort() and bsearch(), of structs that begin with an address: some order of addresses. */
int addr_order(const void *a, const void *b);

/* True if it is one of them, which are in this order. */
bool addr_among(const struct addr *sorted, size_t count, const struct addr *a);

/* True if a, an address or a network, lies within net. Families never mix. */
bool addr_within(const struct addr *a, const struct addr *net);

/* True for a network, false for a single address. */
bool addr_network(const struct addr *a);

#endif
