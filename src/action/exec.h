#ifndef F2B_ACTION_EXEC_H
#define F2B_ACTION_EXEC_H

#include "util/time.h"

#include <uv.h>

/*
 * One shell command as a child in a session of its own: /bin/sh -c SCRIPT VALUE…, where the script
 * sees the values as $0, $1, … Its output is kept up to a limit, for the log. When its time is
 * over the whole session is ended, by SIGTERM and, a moment later, by SIGKILL.
 *
 * What happens is logged as "utils", each line with the same number in front.
 */
struct exec;

#define EXEC_VALUES_MAX 64
#define EXEC_OUTPUT_MAX ((size_t)64 * 1024)

/*
 * A command of an action. One runs at a time, in the order of asking, whichever jail it is of, as several may
 * change the same file or the same table of a firewall; but one that runs for longer than a second, as those
 * do that send mails, is not waited for. (fail2ban waits for those, too: observed.)
 *
 * script and values, of which there are at most EXEC_VALUES_MAX, are copied; neither may hold NUL. done is
 * called exactly once, never before this returns, and told whether the command ended with status 0. On an
 * error (logged) it is not called.
 *
 * The child may leave others behind that still hold its output: these go on unharmed, and what they
 * say is dropped.
 */
int exec_start(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct span timeout, void (*done)(void *arg, bool ok), void *arg);

/* True if no such command would have to wait for its turn. */
bool exec_idle(void);

/* A command that waits for no turn, and reads input, which is copied, from its standard input. */
int exec_feed(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct slice input, struct span timeout, void (*done)(void *arg, bool ok), void *arg);

/*
 * A question, which waits for no turn either, and whose answer is the exit status: 1 is an answer like
 * 0, not a failure to be logged. A command that did not end by itself has answered -1. *out, for
 * exec_end(), is lent until then; out may be NULL.
 */
int exec_ask(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct span timeout, void (*answered)(void *arg, int status), void *arg, struct exec **out);

/*
 * A question whose answer is also what it prints on standard output, up to max bytes of it: what
 * exec_output() lends while answered is called. False if there was more.
 */
int exec_read(uv_loop_t *loop, struct slice script, size_t max, struct span timeout,
    void (*answered)(void *arg, int status), void *arg, struct exec **out);
bool exec_output(const struct exec *x, struct slice *out);

/* Ends it as if its time were over, without a word in the log; it still answers. */
void exec_end(struct exec *x);

/*
 * Lets go of the output of all that commands on this loop left behind, so that the loop can end.
 * A program's last act.
 */
void exec_abandon(uv_loop_t *loop);

/* Adds the command as it is logged: the script, or with values a list of all. */
void exec_format(struct buf *out, struct slice script, const struct slice *values, size_t count);

#endif
