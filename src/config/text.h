#ifndef F2B_CONFIG_TEXT_H
#define F2B_CONFIG_TEXT_H

#include "util/slice.h"

/*
 * What counts as white space, as a word and as a number in configuration files. Files are UTF-8,
 * and fail2ban takes all of Unicode's white space for such, so a no-break space pasted from a web
 * page separates words like any other.
 */

/* Bytes of the white space character at the start of s; 0 if there is none. */
size_t text_space(struct slice s);

struct slice text_ltrim(struct slice s);
struct slice text_rtrim(struct slice s);
struct slice text_trim(struct slice s);

/* Takes the next run without white space. False when there is none left. */
bool text_next_word(struct slice *rest, struct slice *word);

/* A letter, a digit, an underscore, or any byte of a character outside ASCII. */
bool text_word_char(char c);

/* True if s is made of such alone; only options named so have conditional forms, "opt?family=inet6". */
bool text_is_word(struct slice s);

/*
 * A whole number as Python's int() reads it: white space around it, a sign, single underscores
 * between digits. -EINVAL if it is anything else or does not fit.
 */
int text_int(struct slice s, int64_t *out);

/*
 * Takes the next word of a line as a POSIX shell splits it: quotes and backslashes, no expansion.
 * The word is written to out, which must have room for rest->n bytes, and *n is its length.
 * Returns 1, 0 when there is no more, or -EINVAL for an open quote or a backslash at the end.
 */
int text_shell_word(struct slice *rest, char *out, size_t *n);

#endif
