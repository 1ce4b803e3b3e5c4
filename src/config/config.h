#ifndef F2B_CONFIG_CONFIG_H
#define F2B_CONFIG_CONFIG_H

#include "util/arena.h"
#include "util/diag.h"
#include "value/value.h"

/*
 * The configuration: a folder shaped like /etc/fail2ban, read and compiled into the ordered list of
 * commands that a server runs. Reads files only; talks to nobody.
 */
struct config_request {
	const char *dir;	/* without a slash at the end */
	/* Given on the command line: they win over the files. .p is NULL where not given. */
	struct slice socket, pidfile, loglevel, logtarget, syslogsocket;
	struct slice jail;	/* only this one; .p is NULL for all */
	bool all_or_nothing;	/* -t: one wrong jail is one too many */
	bool strict;		/* start and reload: what fail2ban only warns of is an error */
	bool without_logs;	/* -d: a jail whose log is missing is a warning */
	/* For check, &lint_calls: what fail2ban takes without a word is a warning too. Or NULL. */
	const struct lint_calls *lint;
	bool without_stream;	/* only socket, pidfile and the log settings */
	/* -v: the files read are named. Those of fail2ban.conf are only without the stream, for who wants
	   a stream has asked for the rest before. */
	bool verbose;
};

struct config {
	struct arena arena;
	/* As they are to be used: from the command line, the files, or the defaults. */
	struct slice socket, pidfile, loglevel, logtarget, syslogsocket, dbpurgeage;
	struct slice readsocket, readgroup; /* empty: no socket for readers */
	struct value *commands;	/* a list of lists; texts carry the place they were written at */
	/*
	 * Commands in addition, that fail2ban does not know and -d does not print: the patterns of log
	 * paths. A server that does not take them is none the worse.
	 */
	struct value *extras;
	size_t jail_count;	/* that will be started */
	size_t logless_count;	/* jails that are left out for having no log, which is no mistake */
	struct value *skipped;	/* a list of the names of jails that are left out for a mistake */
	size_t refused_count;	/* those among them at whose commands fail2ban's server would stop */
};

/*
 * Loads the folder. All that is wrong goes to sink, in the order of the files. Returns 0, or a
 * negative errno when nothing can be started with it; *out is then not set. With without_logs,
 * which is for looking only, it is set too where all jails are wrong: jail_count and
 * logless_count are then 0, and skipped is not empty.
 */
int config_load(struct config **out, const struct config_request *req, struct diag_sink *sink);
void config_free(struct config *c);	/* takes NULL */

#endif
