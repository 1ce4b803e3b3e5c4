#ifndef F2B_ACTION_NFTRULE_H
#define F2B_ACTION_NFTRULE_H

#include "action/nftplan.h"

/*
 * The structure around a set of banned addresses: table, chain, set, and the rules that look an
 * address up in it; such that "nft list ruleset" prints what it prints after the commands of
 * fail2ban's nftables action.
 */

/*
 * Makes in one transaction what of it is missing. Rules are known by the set that they look up; where a
 * chain has too few of them, they are replaced. -EMEDIUMTYPE if there is a set of this name that
 * addresses do not go into.
 */
int nftrule_build(struct nft *n, const struct nft_plan *p);

/* The same where the set is not there yet; -EEXIST, with nothing done, if it is. */
int nftrule_create(struct nft *n, const struct nft_plan *p);

/*
 * As nftrule_build(), but rules that are there are replaced, at no moment being missing. old: the plan that they were
 * made by, with the same set, whose chains may be others; or NULL.
 */
int nftrule_replace(struct nft *n, const struct nft_plan *p, const struct nft_plan *old);

/* True if the set is there and every chain has all the rules that look it up. */
bool nftrule_complete(struct nft *n, const struct nft_plan *p);

/*
 * Takes away the rules and the set, and the table if there is no other named set in it. What is
 * gone already is no error.
 */
int nftrule_remove(struct nft *n, const struct nft_plan *p);

/* Empties the set. -ENOENT if it is gone. */
int nftrule_flush(struct nft *n, const struct nft_plan *p);

#endif
