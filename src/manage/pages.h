#ifndef F2B_MANAGE_PAGES_H
#define F2B_MANAGE_PAGES_H

#include "util/slice.h"

/*
 * Prints the manual page "client", "server" or "options", the page of configuration files, made
 * from the tables that the programs work with. -EINVAL: no such page.
 */
int pages_print(struct slice page);

#endif
