#include "store/changeindex.h"

/* A ring has no head: the index knows its oldest. */
static struct change *
of_link(struct list *link)
{
	return LIST_ITEM(link, struct change, same);
}

void
changeindex_append(struct table *index, struct change *c)
{
	struct change *first = changeindex_first(index, change_text(c));

	list_init(&c->same);
	if (first != NULL)
		list_append(&first->same, &c->same);
	else
		(void)table_put(index, change_text(c), c);
}

void
changeindex_prepend(struct table *index, struct change *c)
{
	changeindex_append(index, c);
	(void)table_put(index, change_text(c), c);
}

void
changeindex_remove(struct table *index, struct change *c)
{
	struct change *next = of_link(c->same.next);

	if (next == c)
		(void)table_take(index, change_text(c));
	else if (changeindex_first(index, change_text(c)) == c)
		(void)table_put(index, change_text(next), next);
	list_remove(&c->same);
}

struct change *
changeindex_first(const struct table *index, struct slice about)
{
	return table_get(index, about);
}

struct change *
changeindex_next(const struct change *first, const struct change *c)
{
	struct change *next = of_link(c->same.next);

	return next != first ? next : NULL;
}
