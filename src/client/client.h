#ifndef F2B_CLIENT_CLIENT_H
#define F2B_CLIENT_CLIENT_H

#include "client/cmdline.h"
#include "client/link.h"

/*
 * The client: takes a command to the server and prints what comes back. Functions return the exit
 * status, 0 or CMDLINE_FAILED, and have said what went wrong.
 */
struct client {
	const struct cmdline *cmdline;
	struct slice socket;
	struct slice readsocket; /* asked where the other is not for us; may be empty */
	char **argv;	/* of the program, to be handed to a server in the foreground */
};

/* Carries out words, the command of the command line; there may be none. */
typedef int client_words(const struct client *cl, const struct value *words);

/* Reads where the server is, and runs the command. */
int client_run(const struct cmdline *c, char **argv, client_words *run);

/* One command, a list of texts: asks the server, or shows what it tells. */
int client_command(const struct client *cl, const struct value *words);

/* Connects to the server: link_open(), with d as it says. */
int client_open(const struct client *cl, struct link **out, struct diag *d);
/* Sends commands that may fail without harm. Prints nothing. */
void client_offer(const struct client *cl, const struct value *commands);

/* Says why client_open() failed, in the words that tools know. */
void client_unreachable(const struct value *words, int error, const struct diag *d);

/* Prints a reply, or what is wrong with it. */
int client_take(const struct client *cl, const struct value *reply, const struct value *words);

/* Sends command, and prints the reply as that of words unless quiet. An error is always printed. */
int client_ask(const struct client *cl, const struct value *command, const struct value *words,
    bool quiet);

#endif
