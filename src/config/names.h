#ifndef F2B_CONFIG_NAMES_H
#define F2B_CONFIG_NAMES_H

#include "config/section.h"
#include "config/suggest.h"
#include "util/table.h"

/*
 * The names that the values of a tree refer to, as "%(name)s", "%(section/name)s", "<name>" or
 * "<section/name>". A tag in a tag, "<re-<mode>>", refers to every name that begins with "re-".
 */
struct names {
	struct arena *arena;
	struct table exact; /* struct name_used by name, in lower case */
	struct name_used *first;
	struct name_begun *begun;
};

struct name_used {
	struct slice name;
	struct name_used *next;
};

/* What stands before the inner tag, and behind it. */
struct name_begun {
	struct slice before, behind;
	struct name_begun *next;
};

/* Collects them; the names live in a. Ended by names_done(). */
void names_init(struct names *n, struct arena *a, const struct sections *tree);
void names_done(struct names *n);

/* Whether something refers to the option; its condition, "?family=inet6", does not count. */
bool names_refer(const struct names *n, struct slice option);

/* Offers all of them. */
void names_offer(const struct names *n, struct suggestion *s);

#endif
