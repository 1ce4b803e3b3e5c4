#ifndef F2B_CONTROL_STATUS_H
#define F2B_CONTROL_STATUS_H

#include "control/guard.h"
#include "value/value.h"

/* How a jail is doing, in the shape that status, in its flavours, answers. */
enum status_flavor {
	STATUS_BASIC,
	STATUS_SHORT,	/* without the list of addresses */
	STATUS_STATS,	/* [backend, (failed, total), (banned, total)] */
	STATUS_CYMRU,	/* and what is known of the addresses' networks */
	STATUS_ACTIONS, /* what waits for its actions instead */
	STATUS_SOURCES, /* what it reads instead, and how that goes; see sources.h */
};

/* Adds the pair (label, v) to a list, and the same of a number. */
void status_add(struct arena *a, struct value *list, const char *label, struct value *v);
void status_count(struct arena *a, struct value *list, const char *label, uint64_t n);

/* Who is banned, as a list of texts. */
struct value *status_banned(struct arena *a, const struct guard *g, enum ban_order order);

struct value *status_of(struct arena *a, const struct guard *g, enum status_flavor flavor);

/* The flavour of that name; an unknown one is logged, at this level, and is STATUS_BASIC. */
enum status_flavor status_flavor(struct slice name, int level);

#endif
