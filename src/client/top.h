#ifndef F2B_CLIENT_TOP_H
#define F2B_CLIENT_TOP_H

#include "client/client.h"

/*
 * "top [--once] [--interval=SECONDS] [--sort=COLUMN]": the jails and the latest bans on the whole
 * screen, until q is typed. With --once it prints them once, without touching the terminal. Returns
 * the exit status.
 */
int top_run(const struct client *cl, const struct value *words);

#endif
