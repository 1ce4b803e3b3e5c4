#ifndef F2B_SERVER_SERVER_H
#define F2B_SERVER_SERVER_H

#include "util/diag.h"
#include "value/value.h"

/* The daemon: a loop, a monitor, a control socket, signals. */
struct server_options {
	const char *socket, *pidfile;
	const char *readsocket, *readgroup; /* may be "": no socket for readers */
	bool force;	/* take the place of a socket that is there already */
	bool daemon;	/* in the background, for the log */
	/* To run before anybody is listened to; NULL: they will come by the socket. */
	const struct value *commands;
};

/*
 * Runs until it is told to stop; returns the exit status of the process. Logging must have been
 * set up. ready is called once the socket answers and the commands have run; from then on, nothing
 * of the options is needed.
 */
int server_run(const struct server_options *options, void (*ready)(void *arg), void *arg);

#endif
