#ifndef F2B_CLIENT_HELP_H
#define F2B_CLIENT_HELP_H

/* Prints all commands to standard output: the client's own, and those of the server's tables. */
void help_commands(void);

#endif
