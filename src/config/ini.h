#ifndef F2B_CONFIG_INI_H
#define F2B_CONFIG_INI_H

#include "config/load.h"
#include "config/section.h"

/*
 * The text of one configuration file to sections and options, in fail2ban's dialect:
 *
 *	[section]		the name goes up to the last ']' of the line
 *	name = value		or "name: value"; names are made lower case
 *	   more of the value	a line indented deeper than its option's; lines are joined by '\n'
 *	# a comment		also "; a comment"; and behind a value, where white space stands
 *				before the ';'
 *
 * Empty lines within a value are kept, at its end dropped. A section or an option that comes twice
 * is a mistake. Source: jail.conf(5); the dialect is that of Python's configparser.
 */

#define INI_MAX_BYTES ((size_t)4 * 1024 * 1024)

/*
 * Adds the sections of text, which lives as long as the arena, to out, which is empty. file names
 * it in places. Returns 0, or -EINVAL after all its mistakes have been reported; out then holds
 * what could be read.
 */
int ini_parse(struct load *l, struct slice text, const char *file, struct sections *out);

/* name in lower case: itself if it is, else a copy in a. */
struct slice ini_lower(struct arena *a, struct slice name);

#endif
