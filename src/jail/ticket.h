#ifndef F2B_JAIL_TICKET_H
#define F2B_JAIL_TICKET_H

#include "scan/door.h"

/*
 * One offender, as it goes from the failure table to the bans, the actions and the store. Shared
 * by reference count, and not changed by anyone but the ban table while others hold it, but for
 * its ban time and count.
 */
#define BANTIME_PERMANENT (-1)

struct ticket_attr {
	struct slice name, value;
};

struct ticket {
	unsigned refs;
	struct slice id;	/* what is banned: an address in canonical form, or any text */
	struct slice ip;	/* the address or name behind it; equal to id if there is no other */
	struct addr addr;	/* of ip; ADDR_NONE if that is no address */
	struct instant when;	/* of the last failure; a ban runs from here */
	bool has_bantime;	/* false: the jail's */
	double bantime_s;	/* seconds, or BANTIME_PERMANENT */
	unsigned bancount;	/* 1 for the first ban */
	unsigned failures;
	bool restored;		/* came from the store */
	bool again;		/* a former run, which ended in a crash, has judged it */
	unsigned epoch;		/* of the jail's rules when it was banned */
	struct slice *matches;	/* lines, oldest first */
	size_t match_count;
	/*
	 * How the failure that opened the record was cut around its date, as the store keeps it:
	 * bytes of matches[0] before the date and of the date. Both 0 once that match is dropped.
	 */
	size_t cut_before, cut_date;
	struct ticket_attr *attrs;	/* what regexes captured: "user", "ip4" */
	size_t attr_count;
};

/* Copies all that is given; refs is 1. */
struct ticket *ticket_new(struct slice id, struct slice ip, struct instant when);
struct ticket *ticket_ref(struct ticket *t);
void ticket_unref(struct ticket *t);	/* takes NULL */

/* The ticket is now of this address or network, as its id, too. */
void ticket_set_addr(struct ticket *t, const struct addr *a);

/* Copies. keep is the most matches to have; the oldest go. */
void ticket_add_match(struct ticket *t, struct slice line, size_t keep);
/* Says how the oldest match is cut around its date. */
void ticket_set_cut(struct ticket *t, size_t before, size_t date);
void ticket_set_attr(struct ticket *t, struct slice name, struct slice value);

/* The value of an attribute; false if there is none. */
bool ticket_attr(const struct ticket *t, struct slice name, struct slice *value);

#endif
