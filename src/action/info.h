#ifndef F2B_ACTION_INFO_H
#define F2B_ACTION_INFO_H

#include "action/action.h"
#include "action/tag.h"

/*
 * What the tags of a command stand for: "<ip>", "<failures>", "<F-USER>" of a ticket, "<family>",
 * and what the jail knows. The names are those of jail.conf(5), the values as observed.
 */
struct info {
	struct tag_source source;
	struct action_jail *jail;
	const struct ticket *ticket;	/* NULL: nobody; only the family is known */
	enum family family;
	struct slice host;	/* name of the address, where it was looked up; else empty */
};

void info_init(
    struct info *i, struct action_jail *jail, const struct ticket *ticket, enum family family);

/* The family that a ticket belongs to. */
enum family info_family(const struct ticket *t);

/* Adds an address as zones of names have it: "1.2.0.192.". */
void info_reverse(struct buf *out, const struct addr *a);

/* Adds the ticket as it is logged with an action's error. */
void info_format(struct buf *out, const struct ticket *t);

#endif
