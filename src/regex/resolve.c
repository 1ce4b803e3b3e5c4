#include "regex/resolve.h"

#include "util/buf.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define NAME_MAX_BYTES 254

static struct addr
addr_of(const struct sockaddr *sa)
{
	struct addr a = {.family = ADDR_NONE};

	if (sa->sa_family == AF_INET) {
		a.family = ADDR_INET4;
		a.plen = 32;
		memcpy(a.b, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		a.family = ADDR_INET6;
		a.plen = 128;
		memcpy(a.b, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	}
	return a;
}

static size_t
add_new(struct addr *addrs, size_t count, const struct addr *a)
{
	for (size_t i = 0; i < count; i++) {
		if (addr_eq(&addrs[i], a))
			return count;
	}
	if (a->family == ADDR_NONE || count == RESOLVE_MAX)
		return count;
	addrs[count] = *a;
	return count + 1;
}

static size_t
look_up(const char *name, struct addr *addrs)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	size_t count = 0;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *ai = found; ai != NULL; ai = ai->ai_next) {
		struct addr a = addr_of(ai->ai_addr);

		count = add_new(addrs, count, &a);
	}
	freeaddrinfo(found);
	return count;
}

size_t
resolve_name(struct slice name, const struct addr **addrs)
{
	static char last[NAME_MAX_BYTES + 1];
	static struct addr known[RESOLVE_MAX];
	static size_t count;

	*addrs = known;
	if (name.n == 0 || name.n > NAME_MAX_BYTES || memchr(name.p, '\0', name.n) != NULL)
		return 0;
	if (slice_eq(name, slice_cstr(last)))
		return count;
	memcpy(last, name.p, name.n);
	last[name.n] = '\0';
	count = look_up(last, known);
	return count;
}
