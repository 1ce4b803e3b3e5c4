#ifndef F2B_MANAGE_START_H
#define F2B_MANAGE_START_H

#include "client/client.h"

/*
 * Commands that need the configuration. It is read and checked as a whole before anything is
 * changed: with a mistake in it, a running server stays as it is.
 */

/* Starts a server, in the background, and sends it what it is to do. */
int start_server(const struct client *cl);

/* Stops the server, if there is one, and starts another. */
int start_again(const struct client *cl, bool keep);

/*
 * "reload [--restart] [--unban] [--if-exists] [JAIL|--all]"; "restart" with a jail is the same with
 * --restart.
 */
int start_reload(const struct client *cl, const struct value *words);

#endif
