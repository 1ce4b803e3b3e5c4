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

/* Who knows what tags stand for. */
struct tags {
	/* 0, -ENOENT for a tag that stays, -EINVAL after a mistake was reported. */
	int (*get)(struct tags *tags, struct slice name, struct traced *out);
};

/*
 * Replaces the tags in value, which is that of the named option. Returns 0, or -EINVAL after it
 * was reported.
 */
int tags_replace(struct load *l, struct tags *tags, struct slice option, const struct traced *value,
    struct traced *out);

#endif
