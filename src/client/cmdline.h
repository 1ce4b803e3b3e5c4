#ifndef F2B_CLIENT_CMDLINE_H
#define F2B_CLIENT_CMDLINE_H

#include "compat/version.h"
#include "config/config.h"

/*
 * The command line that f2b-client and f2b-server share: fail2ban's options, with getopt_long's
 * rules (options end at the first word that is none; long ones may be abbreviated).
 */

/* How the programs introduce themselves. */
#define CMDLINE_BANNER                                                                             \
	"f2b, which speaks like Fail2Ban v" COMPAT_VERSION ": finds in logs who fails too often,\n"    \
	"and bans these addresses at the firewall.\n"

/* Exit status of everything that went wrong; service managers know it. */
#define CMDLINE_FAILED 255

/* How replies are printed. */
enum cmdline_form { CMDLINE_PRETTY, CMDLINE_JSON, CMDLINE_YAML };

struct cmdline {
	const char *config_dir;	/* /etc/fail2ban */
	struct slice socket, pidfile, loglevel, logtarget, syslogsocket;	/* .p NULL: not given */
	const char *pname;
	double timeout_s;	/* to wait for the server; 30 */
	int verbose;		/* 1 is the start value; -v adds, -q subtracts */
	bool dump, dump_pretty, test, interactive, force, background, foreground, async;
	bool help, version, short_version;
	enum cmdline_form form;
	const char *str2sec;	/* NULL: not given */
	const char *man, *completion, *complete;	/* the same; see manual.h, complete.h */
	char **words;		/* the command */
	int word_count;
};

/*
 * Fills out from argv, whose strings it borrows. Returns 0, or -EINVAL with d; its text is empty
 * where the usage says it all.
 */
int cmdline_parse(struct cmdline *out, int argc, char **argv, struct diag *d);

/* Prints what was wrong with the command line: the usage, or d. Returns the exit status. */
int cmdline_refuse(const char *program, const struct diag *d);

/*
 * Prints the options, and for the client the commands too, to standard output.
 */
void cmdline_usage(const char *program);

/*
 * What both programs do alike: -h, -V, --version, --str2sec, -d, -t. Returns true if it was one of
 * them; *status is then the exit status. Sets the log level from -v and -q.
 */
bool cmdline_run_common(const struct cmdline *c, const char *program, int *status);

/* The part of a request for config_load() that comes from the command line. */
void cmdline_config_request(const struct cmdline *c, struct config_request *out);

/*
 * Loads fail2ban.conf alone: where the socket is, and the log settings. On a failure it has said
 * so on standard output, as fail2ban does, and returns a negative errno.
 */
int cmdline_load_base(const struct cmdline *c, struct config **out);

/* Where the tools' messages go: standard error, in the format of the log. */
struct diag_sink *cmdline_sink(void);

#endif
