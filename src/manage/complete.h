#ifndef F2B_MANAGE_COMPLETE_H
#define F2B_MANAGE_COMPLETE_H

#include "value/value.h"

/*
 * What may be typed next: from the rows of help.h, and for jails, actions, addresses and the like
 * from the running server. A word is offered only if a shell takes it as it is: ids in bans come
 * from attackers.
 */
struct complete_sink {
	/* word and help, which may be "", are lent for the call. */
	void (*take)(struct complete_sink *sink, struct slice word, const char *help);
};

/*
 * Gives the words that may follow words, a list of texts, and begin with prefix. With an empty
 * socket, or where no server answers at once, only those that need no server.
 */
void complete_words(struct slice socket, const struct value *words, struct slice prefix,
    struct complete_sink *sink);

/* Options that begin with prefix. */
void complete_options(struct slice prefix, struct complete_sink *sink);

/* Prints the script that makes "bash", "zsh" or "fish" ask us; -EINVAL for another shell. */
int complete_print_script(struct slice shell);

#endif
