#include "control/resolve.h"

#include "util/escape.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/table.h"
#include "util/time.h"

#define RESOLVE_AGE SPAN_S(300)
#define RESOLVE_NAME_BYTES 253	/* RFC 1035, 2.3.4, without the final dot */

struct answer {
	struct list age;	/* oldest first */
	char *name;
	struct mono at;
	struct addr addrs[RESOLVE_ADDRS_MAX];
	size_t count;
	char error[128];
};

struct resolver {
	uv_loop_t *loop;
	struct table answers;
	struct list by_age;
	struct table lookups;	/* under way, by name */
	size_t pending;	/* of them; and one that just ended, until all were told */
	size_t waiting;	/* who is to be told, of all look-ups */
	bool closing;
	void (*freed)(void *arg);	/* while closing */
	void *freed_arg;
};

struct lookup {
	uv_getaddrinfo_t req;
	struct resolver *resolver;
	char *name;
	struct list waiters;
};

struct waiter {
	struct list link;
	resolver_told *done;
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
answer_free(struct answer *a)
{
	mem_free(a->name);
	mem_free(a);
}

static void
answer_forget(struct resolver *r, struct answer *a)
{
	(void)table_take(&r->answers, slice_cstr(a->name));
	list_remove(&a->age);
	answer_free(a);
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
	table_done(&r->lookups);
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

static struct answer *
answer_new(const char *name, int status, const struct addrinfo *list)
{
	struct answer *a = MEM_NEW(struct answer);

	a->name = mem_copy(name, strlen(name));
	a->at = time_mono();
	if (status < 0)
		(void)snprintf(a->error, sizeof(a->error), "%s", uv_strerror(status));
	for (; list != NULL && a->count < RESOLVE_ADDRS_MAX; list = list->ai_next)
		a->count += addr_of_sockaddr(list->ai_addr, &a->addrs[a->count]);
	return a;
}

static void
answer_remember(struct resolver *r, struct answer *a)
{
	struct answer *old = table_get(&r->answers, slice_cstr(a->name));

	if (old != NULL)
		answer_forget(r, old);
	while (r->answers.n >= RESOLVE_NAMES_MAX)
		answer_forget(r, LIST_ITEM(r->by_age.next, struct answer, age));
	list_append(&r->by_age, &a->age);
	(void)table_put(&r->answers, slice_cstr(a->name), a); /* it is not there any more */
}

/* Tells all who wait. What one of them does may make us forget the answer, so that they get a copy. */
static void
lookup_tell(struct lookup *l, const struct answer *a)
{
	const struct answer copy = *a;

	LIST_EACH(link, &l->waiters) {
		struct waiter *w = LIST_ITEM(link, struct waiter, link);

		list_remove(&w->link);
		l->resolver->waiting--;
		w->done(w->arg, slice_cstr(l->name), copy.addrs, copy.count, copy.error);
		mem_free(w);
	}
}

static void
lookup_done(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct lookup *l = req->data;
	struct resolver *r = l->resolver;
	struct answer *a = answer_new(l->name, status, list);

	(void)table_take(&r->lookups, slice_cstr(l->name));
	if (r->closing) {
		a->count = 0;
		(void)snprintf(a->error, sizeof(a->error), "shutting down");
		lookup_tell(l, a);
		answer_free(a);
	} else {
		answer_remember(r, a);
		lookup_tell(l, a);
	}
	r->pending--;
	uv_freeaddrinfo(list);
	mem_free(l->name);
	mem_free(l);
	resolver_release(r);
}

static struct lookup *
lookup_new(struct resolver *r, struct slice name)
{
	struct lookup *l = MEM_NEW(struct lookup);

	l->resolver = r;
	l->name = mem_copy(name.p, name.n);
	l->req.data = l;
	list_init(&l->waiters);
	(void)table_put(&r->lookups, slice_cstr(l->name), l); /* looked for before */
	r->pending++;
	return l;
}

static void
lookup_join(struct lookup *l, resolver_told *done, void *arg)
{
	struct waiter *w = MEM_NEW(struct waiter);

	w->done = done;
	w->arg = arg;
	list_append(&l->waiters, &w->link);
	l->resolver->waiting++;
}

void
resolver_log_failure(struct slice name, const char *error)
{
	struct buf *line = log_begin(LEVEL_WARNING, "ipdns");

	if (line == NULL)
		return;
	buf_add_cstr(line, "Unable to find a corresponding IP address for ");
	escape_format(line, name);
	buf_printf(line, ": %s", error);
	log_end();
}

static const struct addrinfo stream_hint = {.ai_socktype = SOCK_STREAM};

void
resolver_lookup(struct resolver *r, struct slice name, resolver_told *done, void *arg)
{
	struct answer *a = table_get(&r->answers, name);
	struct lookup *l = table_get(&r->lookups, name);
	int status;

	if (a != NULL && mono_since(time_mono(), a->at).us < RESOLVE_AGE.us) {
		const struct answer copy = *a; /* as in lookup_tell() */

		done(arg, name, copy.addrs, copy.count, copy.error);
		return;
	}
	if (name.n == 0 || name.n > RESOLVE_NAME_BYTES || memchr(name.p, '\0', name.n) != NULL) {
		done(arg, name, NULL, 0, "not a host name");
		return;
	}
	if ((l == NULL && r->pending >= RESOLVE_PENDING_MAX) || r->waiting >= RESOLVE_WAITING_MAX) {
		done(arg, name, NULL, 0, "too many look-ups under way");
		return;
	}
	if (l != NULL) {
		lookup_join(l, done, arg);
		return;
	}
	l = lookup_new(r, name);
	lookup_join(l, done, arg);
	status = uv_getaddrinfo(r->loop, &l->req, lookup_done, l->name, NULL, &stream_hint);
	if (status < 0)
		lookup_done(&l->req, status, NULL);
}
