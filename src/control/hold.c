#include "control/hold.h"

#include "util/mem.h"

struct hold *
hold_new(struct list *holds)
{
	struct hold *h = MEM_NEW(struct hold);

	h->refs = 1;
	list_append(holds, &h->link);
	return h;
}

struct hold *
hold_ref(struct hold *h)
{
	if (h != NULL)
		h->refs++;
	return h;
}

void
hold_unref(struct hold *h)
{
	if (h == NULL || --h->refs > 0)
		return;
	list_remove(&h->link);
	mem_free(h);
}

const struct hold *
hold_first(const struct list *holds)
{
	return holds->next != holds ? LIST_ITEM(holds->next, struct hold, link) : NULL;
}

void
hold_drop(struct list *holds)
{
	LIST_EACH(link, holds)
		list_remove(link);
}
