#ifndef F2B_UTIL_LOGTARGET_H
#define F2B_UTIL_LOGTARGET_H

#include "util/diag.h"

/*
 * Where a log goes: "NAME" or "NAME[OPTION=VALUE, ...]". The name is STDOUT, SYSOUT, STDERR, SYSLOG,
 * SYSTEMD-JOURNAL, each in any case, or the path of a file.
 */
enum logtarget_kind {
	LOGTARGET_STREAM,
	LOGTARGET_FILE,
	LOGTARGET_SYSLOG,
	LOGTARGET_JOURNAL,
};

struct logtarget {
	enum logtarget_kind kind;
	char *given;	/* as it was asked for, with its options */
	char *name;	/* without; of a file, its path */
	int fd;		/* -1: not open, or a socket that nobody reads from at present */
	int facility;	/* of syslog */
	struct logformat *format; /* instead of date, name and level; or NULL */
	bool stamp;	/* date and time at the front */
	bool pad;	/* name and level in columns */
	bool stuck;	/* who reads from the socket was waited for in vain */
	bool torn;	/* the last line that was written has no end */
};

/*
 * What text asks for, not open yet; to be closed, also after an error. 0, with d set where options are not
 * known, which are passed over; or -EINVAL.
 */
int logtarget_parse(struct slice text, struct logtarget *out, struct diag *d);

/* Whether it could be opened, as far as that is seen without doing it. */
int logtarget_check(const struct logtarget *t, struct diag *d);

/* 0, or a negative errno. A syslog daemon that does not answer is waited for: 0, with d set. */
int logtarget_open(struct logtarget *t, struct diag *d);

/* Opens a socket again, in place of fd, which the caller closes. */
int logtarget_reconnect(struct logtarget *t);

void logtarget_close(struct logtarget *t);

static inline bool
logtarget_is_socket(const struct logtarget *t)
{
	return t->kind == LOGTARGET_SYSLOG || t->kind == LOGTARGET_JOURNAL;
}

/* The socket of SYSLOG from now on, NULL or "auto" for the usual one; takes path, and gives the former. */
char *logtarget_swap_syslog_socket(char *path);

const char *logtarget_syslog_socket(void);

#endif
