#ifndef F2B_CLIENT_CLIOPT_H
#define F2B_CLIENT_CLIOPT_H

#include "util/buf.h"

/*
 * The options of f2b-client and f2b-server, a row each: getopt's tables, the usage, the manual page
 * and the completion are made from them. The order is that of the usage.
 */
enum cliopt_code { /* beyond all letters */
	CLIOPT_LOGLEVEL = 256,
	CLIOPT_LOGTARGET,
	CLIOPT_SYSLOGSOCKET,
	CLIOPT_ASYNC,
	CLIOPT_PNAME,
	CLIOPT_TIMEOUT,
	CLIOPT_STR2SEC,
	CLIOPT_VERSION,
	CLIOPT_DUMP_PRETTY,
	CLIOPT_JSON,
	CLIOPT_YAML,
	CLIOPT_MAN,
	CLIOPT_COMPLETION,
	CLIOPT_COMPLETE,
};

struct cliopt {
	int code;		  /* the letter, or enum cliopt_code */
	const char *name, *alias; /* the long forms, or NULL */
	const char *value;	  /* what stands for it in the usage; NULL: takes none */
	const char
	    *help; /* NULL: for builds and shells; named so that no short form of others is taken */
};

extern const struct cliopt cliopts[];
extern const size_t cliopt_count;

/* Adds how it is written: "-c, --conf DIR". */
void cliopt_format(struct buf *out, const struct cliopt *o);

#endif
