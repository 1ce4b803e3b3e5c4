#ifndef F2B_CLIENT_OVERVIEW_H
#define F2B_CLIENT_OVERVIEW_H

#include "client/client.h"
#include "client/jails.h"

/*
 * "status --table [--sort=COLUMN] [JAIL]": all jails, or the bans of one, as a table for people.
 * Returns the exit status.
 */
int overview_print(const struct client *cl, const struct value *words);

/* True if words are such a command. */
bool overview_wanted(const struct value *words);

/*
 * Makes the table of jails. before holds the numbers of minutes_ago, for failures and bans a
 * minute; NULL: these columns are not known.
 */
void overview_jails(
    struct grid *g, const struct jails *now, const struct jails *before, double minutes_ago);

/* A ban as "get JAIL banip --with-time" lists it: "ID<blank><tab>SINCE + SECONDS = UNTIL". */
struct overview_ban {
	struct slice id, since, until; /* of the line; "YYYY-MM-DD HH:MM:SS" */
	int64_t seconds;	       /* -1: for ever */
};

/* False if line is no such line. */
bool overview_parse_ban(struct slice line, struct overview_ban *out);

/* Sorts by the column of that title; -EINVAL with d naming the columns. */
int overview_sort(struct grid *g, struct slice title, struct diag *d);

#endif
