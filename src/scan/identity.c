#include "scan/identity.h"

#include "scan/attrs.h"

#include <stdio.h>

static void
identity_text(struct identity *who, struct slice text)
{
	who->kind = DOOR_TEXT;
	who->id = text;
}

static bool
identity_addr(struct identity *who, struct slice text)
{
	if (addr_parse(text, &who->addr) < 0)
		return false;
	who->kind = DOOR_ADDR;
	who->id = addr_text(&who->addr, who->id_text);
	return true;
}

/* An address that a regex took for one, and its prefix length if there is one. */
static void
identity_ip(struct identity *who, struct slice ip, struct slice cidr)
{
	char text[ADDR_TEXT_MAX + 8];
	struct slice net = slice_of(text, 0);

	if (cidr.n > 0 && cidr.n < 8 && ip.n < ADDR_TEXT_MAX) {
		net.n = (size_t)snprintf(
		    text, sizeof(text), "%.*s/%.*s", SLICE_ARG(ip), SLICE_ARG(cidr));
		if (identity_addr(who, net))
			return;
	}
	if (!identity_addr(who, ip))
		identity_text(who, ip);
}

/* The address or name that was seen, canonical where it is an address. */
static struct slice
seen_host(struct identity *who, struct slice ip, struct slice dns)
{
	struct addr a;

	if (ip.n > 0 && addr_parse(ip, &a) == 0)
		return addr_text(&a, who->host_text);
	return ip.n > 0 ? ip : dns;
}

static bool
identity_dns(enum filter_dns dns, struct identity *who, struct slice name)
{
	if (dns == FILTER_DNS_RAW) {
		identity_text(who, name);
	} else if (!identity_addr(who, name)) {
		if (dns == FILTER_DNS_NO)
			return false;
		who->kind = DOOR_NAME;
		who->id = name;
	}
	return true;
}

bool
identity_find(
    struct identity *who, const struct door_attr *v, size_t count, enum filter_dns dns, bool *known)
{
	struct slice fid = attrs_value(v, count, SLICE("fid"));
	struct slice ip = attrs_value(v, count, SLICE("ip4"));
	struct slice name = attrs_value(v, count, SLICE("dns"));

	if (ip.n == 0)
		ip = attrs_value(v, count, SLICE("ip6"));
	*known = fid.n > 0 || ip.n > 0 || name.n > 0;
	who->host = SLICE_EMPTY;
	if (fid.n > 0) {
		if (dns == FILTER_DNS_RAW || !identity_addr(who, fid))
			identity_text(who, fid);
		who->host = seen_host(who, ip, name);
		if (slice_eq(who->host, who->id))
			who->host = SLICE_EMPTY;
		return true;
	}
	if (ip.n > 0) {
		identity_ip(who, ip, attrs_value(v, count, SLICE("cidr")));
		return true;
	}
	return name.n > 0 && identity_dns(dns, who, name);
}

static struct slice
moved(struct slice s, const struct identity *from, struct identity *to)
{
	if (s.p == from->id_text)
		s.p = to->id_text;
	else if (s.p == from->host_text)
		s.p = to->host_text;
	return s;
}

void
identity_copy(struct identity *to, const struct identity *from)
{
	*to = *from;
	to->id = moved(from->id, from, to);
	to->host = moved(from->host, from, to);
}
