#ifndef F2B_ACTION_NFTPLAN_H
#define F2B_ACTION_NFTPLAN_H

#include "action/entry.h"
#include "action/nft.h"

/*
 * What the properties of an action with "module = nft" ask for, for one family and for single addresses
 * or for networks: names, the chains' hooks, what a rule matches and what it does. The properties and
 * their values are those of fail2ban's nftables action, as far as they mean what the kernel can be told
 * without nft.
 */
#define NFTPLAN_RANGES_MAX 128
#define NFTPLAN_CHAINS_MAX 5
#define NFTPLAN_PROTOCOLS_MAX 16

struct port_range {
	uint16_t first, last;
};

struct nft_chain {
	char name[NFT_NAME_MAX];
	uint32_t hook;			/* NF_INET_… */
};

struct nft_plan {
	enum addr_family addr;
	bool networks;			/* its set is for networks, not for single addresses only */
	bool timeouts;			/* … and its elements may have an end */
	struct nft_set_name set;
	struct nft_chain chains[NFTPLAN_CHAINS_MAX];
	size_t chain_count;
	const char *type;		/* "filter", "nat", "route" */
	int32_t priority;

	bool by_port;			/* one rule for each protocol, or one for all */
	struct port_range ports[NFTPLAN_RANGES_MAX];
	size_t port_count;
	bool ranges;			/* some range was written as such */
	uint8_t protocols[NFTPLAN_PROTOCOLS_MAX];
	size_t protocol_count;		/* 0: all */

	bool counter;
	bool reject;			/* otherwise verdict */
	int verdict;			/* NF_DROP, NF_ACCEPT, NFT_RETURN */
	uint32_t reject_type, reject_code;
};

/*
 * family is one of addresses. Elements have an end, then, as the native module's have. -EINVAL with the
 * property, what it is and what it may be.
 */
int nftplan_make(struct nft_plan *p, const struct entry *e, enum family family, bool networks,
    struct diag *d);

#endif
