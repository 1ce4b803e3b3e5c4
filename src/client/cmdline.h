#ifndef F2B_CLIENT_CMDLINE_H
#define F2B_CLIENT_CMDLINE_H

#include "compat/version.h"
#include "config/config.h"

/*
 * The command line that f2b-client, f2b-manage and f2b-server share: fail2ban's options, with getopt_long's
 * rules (options end at the first word that is none; long ones may be abbreviated).
 */

/* How the programs introduce themselves. */
#define CMDLINE_BANNER                                                                             \
	"f2b, in place of Fail2Ban v" COMPAT_VERSION                                               \
	": reads logs, and bans at the firewall the\n"                                             \
	"addresses that fail too often.\n"

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
	bool interactive;	/* -i without a command */
	bool dump, dump_pretty, test, force, foreground, async;
	bool help, version, short_version;
	enum cmdline_form form;
	const char *str2sec;	/* NULL: not given */
	const char *man, *completion, *complete;	/* the same; see pages.h, complete.h in manage */
	char **words;		/* the command */
	int word_count;
};

/*
 * Fills out from argv, whose strings it borrows. Returns 0, or -EINVAL with d; its text is empty
 * where the usage says it all.
 */
int cmdline_parse(struct cmdline *out, int argc, char **argv, struct diag *d);

/* Sets the log level from -v and -q. */
void cmdline_set_level(const struct cmdline *c);

/* The part of a request for config_load() that comes from the command line. */
void cmdline_config_request(const struct cmdline *c, struct config_request *out);

/* Loads fail2ban.conf alone: where the socket is, and the log settings. Fails as config_load(). */
int cmdline_load(const struct cmdline *c, struct diag_sink *sink, struct config **out);

/*
 * The same, with all that there is to say on standard error. On a failure it has said
 * so on standard output, as fail2ban does, and returns a negative errno.
 */
int cmdline_load_base(const struct cmdline *c, struct config **out);

/*
 * The exit status of a program that has printed all: status, or CMDLINE_FAILED after saying so where
 * not all of it could be written, as to a full disk.
 */
int cmdline_finish(int status);

/* Where the tools' messages go: standard error, in the format of the log. */
struct diag_sink *cmdline_sink(void);

#endif
