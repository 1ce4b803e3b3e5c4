#include "jail/ticket.h"

#include "util/mem.h"

#include <assert.h>

struct ticket *
ticket_new_addr(struct slice id, struct slice ip, const struct addr *addr, struct instant when)
{
	bool same = slice_eq(id, ip) || ip.n == 0;
	size_t room = offsetof(struct ticket, text) + id.n + (same ? 0 : ip.n);
	struct ticket *t = mem_alloc(room > sizeof(*t) ? room : sizeof(*t));

	assert(id.n <= UINT32_MAX && ip.n <= UINT32_MAX);
	t->refs = 1;
	(void)slice_put(slice_put(t->text, id), same ? SLICE_EMPTY : ip);
	t->id_n = (unsigned)id.n;
	t->ip_n = same ? 0 : (unsigned)ip.n;
	t->addr = *addr;
	t->when = when;
	return t;
}

struct ticket *
ticket_new(struct slice id, struct slice ip, struct instant when)
{
	struct addr addr;

	if (addr_parse(ip, &addr) < 0)
		addr = (struct addr){.family = ADDR_NONE};
	return ticket_new_addr(id, ip, &addr, when);
}

struct slice
ticket_ip(const struct ticket *t)
{
	return t->ip_n > 0 ? slice_of(t->text + t->id_n, t->ip_n) : ticket_id(t);
}

struct ticket *
ticket_ref(struct ticket *t)
{
	t->refs++;
	return t;
}

void
ticket_unref(struct ticket *t)
{
	if (t == NULL)
		return;
	assert(t->refs > 0);
	if (--t->refs > 0)
		return;
	details_free(t->more);
	mem_free(t);
}
