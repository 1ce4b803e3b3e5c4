#ifndef F2B_JAIL_PREFIX_H
#define F2B_JAIL_PREFIX_H

#include "util/addr.h"
#include "util/diag.h"

/*
 * Networks that count and are banned in place of single addresses: an attacker who owns a /64 of
 * IPv6 has as many addresses as he likes.
 */
struct prefix_lengths {
	uint8_t inet4, inet6;	/* 0: single addresses */
};

/*
 * "inet6/64", "inet4/24, inet6/56", or an empty text for none; "ipv4" and "ipv6" mean the same. -EINVAL
 * with d if it is anything else; *out is then left as it was.
 */
int prefix_parse(struct slice text, struct prefix_lengths *out, struct diag *d);

/* Adds the text that prefix_parse() takes. */
void prefix_format(struct buf *out, const struct prefix_lengths *p);

/* Makes *a the network that it counts for. False, and *a as it was, if it counts for itself. */
bool prefix_widen(const struct prefix_lengths *p, struct addr *a);

#endif
