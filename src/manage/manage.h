#ifndef F2B_MANAGE_MANAGE_H
#define F2B_MANAGE_MANAGE_H

#include "client/client.h"

/*
 * The commands of the client that need more than a server to ask: those that start one, or try a
 * configuration. Returns the exit status, as client_command(), which the other ones are left to.
 */
int manage_command(const struct client *cl, const struct value *words);

#endif
