#ifndef F2B_ACTION_NFTCOMPARE_H
#define F2B_ACTION_NFTCOMPARE_H

#include "action/action.h"
#include "action/nftset.h"

/* What a set of the kernel has, compared with what a jail's bans ask for, and the difference. */
enum nftcompare_kinds { NFTCOMPARE_BOTH, NFTCOMPARE_ADDRESSES, NFTCOMPARE_NETWORKS };

struct nftcompare {
	/* Set by the caller. */
	struct action_jail *jail;
	const struct nft_set_name *set;
	enum addr_family addr;
	enum nftcompare_kinds kinds;	/* of bans that belong into the set */
	bool timed;			/* elements are to end with their bans */
	bool extra;			/* elements without a ban are to go */
	bool shared;			/* … but may be another action's: they are not looked at */
	struct addr *busy;		/* of queue_busy(): not looked at; freed by nftcompare_done() */
	size_t busy_count;

	struct action_state state;

	struct nft_set_kind kind;
	struct nft_elements there;
	bool *claimed;			/* elements that stand for a ban */
	struct instant now;
	struct nft_change *changes;
	size_t count, cap;
	size_t overlaps;		/* bans that could not be sent */
};

/*
 * Looks. A set that is not there lacks all its bans, and has state.rules false. -EMEDIUMTYPE if the set
 * is none for such addresses. nftcompare_done() must follow in any case.
 */
int nftcompare_make(struct nftcompare *c, struct nft *n);

/*
 * Sends the difference, as nft_elements(), but in several transactions where some of it is refused: what
 * overlaps is left out and logged, what is to go and is gone is passed over.
 */
int nftcompare_send(struct nftcompare *c, struct nft *n);

void nftcompare_done(struct nftcompare *c);

/* known is the caller's. */
void nftcompare_sum(struct action_state *sum, const struct action_state *s);

/* How long the kernel is to keep a ban, from now; 0: for ever. A moment longer than the jail does. */
uint64_t nftcompare_timeout_ms(
    struct action_jail *jail, const struct ticket *t, struct instant now);

#endif
