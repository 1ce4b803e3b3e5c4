#ifndef F2B_STORE_CHANGESORT_H
#define F2B_STORE_CHANGESORT_H

#include "store/change.h"

/*
 * Puts the n changes of the list into an order that is good for the database and makes no difference
 * to what is in it then: bans, and the ends of single bans, that follow one another are sorted by id,
 * and those of one id stay in order. All other changes stay where they are.
 */
void changes_sort(struct list *changes, size_t n);

#endif
