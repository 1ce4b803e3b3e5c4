#ifndef F2B_COMPAT_PYRE_H
#define F2B_COMPAT_PYRE_H

#include "util/arena.h"
#include "util/buf.h"
#include "util/diag.h"

/*
 * Python's regular expression dialect (module re, text patterns, CPython 3.11) translated to
 * PCRE2's, so that the same texts match with the same groups; and refused where Python refuses.
 * The result is meant for pcre2_compile() with the options that pyre_options() gives.
 */

/* A named group: PCRE2 limits names to 32 characters, so names are not passed through. */
struct pyre_group {
	struct slice name;	/* UTF-8; points into the pattern given */
	unsigned number;
};

struct pyre_groups {
	struct pyre_group *v;	/* in order of number; lives in the arena given */
	size_t count;		/* of named groups */
	unsigned groups;	/* of all capturing groups */
};

#define PYRE_MULTILINE 1u
/*
 * Every subject will be plain ASCII: the same matches, but \w, \d, \s and case are looked up in a
 * table of 256 instead of Unicode's, which is several times faster.
 */
#define PYRE_ASCII 2u
/*
 * Calls back (pcre2_set_callout) at each try of what may cost much: between two calls no more is done
 * than one pass over the subject, or the match limit of one start. So who is called can tell that a
 * search has taken too long, which the match limit alone cannot, as it counts anew at each start and
 * does not know how long the subject is.
 */
#define PYRE_METERED 4u
/*
 * Each place of the subject is tried as a start. PCRE2 would look for one sooner, for the last letter, and
 * for as many as a match has at least, which spares a search in vain; but then (10.42) its JIT loses
 * matches of some patterns, (a|)b*a in "a" and (?>a+?)b in "aab", and it does so itself of others,
 * (?=a)\S*a in "cac".
 */
#define PYRE_EVERY_START 8u

/*
 * True if pattern may be one of these: it has an alternation, something atomic or possessive, or looks
 * ahead. Observed: with none of that, 800,000 random patterns found with the JIT what they find without
 * all of this.
 */
bool pyre_needs_every_start(struct slice pattern);

/*
 * Translates pattern, which is UTF-8. flags are those given beside the pattern.
 * Returns 0, or -EINVAL with the reason in d in Python's words ("missing ), unterminated
 * subpattern at position 4"); *error_at is then the offset in bytes, SIZE_MAX where there is none.
 */
int pyre_translate(struct arena *a, struct slice pattern, unsigned flags, struct buf *out,
    struct pyre_groups *groups, size_t *error_at, struct diag *d);

/* The options for pcre2_compile(): UTF, UCP and so on. */
uint32_t pyre_options(unsigned flags);

#endif
