#ifndef F2B_REGEX_SHOW_H
#define F2B_REGEX_SHOW_H

#include "scan/door.h"
#include "util/buf.h"

/*
 * What is printed. Lines of a log are printed as they are, as fail2ban does, for other programs to
 * read; but what could steer a terminal is escaped if standard output is one.
 */

/* No text that is put together for printing grows beyond it. */
#define SHOW_MAX_BYTES (SIZE_MAX / 4)

/* Prints text of ours. */
void show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints bytes that came from elsewhere. */
void show_raw(struct slice s);

/* Adds s; of more than 53 characters the first 50, and "...". */
void show_short(struct buf *out, struct slice s);

/* Adds "Tue Mar  5 10:11:12 2024" in local time. */
void show_date(struct buf *out, struct instant when);

/* Adds a matched line as it was: before, date, after. */
void show_line(struct buf *out, const struct door_line *line);

#endif
