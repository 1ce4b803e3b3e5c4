#ifndef F2B_JAIL_DETAILS_H
#define F2B_JAIL_DETAILS_H

#include "util/slice.h"

/*
 * What is known of an offender beside his id: lines, which are called matches here, and attributes,
 * what regexes captured ("user", "ip4"). NULL stands for nothing, and all functions take it.
 *
 * There may be many of them, and what one holds is in no cache when he fails again: so all but the
 * attributes, and the lines themselves, is one block.
 */
struct details;

/* Of a line no more is kept. */
#define DETAILS_MATCH_MAX ((size_t)64 * 1024)

struct match_cut {
	size_t before, date;
};

struct details_attr {
	struct slice name, value;
};

void details_free(struct details *d);

/*
 * Adds a line, which is copied, as the newest match; of a very long one its beginning. It may be given in
 * at most three parts. keep is the most matches to have; the oldest go.
 */
void details_add_match(
    struct details **d, const struct slice *parts, size_t part_count, size_t keep);
/* The same with all matches of from. */
void details_add_matches(struct details **d, const struct details *from, size_t keep);

size_t details_match_count(const struct details *d);
/* The match of that index, the oldest first; lent until the next change. */
struct slice details_match(const struct details *d, size_t index);
/* Gives the matches up. */
void details_forget_matches(struct details **d);

/*
 * How the failure that opened the record was cut around its date, as the store keeps it: bytes of
 * the oldest match before the date, and of the date. Both 0 if that is not known, or once the match
 * is dropped.
 */
void details_set_cut(struct details *d, struct match_cut cut);
struct match_cut details_cut(const struct details *d);

/* Copies; a name that is there gets the new value. */
void details_set_attr(struct details **d, struct slice name, struct slice value);
/* The value of an attribute; false if there is none. */
bool details_attr(const struct details *d, struct slice name, struct slice *value);
/* Walks all attributes in the order in which they were set: at starts as 0. False at the end. */
bool details_next_attr(const struct details *d, size_t *at, struct details_attr *out);
size_t details_attr_count(const struct details *d);

/* Brings what the next match will change into the processor's cache. */
void details_fetch(const struct details *d);

/* About the bytes that all of it takes, and what matches do. */
size_t details_bytes(const struct details *d);
size_t details_match_bytes(const struct details *d);

#endif
