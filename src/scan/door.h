#ifndef F2B_SCAN_DOOR_H
#define F2B_SCAN_DOOR_H

#include "util/addr.h"
#include "util/time.h"

/*
 * The door between the scanner, which reads hostile bytes, and the monitor, which has privileges:
 * the only thing that both know. What comes through it holds no pointer to either side's state;
 * slices are lent for the call. The monitor treats a message as if the other side lied.
 */

/* One line of the log, as it was cut around its date. */
struct door_line {
	struct slice before, date, after;
};

/* What a named group of a regex captured. A value may be absent. */
struct door_attr {
	struct slice name;	/* lower case, as in the group: "user", "ip4", "fid" */
	struct slice value;
	bool absent;
};

enum door_id {
	DOOR_ADDR,	/* addr is set */
	DOOR_NAME,	/* a host name, to be looked up */
	DOOR_TEXT,	/* any text: a user, a session */
};

#define DOOR_LINES_MAX 1000
#define DOOR_ATTRS_MAX 64

/* Somebody failed. */
struct door_failure {
	enum door_id kind;
	struct slice id;	/* what failures are counted by: canonical text for an address */
	struct addr addr;	/* DOOR_ADDR */
	struct slice host;	/* where id is of another kind (fid): the address or name seen, or empty */
	struct instant when;	/* the line's date */
	unsigned regex;		/* index of the failregex that matched, for reports */
	const struct door_line *lines;	/* what matched, oldest first */
	size_t line_count;
	const struct door_attr *attrs;	/* all groups, in order of number */
	size_t attr_count;
	const struct slice *users;	/* with a session (mlfid) and more than one: all users seen */
	size_t user_count;
	size_t users_at;	/* index of the attribute before which fail2ban prints them */
};

#endif
