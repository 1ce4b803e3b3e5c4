#ifndef F2B_UTIL_LIST_H
#define F2B_UTIL_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A doubly linked ring. The head is a link too; a struct that is to be in a list embeds a link. */
struct list {
	struct list *next, *prev;
};

void list_init(struct list *head);
bool list_empty(const struct list *head);
void list_append(struct list *head, struct list *link);
void list_prepend(struct list *head, struct list *link);

/* The link points to itself afterwards, so that removing twice does no harm. */
void list_remove(struct list *link);

#define LIST_ITEM(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

/* Walks the list; the current link may be removed in the body, no other. */
#define LIST_EACH(link, head)                                                                      \
	for (struct list *link = (head)->next, *link##_next = link->next; link != (head);          \
	     link = link##_next, link##_next = link->next)

#endif
