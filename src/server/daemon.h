#ifndef F2B_SERVER_DAEMON_H
#define F2B_SERVER_DAEMON_H

#include "util/diag.h"

/* What makes a process a daemon. */

/*
 * Leaves the terminal: closes what the starter had open, forks twice, starts a session, goes to
 * "/", opens /dev/null as the three standard descriptors, ignores SIGHUP. To be called before
 * anything is opened. Returns in the daemon only. The starter waits for the daemon to call
 * daemon_ready(), or to end, and takes its exit status.
 */
int daemon_detach(struct diag *d);
void daemon_ready(void);

/*
 * Says on the starter's standard error why there will be no server. The daemon's own leads nowhere, and
 * the log may not be open; after daemon_ready() nobody waits, and nothing is said.
 */
void daemon_tell(const char *text);

/*
 * Opens /dev/null for each of the three standard descriptors that the starter left closed: else a
 * file of ours takes its number, and what is printed goes there. Comes before all else.
 */
void daemon_open_standard(void);

/* The name that ps and pgrep show, at most 15 characters of it. */
void daemon_set_name(const char *name);

/*
 * Where the environment's characters are those of the locale C, or of one that is not installed,
 * they become UTF-8 for us and for what actions run: mail(1) would send other text as an attachment.
 * LC_ALL stays as it is. Source: PEP 538, by which it is so under fail2ban.
 */
void daemon_set_locale(void);

/* Lets us have more open files, if the system allows it: jails may have hundreds, and so may clients. */
void daemon_raise_files(void);

/*
 * Writes "PID\n" to path with mode 0600 and keeps it locked. Returns a descriptor to keep open, or a
 * negative errno: -EEXIST if another process holds the lock, -ELOOP if path is a symbolic link, by
 * which whoever can write its folder would choose what we overwrite.
 */
int pidfile_write(const char *path, struct diag *d);

#endif
