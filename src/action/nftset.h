#ifndef F2B_ACTION_NFTSET_H
#define F2B_ACTION_NFTSET_H

#include "action/nft.h"

/* What is in a set of addresses: read from the kernel, in order, to be compared with what should be. */
struct nft_element {
	struct addr addr;
	uint64_t expires_ms;	/* from now; 0: never */
};

struct nft_elements {
	struct nft_element *v;	/* by address, then by length of prefix */
	size_t count;
};

/*
 * Lists a set that nft_set_takes(). A range that is no network is left out. 0, or a negative errno
 * with *out empty. What is listed is the caller's to nftset_free().
 */
int nftset_list(struct nft *n, const struct nft_set_name *name, const struct nft_set_kind *kind,
    struct nft_elements *out);
void nftset_free(struct nft_elements *e);

/* The element of this address or network; NULL if there is none. */
struct nft_element *nftset_find(const struct nft_elements *e, const struct addr *a);

#endif
