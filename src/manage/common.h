#ifndef F2B_MANAGE_COMMON_H
#define F2B_MANAGE_COMMON_H

#include "client/cmdline.h"

/* What the server's command line and the client's have in common. */

/*
 * Prints what was wrong with the command line: the usage, or d; nothing to a shell that completes it.
 * Returns the exit status.
 */
int common_refuse(char **argv, const char *program, const struct diag *d);

/* Prints the options, and for the client the commands too, to standard output. */
void common_usage(const char *program);

/*
 * What both programs do alike: -h, -V, --version, --str2sec, -d, -t. Returns true if it was one of
 * them; *status is then the exit status. Sets the log level from -v and -q.
 */
bool common_run(const struct cmdline *c, const char *program, int *status);

#endif
