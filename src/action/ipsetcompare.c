#include "action/ipsetcompare.h"

#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>

static void
take_element(void *arg, const struct addr *a)
{
	struct ipsetcompare *c = arg;

	c->there = mem_room(c->there, c->there_count, &c->there_cap, sizeof(*c->there), 64);
	c->there[c->there_count++] = *a;
}

static void
put_change(struct ipsetcompare *c, const struct addr *a, const struct ticket *t)
{
	if (c->count == c->cap) {
		c->cap = c->cap > 0 ? 2 * c->cap : 64;
		c->changes = mem_grow(c->changes, c->cap, sizeof(*c->changes));
		c->tickets = mem_grow(c->tickets, c->cap, sizeof(*c->tickets));
	}
	c->tickets[c->count] = t;
	c->changes[c->count++] = (struct ipset_change){.set = c->set, .addr = *a, .add = t != NULL};
}

static void
compare_ban(void *arg, const struct ticket *t)
{
	struct ipsetcompare *c = arg;
	const struct addr *found;

	if (t->addr.family != c->addr)
		return;
	if (addr_network(&t->addr) && !c->networks) {
		c->passed_over = true;
		return;
	}
	c->state.wanted++;
	found = c->there_count == 0 ? NULL :
	    bsearch(&t->addr, c->there, c->there_count, sizeof(*c->there), addr_order);
	if (found == NULL) {
		c->state.missing++;
		put_change(c, &t->addr, t);
		return;
	}
	c->state.there++;
	c->claimed[found - c->there] = true;
}

static void
compare_extra(struct ipsetcompare *c)
{
	for (size_t i = 0; i < c->there_count && !c->passed_over && !c->shared; i++)
		if (!c->claimed[i]) {
			c->state.extra++;
			put_change(c, &c->there[i], NULL);
		}
}

int
ipsetcompare_make(struct ipsetcompare *c, struct ipset *s)
{
	int error = ipset_list(s, c->set, &c->networks, take_element, c);

	c->state.rules = error == 0;
	if (error < 0 && error != -ENOENT)
		return error;
	if (c->there_count > 0)
		qsort(c->there, c->there_count, sizeof(*c->there), addr_order);
	c->claimed = mem_array(c->there_count, sizeof(*c->claimed));
	if (c->jail->each_ban != NULL)
		c->jail->each_ban(c->jail, compare_ban, c);
	compare_extra(c);
	return 0;
}

void
ipsetcompare_done(struct ipsetcompare *c)
{
	mem_free(c->changes);
	mem_free(c->tickets);
	mem_free(c->there);
	mem_free(c->claimed);
}
