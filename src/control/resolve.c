#include "control/resolve.h"

#include "util/list.h"
#include "util/mem.h"
#include "util/table.h"
#include "util/time.h"

#include <netinet/in.h>

#define RESOLVE_AGE SPAN_S(300)
#define RESOLVE_NAME_BYTES 253	/* RFC 1035, 2.3.4, without the final dot */

struct answer {
	struct list age;	/* oldest first */
	char *name;
	struct mono at;
	struct addr *addrs;
	size_t count;
	char error[128];
};

struct resolver {
	uv_loop_t *loop;
	struct table answers;
	struct list by_age;
	size_t pending;
	bool closing;
	void (*freed)(void *arg);	/* while closing */
	void *freed_arg;
};

struct lookup {
	uv_getaddrinfo_t req;
	struct resolver *resolver;
	char *name;
	void (*done)(void *arg, struct slice name, const struct addr *addrs, size_t count,
	    const char *error);
	void *arg;
};

struct resolver *
resolver_new(uv_loop_t *loop)
{
	struct resolver *r = MEM_NEW(struct resolver);

	r->loop = loop;
	list_init(&r->by_age);
	return r;
}

static void
answer_forget(struct resolver *r, struct answer *a)
{
	(void)table_take(&r->answers, slice_cstr(a->name));
	list_remove(&a->age);
	mem_free(a->addrs);
	mem_free(a->name);
	mem_free(a);
}

void
resolver_clear(struct resolver *r)
{
	LIST_EACH(link, &r->by_age)
		answer_forget(r, LIST_ITEM(link, struct answer, age));
}

static void
resolver_release(struct resolver *r)
{
	if (!r->closing || r->pending > 0)
		return;
	table_done(&r->answers);
	r->freed(r->freed_arg);
	mem_free(r);
}

void
resolver_free(struct resolver *r, void (*freed)(void *arg), void *arg)
{
	resolver_clear(r);
	r->closing = true;
	r->freed = freed;
	r->freed_arg = arg;
	resolver_release(r);
}

static bool
addr_of(const struct sockaddr *sa, struct addr *out)
{
	char text[INET6_ADDRSTRLEN];

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return false;
	if (sa->sa_family == AF_INET)
		(void)uv_ip4_name((const struct sockaddr_in *)(const void *)sa, text, sizeof(text));
	else
		(void)uv_ip6_name((const struct sockaddr_in6 *)(const void *)sa, text, sizeof(text));
	return addr_parse(slice_cstr(text), out) == 0;
}

static struct answer *
answer_new(struct resolver *r, const char *name, int status, const struct addrinfo *list)
{
	struct answer *a = MEM_NEW(struct answer);

	a->name = mem_copy(name, strlen(name));
	a->at = time_mono();
	a->addrs = mem_array(RESOLVE_ADDRS_MAX, sizeof(*a->addrs));
	if (status < 0)
		(void)snprintf(a->error, sizeof(a->error), "%s", uv_strerror(status));
	for (; list != NULL && a->count < RESOLVE_ADDRS_MAX; list = list->ai_next) {
		struct addr *to = &a->addrs[a->count];

		if (addr_of(list->ai_addr, to))
			a->count++;
	}
	while (r->answers.n >= RESOLVE_NAMES_MAX)
		answer_forget(r, LIST_ITEM(r->by_age.next, struct answer, age));
	list_append(&r->by_age, &a->age);
	return a;
}

static void
lookup_done(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct lookup *l = req->data;
	struct resolver *r = l->resolver;

	r->pending--;
	if (!r->closing) {
		struct answer *old = table_get(&r->answers, slice_cstr(l->name)), *a;

		if (old != NULL)
			answer_forget(r, old);
		a = answer_new(r, l->name, status, list);
		(void)table_put(&r->answers, slice_cstr(a->name), a);
		l->done(l->arg, slice_cstr(l->name), a->addrs, a->count, a->error);
	} else {
		l->done(l->arg, slice_cstr(l->name), NULL, 0, "shutting down");
	}
	uv_freeaddrinfo(list);
	mem_free(l->name);
	mem_free(l);
	resolver_release(r);
}

static const struct addrinfo stream_hint = {.ai_socktype = SOCK_STREAM};

void
resolver_lookup(struct resolver *r, struct slice name,
    void (*done)(void *arg, struct slice name, const struct addr *addrs, size_t count,
        const char *error),
    void *arg)
{
	struct answer *a = table_get(&r->answers, name);
	struct lookup *l;
	int status;

	if (a != NULL && mono_since(time_mono(), a->at).us < RESOLVE_AGE.us) {
		done(arg, name, a->addrs, a->count, a->error);
		return;
	}
	if (name.n == 0 || name.n > RESOLVE_NAME_BYTES || memchr(name.p, '\0', name.n) != NULL) {
		done(arg, name, NULL, 0, "not a host name");
		return;
	}
	if (r->pending >= RESOLVE_PENDING_MAX) {
		done(arg, name, NULL, 0, "too many look-ups under way");
		return;
	}
	l = MEM_NEW(struct lookup);
	l->resolver = r;
	l->name = mem_copy(name.p, name.n);
	l->done = done;
	l->arg = arg;
	l->req.data = l;
	r->pending++;
	status = uv_getaddrinfo(r->loop, &l->req, lookup_done, l->name, NULL, &stream_hint);
	if (status < 0)
		lookup_done(&l->req, status, NULL);
}
