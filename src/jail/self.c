#include "jail/self.h"

#include "util/mem.h"

#include <ifaddrs.h>

#define SELF_MAX_AGE SPAN_S(300)

static struct {
	struct addr *v;
	size_t count;
	struct mono read_at;
	bool read;
} own;

static void
self_read(struct mono now)
{
	struct ifaddrs *all;
	struct addr a;

	own.read = true;
	own.read_at = now;
	/* The old list is better than none. */
	if (getifaddrs(&all) < 0)
		return;
	own.count = 0;
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		if (!addr_of_sockaddr(i->ifa_addr, &a))
			continue;
		own.v = mem_grow(own.v, own.count + 1, sizeof(*own.v));
		own.v[own.count++] = a;
	}
	freeifaddrs(all);
}

static void
self_refresh(struct mono now)
{
	if (!own.read || mono_since(now, own.read_at).us > SELF_MAX_AGE.us)
		self_read(now);
}

bool
self_within(const struct addr *net, struct mono now)
{
	self_refresh(now);
	for (size_t i = 0; i < own.count; i++)
		if (addr_within(&own.v[i], net))
			return true;
	return false;
}

bool
self_address(const struct addr *a, struct mono now)
{
	self_refresh(now);
	for (size_t i = 0; i < own.count; i++)
		if (addr_eq(&own.v[i], a))
			return true;
	return false;
}
