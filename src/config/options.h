#ifndef F2B_CONFIG_OPTIONS_H
#define F2B_CONFIG_OPTIONS_H

#include "util/slice.h"

/*
 * Every option that means something to f2b, in one table: where it stands, what it holds, which
 * command it becomes, and what the manual says about it. The order of the rows is the order in
 * which options are read and commands are sent.
 */
enum option_where {
	OPTION_SERVER,	/* fail2ban.conf, [Definition] */
	OPTION_THREAD,	/* fail2ban.conf, [Thread] */
	OPTION_JAIL,	/* jail.conf */
	OPTION_FILTER,	/* filter.d, [Definition]; and a jail may set it too */
	OPTION_ACTION,	/* action.d, [Definition] */
};

enum option_kind { OPTION_TEXT, OPTION_BOOL, OPTION_INT };

/* What becomes of the value. */
enum option_use {
	USE_SET,	/* "set NAME command value", or "set command value" for the server */
	USE_LINES,	/* one value a line: "set" for one, "multi-set" for several */
	USE_WORDS,	/* one command with all words as arguments */
	USE_SHELL,	/* one command a line, split as a shell does */
	USE_READER,	/* the reader itself acts on it */
	USE_PROPERTY,	/* a property of an action */
};

struct option_row {
	enum option_where where;
	const char *name;
	size_t name_n;
	enum option_kind kind;
	enum option_use use;
	const char *command;	/* NULL where it is the name */
	const char *initial;	/* value where none is given; NULL: none, and no command */
	const char *help;
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

/* The row of that name, or NULL. */
const struct option_row *option_row(enum option_where where, struct slice name);

#define OPTION_ROWS(row, place)                                                                    \
	for (const struct option_row *row = option_rows; row < option_rows + option_row_count; row++) \
		if (row->where == (place))

#endif
