#ifndef F2B_CLIENT_CMDLINE_H
#define F2B_CLIENT_CMDLINE_H

#include "config/config.h"

/*
 * The command line that f2b-client and f2b-server share: fail2ban's options, with getopt_long's
 * rules (options end at the first word that is none; long ones may be abbreviated).
 */
struct cmdline {
	const char *config_dir;	/* /etc/fail2ban */
	struct slice socket, pidfile, loglevel, logtarget, syslogsocket;	/* .p NULL: not given */
	const char *pname;
	double timeout_s;	/* to wait for the server; 30 */
	int verbose;		/* 1 is the start value; -v adds, -q subtracts */
	bool dump, dump_pretty, test, interactive, force, background, foreground, async;
	bool help, version, short_version;
	const char *str2sec;	/* NULL: not given */
	char **words;		/* the command */
	int word_count;
};

/*
 * Fills out from argv, whose strings it borrows. Returns 0, or -EINVAL with d.
 */
int cmdline_parse(struct cmdline *out, int argc, char **argv, struct diag *d);

/*
 * What both programs do alike: -h, -V, --version, --str2sec, -d, -t. Returns true if it was one of
 * them; *status is then the exit status.
 */
bool cmdline_run_common(const struct cmdline *c, const char *program, int *status);

/* The part of a request for config_load() that comes from the command line. */
void cmdline_config_request(const struct cmdline *c, struct config_request *out);

#endif
