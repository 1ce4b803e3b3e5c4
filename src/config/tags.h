#ifndef F2B_CONFIG_TAGS_H
#define F2B_CONFIG_TAGS_H

#include "config/load.h"

/*
 * Static tags, "<name>" in the value of a filter's or an action's option, which stand for other
 * options. A name is made of anything but spaces, '<' and '>'. What is put in may hold tags again,
 * and may complete a tag around it: "<re-<mode>>". A tag that nobody knows stays, for the server
 * may.
 */
#define TAGS_MAX_SAME 25 /* times one tag may be replaced in one value */
#define TAGS_MAX_STEPS 4000

/*
 * Finds what a tag stands for. Returns 0 with *out lent; what is there may change, as long as the
 * tags in it are replaced. -ENOENT for a tag that stays, -EINVAL after a mistake was reported.
 */
struct tags;
typedef int tags_find(struct tags *tags, struct slice name, const struct traced **out);

/* The tags of one definition. */
struct tags {
	tags_find *find;  /* asked once for each tag */
	bool traced;	  /* keep the places of all pieces, not only that of the whole */
	struct table met; /* struct tag by name */
	size_t unknown_count;
	unsigned value_number;
	struct traced_buf done, rest[2]; /* room to work in */
};

void tags_init(struct tags *tags, tags_find *find, bool traced);
void tags_done(struct tags *tags);

/*
 * Replaces the tags in value, which is that of the named option. Returns 0, with *out as it was if
 * there was nothing to replace; or -EINVAL after a mistake was reported. out may be NULL where only
 * mistakes matter.
 */
int tags_replace(struct load *l, struct tags *tags, struct slice option, const struct traced *value,
    struct traced *out);

#endif
