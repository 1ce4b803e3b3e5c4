#ifndef F2B_MANAGE_INTERACTIVE_H
#define F2B_MANAGE_INTERACTIVE_H

#include "client/client.h"

/* Reads commands from standard input, a line each, until "exit", "quit" or its end. */
int interactive_run(const struct client *cl);

#endif
