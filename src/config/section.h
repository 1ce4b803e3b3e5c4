#ifndef F2B_CONFIG_SECTION_H
#define F2B_CONFIG_SECTION_H

#include "config/traced.h"

/*
 * Options by name, in the order in which they were first written, in sections by name. One file
 * is read into such a tree, and the trees of several files are merged into one.
 *
 * Everything lives in the arena of the configuration.
 */

/* More of them are a mistake, and refused. */
#define SECTION_MAX_OPTIONS 4096
#define SECTIONS_MAX 8192

struct option {
	struct slice name; /* lower case */
	struct place at;   /* of the name */
	struct traced value;
};

struct section {
	struct slice name;
	struct place at;
	struct option *options;
	size_t count, cap;
	uint16_t *slots; /* of a larger section, by hash: 1 + the index of an option; 0 is free */
	size_t slot_count;
	bool lent; /* what options and slots point to belongs to another section, which stays */
	struct section *known; /* what options were before a later file changed them; or NULL */
};

struct sections {
	struct section defaults; /* [DEFAULT] */
	struct section **v;	 /* the others */
	size_t count, cap;
};

/* Makes room for so many options more. */
void section_reserve(struct arena *a, struct section *s, size_t count);

/* Gives an empty section the options of from, which must not change any more. */
void section_lend(struct section *s, const struct section *from);

/* Sets all options of from, as far as there may be as many. */
void section_put_all(struct arena *a, struct section *s, const struct section *from);

/* The option of that name, or NULL. */
const struct option *section_get(const struct section *s, struct slice name);

/*
 * Sets an option; one that was there keeps its position. Returns its old value in *old (an empty
 * struct if there was none) if old is not NULL. -E2BIG if the section is full.
 */
int section_put(struct arena *a, struct section *s, const struct option *o, struct option *old);

/* The section of that name, or NULL; "DEFAULT" gives the defaults. */
struct section *sections_get(struct sections *t, struct slice name);
const struct section *sections_find(const struct sections *t, struct slice name);

/* The section of that name, made if need be. NULL if there are too many. */
struct section *sections_add(
    struct arena *a, struct sections *t, struct slice name, struct place at);

#endif
