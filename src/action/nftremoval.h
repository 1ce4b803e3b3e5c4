#ifndef F2B_ACTION_NFTREMOVAL_H
#define F2B_ACTION_NFTREMOVAL_H

#include "action/nftplan.h"

/*
 * Scripts that take away what those of nftscript.h make, or empty the set, as the commands do that stop and
 * flush the nftables action: however it is written (see follow.h), it comes to
 *
 *   nft delete rule FAMILY TABLE CHAIN handle N	for each rule of the chain that looks up the set
 *   nft delete set FAMILY TABLE SET
 *   nft delete table FAMILY TABLE			unless another set is in it
 *
 * or to
 *
 *   nft flush set FAMILY TABLE SET
 *
 * It finds the rules, and whether there is another set, by filters of what "nft -a list chain" and "nft list
 * table" print. What these find is tried on rulesets that are made up for it.
 */
struct nft_removal {
	struct nft_plan plan; /* its set, and its chain */
	bool flushes;	      /* only empties the set */
	bool locks;	      /* takes the lock of nftlock_run() */
};

/* False if the script is none of these. */
bool nftremoval_parse(struct slice script, struct nft_removal *out);

/*
 * Does what the script would do. False, perhaps with some of it done, if it is none of these, the set is gone,
 * somebody has the lock, or the kernel refuses something: then it is to be run by a shell, whose words an
 * administrator knows. *n is shared when it is NULL.
 */
bool nftremoval_run(struct nft **n, struct slice script);

#endif
