#ifndef F2B_CONFIG_COMPILE_H
#define F2B_CONFIG_COMPILE_H

#include "config/jail.h"

/*
 * Definitions to commands, in fail2ban's words and in fail2ban's order. Source: fail2ban-client -d.
 */

/* Commands being put in order. */
struct stream {
	struct value **v;
	size_t count, cap;
};

/* Adds at position at, which is at most count. */
void stream_insert(struct arena *a, struct stream *s, size_t at, struct value *command);

/* A text as a value with the place at which it was written. */
struct value *compile_text(struct load *l, struct slice text, struct place at);

/*
 * The value of an option of that kind. NULL for a wrong number, which is reported: section is what
 * fail2ban's words for that name, empty for an option of a filter's own file.
 */
struct value *compile_value(
    struct load *l, const struct option_row *row, const struct traced *t, struct slice section);

/*
 * Adds the commands of a good jail, except that which starts it. files are its logs, of which each
 * is a pair of path and place to begin. Returns 0, or -EINVAL after a mistake that ends the load was
 * reported.
 */
int compile_jail(
    struct load *l, const struct jail_config *j, struct value *files, struct stream *out);

/* Adds the command that names a jail that is skipped: for its problem, or for having no log. */
void compile_problem(struct load *l, const struct jail_config *j, struct stream *out);
void compile_no_logs(struct load *l, const struct jail_config *j, struct stream *out);

#endif
