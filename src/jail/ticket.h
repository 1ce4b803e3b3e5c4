#ifndef F2B_JAIL_TICKET_H
#define F2B_JAIL_TICKET_H

#include "scan/door.h"
#include "util/list.h"

/*
 * One offender, as it goes from the failure table to the bans, the actions and the store. Shared
 * by reference count, and not changed by anyone but the ban table while others hold it, but for
 * its ban time and count.
 *
 * There may be a million of them: a ticket is one block, with its id in it, and a second one only
 * if lines or attributes are known.
 */
#define BANTIME_PERMANENT (-1)

struct ticket_attr {
	struct slice name, value;
};

struct ticket {
	struct slice id;	/* what is banned: an address in canonical form, or any text */
	struct instant when;	/* of the last failure; a ban runs from here */
	double bantime_s;	/* seconds, or BANTIME_PERMANENT */
	struct ticket_more *more;	/* matches and attributes; NULL if there are none */
	struct list entry;	  /* the ban table's: the order in which bans were entered */
	unsigned heap_at;	  /* the ban table's */
	unsigned ip_n;	  /* of ticket_ip(); 0: it is the id */
	unsigned refs;
	unsigned bancount;	/* 1 for the first ban */
	unsigned failures;
	unsigned epoch;	  /* of the jail's rules when it was banned */
	struct addr addr;	/* of ip; ADDR_NONE if that is no address */
	bool has_bantime;	/* false: the jail's */
	bool restored;	  /* came from the store */
	bool logged;	  /* the log has the line that did it, for who reads it again */
	bool again;	  /* a former run, which ended in a crash, has judged it */
	char text[];	  /* id and ip */
};

/* The address or name behind the id; equal to it if there is no other. Lent as the id is. */
struct slice ticket_ip(const struct ticket *t);

/* Copies all that is given; refs is 1. addr is that of ip; ADDR_NONE if that is no address. */
struct ticket *ticket_new_addr(
    struct slice id, struct slice ip, const struct addr *addr, struct instant when);
/* The same, with what addr_parse() makes of ip. */
struct ticket *ticket_new(struct slice id, struct slice ip, struct instant when);
struct ticket *ticket_ref(struct ticket *t);
void ticket_unref(struct ticket *t);	/* takes NULL */

/*
 * Adds a line, which is copied, as the newest match. It may be given in parts. keep is the most
 * matches to have; the oldest go.
 */
void ticket_add_match(struct ticket *t, struct slice line, size_t keep);
void ticket_add_match_parts(
    struct ticket *t, const struct slice *parts, size_t part_count, size_t keep);
size_t ticket_match_count(const struct ticket *t);
/* The match of that index, the oldest first; lent until the next change. */
struct slice ticket_match(const struct ticket *t, size_t index);

/*
 * How the failure that opened the record was cut around its date, as the store keeps it: bytes of
 * the oldest match before the date, and of the date. Both 0 if that is not known, or once the match
 * is dropped.
 */
struct ticket_cut {
	size_t before, date;
};
void ticket_set_cut(struct ticket *t, struct ticket_cut cut);
struct ticket_cut ticket_cut(const struct ticket *t);

/* What regexes captured: "user", "ip4". Copies; a name that is there gets the new value. */
void ticket_set_attr(struct ticket *t, struct slice name, struct slice value);

/* The value of an attribute; false if there is none. */
bool ticket_attr(const struct ticket *t, struct slice name, struct slice *value);

/* Walks all attributes in the order in which they were set: at starts as 0. False at the end. */
bool ticket_next_attr(const struct ticket *t, size_t *at, struct ticket_attr *out);
size_t ticket_attr_count(const struct ticket *t);

/* Adds all of from's attributes and, up to keep, its matches. */
void ticket_add_attrs(struct ticket *t, const struct ticket *from);
void ticket_add_matches(struct ticket *t, const struct ticket *from, size_t keep);

/* About the bytes that matches and attributes take, and what matches do. */
size_t ticket_more_bytes(const struct ticket *t);
size_t ticket_match_bytes(const struct ticket *t);

/* Gives the matches up. */
void ticket_forget_matches(struct ticket *t);

#endif
