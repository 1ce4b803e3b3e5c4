#ifndef F2B_CONFIG_SUGGEST_H
#define F2B_CONFIG_SUGGEST_H

#include "config/load.h"

/*
 * "Did you mean": of all names that are offered, the nearest to one that is not known. Names differ
 * by letters that are changed, added, left out or swapped with the next; capitals do not count. The
 * longer a name, the more of it may be wrong; a name of one or two letters is near to none.
 */
struct suggestion {
	struct slice wanted;
	struct slice name; /* the nearest so far; .p is NULL: none is near */
	struct slice longer; /* the shortest that begins as the wanted one does; or NULL */
	unsigned distance;   /* of name; while there is none, one more than the most */
	bool known;	   /* the name itself was offered */
};

struct suggestion suggest_begin(struct slice wanted);

/* name is lent for as long as the suggestion is used. */
void suggest_offer(struct suggestion *s, struct slice name);

/* Offers all words of a list that ends with NULL. */
void suggest_offer_words(struct suggestion *s, const char *const *words);

/* Offers the files of a folder of filters or actions, without their endings; they live in a. */
void suggest_offer_files(struct suggestion *s, struct arena *a, const char *folder);

/* "; did you mean 'NAME'?", or nothing where no name is near or the name is known. In the arena. */
const char *suggest_text(struct load *l, const struct suggestion *s);

/* How many letters differ; limit + 1 for more than limit. */
unsigned suggest_distance(struct slice a, struct slice b, unsigned limit);

#endif
