#ifndef F2B_MANAGE_SIMULATE_H
#define F2B_MANAGE_SIMULATE_H

#include "client/cmdline.h"

/*
 * "simulate [OPTION]... JAIL ID [NAME=VALUE]...": what the actions of a configured jail would run
 * if ID were banned. Runs nothing, and asks no server.
 *
 * NAME=VALUE is what the jail's filter captured, for "<F-NAME>"; three names are the ticket's own:
 * "matches" (may come again, a line each), "failures", "bancount".
 *
 *	-c DIR			folder of the configuration
 *	--tickets FILE		in place of ID: a JSON object a line, with the names of the columns
 *				of the database's bans:
 *				{"ip": "192.0.2.1", "timeofban": 1000, "bantime": 600,
 *				"bancount": 1, "restored": false,
 *				"data": {"failures": 3, "matches": []}}
 *	--events LIST		of start, ban, prolong, reban, unban, flush, reload, stop; each is
 *				done for all tickets before the next (start,ban,unban,stop)
 *	--failing LIST		properties whose command fails when it comes for the first time, to
 *				see what is done then
 *	--json, --yaml		for programs
 *
 * JAIL may be --all. Exit status: 0, or 255 where there is no such jail, or the arguments or the
 * configuration are wrong.
 */
int simulate_run(const struct cmdline *c);

#endif
