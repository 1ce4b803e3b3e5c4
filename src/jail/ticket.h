#ifndef F2B_JAIL_TICKET_H
#define F2B_JAIL_TICKET_H

#include "jail/details.h"
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

struct ticket {
	struct instant when;	/* of the last failure; a ban runs from here */
	double bantime_s;	/* seconds, or BANTIME_PERMANENT */
	struct details *more;	/* matches and attributes; NULL if there are none */
	struct list entry;	  /* the ban table's: the order in which bans were entered */
	unsigned heap_at;	  /* the ban table's */
	unsigned id_n;	  /* of ticket_id() */
	unsigned ip_n;	  /* of ticket_ip(); 0: it is the id */
	unsigned refs;
	unsigned bancount;	/* 1 for the first ban */
	unsigned failures;
	unsigned epoch;	  /* of the jail's rules when it was banned */
	struct addr addr;	/* of ip; ADDR_NONE if that is no address */
	bool has_bantime : 1;	/* false: the jail's */
	bool restored : 1;	  /* came from the store */
	bool logged : 1;	  /* the log has the line that did it, for who reads it again */
	bool again : 1;	  /* a former run, which ended in a crash, has judged it */
	char text[];	  /* id and ip */
};

/* What is banned: an address in canonical form, or any text. Lent as long as the ticket is held. */
static inline struct slice
ticket_id(const struct ticket *t)
{
	return slice_of(t->text, t->id_n);
}

/* The address or name behind the id; equal to it if there is no other. Lent as the id is. */
struct slice ticket_ip(const struct ticket *t);

/* True if there is one. */
static inline bool
ticket_has_ip(const struct ticket *t)
{
	return t->ip_n > 0;
}

/* Copies all that is given; refs is 1. addr is that of ip; ADDR_NONE if that is no address. */
struct ticket *ticket_new_addr(
    struct slice id, struct slice ip, const struct addr *addr, struct instant when);
/* The same, with what addr_parse() makes of ip. */
struct ticket *ticket_new(struct slice id, struct slice ip, struct instant when);
struct ticket *ticket_ref(struct ticket *t);
void ticket_unref(struct ticket *t);	/* takes NULL */

/* As details.h says; of t->more. */
static inline void
ticket_add_match(struct ticket *t, struct slice line, size_t keep)
{
	details_add_match(&t->more, &line, 1, keep);
}

static inline size_t
ticket_match_count(const struct ticket *t)
{
	return details_match_count(t->more);
}

static inline struct slice
ticket_match(const struct ticket *t, size_t index)
{
	return details_match(t->more, index);
}

static inline void
ticket_set_attr(struct ticket *t, struct slice name, struct slice value)
{
	details_set_attr(&t->more, name, value);
}

static inline bool
ticket_attr(const struct ticket *t, struct slice name, struct slice *value)
{
	return details_attr(t->more, name, value);
}

static inline bool
ticket_next_attr(const struct ticket *t, size_t *at, struct details_attr *out)
{
	return details_next_attr(t->more, at, out);
}

#endif
