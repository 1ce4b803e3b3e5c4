#ifndef F2B_SCAN_PATTERN_H
#define F2B_SCAN_PATTERN_H

#include "compat/pyre.h"
#include "scan/literal.h"
#include "scan/matcher.h"
#include "util/shared.h"

/*
 * One regex of a filter: fail2ban's tags (<HOST>, <F-USER>…) expanded, checked and compiled,
 * to machine code where it is searched for more than a few times.
 *
 * Filters that have the same regex share what it is compiled to (scan/form.h); what is counted is each
 * one's own.
 */

/* What a group means to the filter; by the name of the group. */
enum pattern_role {
	ROLE_NONE,	/* data for actions */
	ROLE_ID,	/* fid, ip4, ip6, dns, mlfid: tells who failed */
	ROLE_CONTENT,
	ROLE_ALTERNATIVE,	/* alt_NAME, alt_NAME_2, tuple_NAME, tuple_NAME_2 */
	ROLE_SKIPLINES,
};

struct pattern_group {
	struct slice name;
	unsigned number;
	enum pattern_role role;
};

/* More of the next best literals than these are not looked for. */
#define PATTERN_ALSO_MAX 4

/* What a regex is. It belongs to all patterns that have it. */
struct pattern_code {
	struct shared shared;
	struct slice text;	/* expanded, in Python's notation */
	struct pattern_group *groups;	/* the named ones, in order of number */
	size_t group_count;
	unsigned all_groups;	/* named or not */
	bool has_id, has_alternatives;	/* groups of these roles */
	/* See pattern_literals(). */
	struct literals literals, also;
	size_t also_rarest[PATTERN_ALSO_MAX]; /* where the rarest byte of each is */
	bool literals_known;
	struct forms *forms;
	struct arena arena;
};

struct pattern {
	struct pattern_code *code;
	uint64_t searches;
	uint64_t hits;
	uint64_t given_up;	/* searches that took more than a line may cost */
};

#define PATTERN_MULTILINE 1u	/* ^ and $ at every line of the buffer */
#define PATTERN_NO_NAMES 2u	/* <HOST> is an address, never a name */

/*
 * Returns 0, or -EINVAL with d in fail2ban's words ("Unable to compile regular expression …",
 * "Cannot add empty regex"), and a remedy where we know one. fail2ban quotes the regex with its tags
 * expanded, and counts in that; where the regex was written at a known place, d quotes what stands there.
 */
int pattern_new(struct pattern **out, struct slice regex, unsigned flags, struct place at,
    struct diag *d);
void pattern_free(struct pattern *p);

/* Of which a line that matches holds one; and others of which it holds one as well. */
const struct literals *pattern_literals(struct pattern_code *code);
const struct literals *pattern_also(struct pattern_code *code);

/* -EINVAL with d, as fail2ban says it, if p can tell nobody who failed. */
int pattern_require_id(const struct pattern *p, struct place at, struct diag *d);

/* What the groups of <SKIPLINES> are called, with a number behind. */
#define PATTERN_SKIPLINES "skiplines"

/* Adds the regex with its tags expanded. */
void pattern_expand(struct buf *out, struct slice regex, unsigned flags);

/* Where in the regex stands what became the byte at this offset of its expanded form; for that of a tag, the
   tag. Right up to the first "(?:(?i)", which is written in another way. */
size_t pattern_written(struct slice regex, unsigned flags, size_t at);

/*
 * Searches subject, which is valid UTF-8, and plain ASCII if ascii says so. Returns 1 for a match, 0 for
 * none, -E2BIG when it took more time, steps or memory than a line may cost.
 */
int pattern_search(struct pattern *p, struct matcher *m, struct slice subject, bool ascii);

#endif
