#ifndef F2B_UTIL_LOG_H
#define F2B_UTIL_LOG_H

#include "util/buf.h"
#include "util/diag.h"

/*
 * The program's log, in the line format that fail2ban's readers (recidive, logwatch, monit)
 * parse:
 *
 *	2026-11-22 19:31:34,066 fail2ban.actions        [11234]: NOTICE  [ssh] Ban 192.0.2.4
 *
 * Only programs, rooms below scan and callbacks of the loop log; parsers return a diag instead.
 */
enum log_level {
	LEVEL_CRITICAL = 50,
	LEVEL_ERROR = 40,
	LEVEL_WARNING = 30,
	LEVEL_NOTICE = 25,
	LEVEL_INFO = 20,
	LEVEL_MSG = 18,
	LEVEL_DEBUG = 10,
	LEVEL_TRACE = 7,
	LEVEL_HEAVY = 5,
};

/* The number of a level's name in any case, or of a number; -EINVAL if it is neither. */
int log_level_parse(struct slice name);

/* What is below level is dropped from now on. The start value is INFO. */
void log_set_level(int level);
int log_level(void);
bool log_enabled(int level);

/*
 * Sends the log to target: "STDOUT", "STDERR", "SYSOUT", "SYSLOG", "SYSTEMD-JOURNAL" in any case,
 * or the path of a file, which is appended to and made with mode 0600; behind either may stand
 * options in brackets, of which padding=, datetime=, facility= and format= are known. A format
 * (logformat.h) is all of the line, and padding and datetime count for nothing beside it. The start
 * value is STDERR. On an error the old target stays and d says why. Where 0 is returned and d is
 * set, it says what is to be warned of: an option that is not known and passed over, or that nobody
 * listens at the socket yet, which is tried again with each line.
 */
int log_set_target(struct slice target, struct diag *d);

/*
 * Whether target could be set, as far as that shows without setting it: its options are right, and
 * the folder of a file is there. Returns 0, or a negative errno with d saying why not; with 0 too, d
 * may have what is to be warned of.
 */
int log_check_target(struct slice target, struct diag *d);

/* Its name, or its path, without options; lent until the next log_set_target(). */
struct slice log_target(void);

/* Whether target, with its options, is what was set last. */
bool log_target_is(struct slice target);

/*
 * Closes and opens again a file target, after somebody renamed the file. Returns 1 if the target is
 * a file, 0 if it is not, a negative errno if it could not be opened (the old one stays).
 */
int log_reopen(void);

/* The process is another one: what is logged has its number. */
void log_forked(void);

/* The socket of syslog; "auto" is /dev/log. */
int log_set_syslog_socket(struct slice path, struct diag *d);
struct slice log_syslog_socket(void);

/*
 * Logs a message. module is the last part of the name ("actions" for "fail2ban.actions", "" for
 * "fail2ban"). Lines of a longer message follow without a prefix. Bytes of input must have been
 * through escape_format().
 *
 * What cannot be written is counted: standard error is told once, and the log itself as soon as
 * something can be written again.
 */
void log_write(int level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The same for a message that is built piece by piece, without a copy: NULL if level is dropped,
 * else where it is to be added to, and log_end() ends it. Nothing else may be logged between.
 */
struct buf *log_begin(int level, const char *module);
void log_end(void);

/*
 * A CRITICAL line of what the program dies of, without allocating anything: behind what is ready to
 * be written, but before what still waits. Nothing where the log is standard error, which the caller
 * tells by itself.
 */
void log_last_words(const char *message);

/*
 * While a block of a log is read, what it leads to waits, and comes behind all that is said of its
 * lines ("Found"): so fail2ban's log has it, whose jails ban beside their filters. log_release() ends
 * that; some thousand lines at most wait. What was held is only written by log_flush(), or before the
 * next line that is not held, so that many jails' lines leave together, and those of many bans that
 * end at once. All of it has one date, that of the first.
 */
void log_hold(void);
void log_release(void);
void log_flush(void);

#endif
