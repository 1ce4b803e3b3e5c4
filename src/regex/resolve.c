#include "regex/resolve.h"

#include "util/buf.h"

#include <netdb.h>
#include <sys/socket.h>

#define NAME_MAX_BYTES 254

static size_t
add_new(struct addr *addrs, size_t count, const struct addr *a)
{
	for (size_t i = 0; i < count; i++) {
		if (addr_eq(&addrs[i], a))
			return count;
	}
	if (count == RESOLVE_MAX)
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
		struct addr a;

		if (addr_of_sockaddr(ai->ai_addr, &a))
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
