#include "util/list.h"

void
list_init(struct list *head)
{
	head->next = head->prev = head;
}

bool
list_empty(const struct list *head)
{
	return head->next == head;
}

static void
list_insert(struct list *before, struct list *link)
{
	link->next = before;
	link->prev = before->prev;
	before->prev->next = link;
	before->prev = link;
}

void
list_append(struct list *head, struct list *link)
{
	list_insert(head, link);
}

void
list_prepend(struct list *head, struct list *link)
{
	list_insert(head->next, link);
}

void
list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}
