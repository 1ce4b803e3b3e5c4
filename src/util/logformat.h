#ifndef F2B_UTIL_LOGFORMAT_H
#define F2B_UTIL_LOGFORMAT_H

#include "util/diag.h"
#include "util/time.h"

/*
 * A layout of the log's lines that somebody chose: the %-format of Python's logging, as in
 *
 *	%(asctime)s %(name)-24s %(levelname)s %(message)s
 *
 * Fields are asctime, name, levelname, levelno, process, processName, thread, threadName, created,
 * msecs, relativeCreated, module, funcName, lineno, filename, pathname, message; of what belongs to
 * Python's source they say that it is not known. Flags -, 0, + and blank, a width and a precision
 * may stand before the conversion: s for each; d, i, u and f for numbers. %% is a percent sign.
 * Source: Python's library reference, "LogRecord attributes" and "printf-style String Formatting".
 */
struct logformat;

/* A longer text, width or precision is refused. */
#define LOGFORMAT_TEXT_MAX 1024
#define LOGFORMAT_WIDTH_MAX 200

/* What a line tells of; all of it lent. */
struct logformat_record {
	struct instant when, since; /* since: what relativeCreated counts from */
	int level;
	struct slice level_name;
	struct slice name; /* "fail2ban.actions" */
	struct slice message;
};

/*
 * Reads text, which must have at least one field. Returns 0 with *out to be freed, or -EINVAL with
 * d saying what is wrong with it.
 */
int logformat_parse(struct logformat **out, struct slice text, struct diag *d);
void logformat_free(struct logformat *f);

/* Adds the line, without a newline at its end. Allocates nothing but what out grows by. */
void logformat_add(const struct logformat *f, const struct logformat_record *r, struct buf *out);

#endif
