#ifndef F2B_REGEX_OPTIONS_H
#define F2B_REGEX_OPTIONS_H

#include "util/diag.h"

/*
 * The command line of f2b-regex. Options may stand behind the other words, and long ones may be
 * abbreviated. What is text is NULL where not given; all of it is lent by argv.
 */
struct options {
	const char *config_dir;
	const char *datepattern;
	const char *timezone;
	const char *encoding;
	const char *usedns;
	const char *journalmatch;
	const char *log_level;
	const char *out; /* -o */
	const char *log, *regex, *ignoreregex;
	int maxlines; /* -1: not given */
	int verbose;
	bool raw;
	bool verbose_date;
	bool debuggex;
	bool no_check_all;
	bool invert;
	bool explain, json;
	bool quiet; /* nothing but what -o, --json or --explain ask for is printed */
	bool print_no_missed, print_no_ignored;
	bool print_all_matched, print_all_missed, print_all_ignored;
	bool traceback; /* nobody asks: there are none */
	bool help, version, short_version, man;
};

/* Exit status of a command line that names an unknown option, and of anything else that fails. */
#define OPTIONS_USAGE 2
#define OPTIONS_FAILED 255
/* fail2ban-regex ends so, with a traceback, where a datepattern is no regular expression. */
#define OPTIONS_NO_REGEX 1

/*
 * Returns true if there is something to do. Otherwise all is said, and *status is the exit status.
 */
bool options_parse(struct options *o, int argc, char **argv, int *status);

#endif
