#ifndef F2B_MANAGE_HELP_H
#define F2B_MANAGE_HELP_H

/*
 * What can be typed: the client's own commands, and those of the server's tables. The usage, the
 * manual page and the completion are made from these rows.
 */
struct help_row {
	const char *scope;	/* what comes before the name: "", "set", "get <JAIL>" */
	const char *name;
	const char *args;	/* "<IP>..."; [] may be left out, | is or, <> stands for a value */
	const char *help;	/* one sentence, without its first capital and its stop */
};

void help_each(void (*take)(void *arg, const struct help_row *row), void *arg);

/* Has all of them printed, each as it is written: "set <JAIL> banip <IP>...". */
void help_print(void (*print)(const char *command, const char *help));

/* Prints all of them to standard output. */
void help_commands(void);

#endif
