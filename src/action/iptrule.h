#ifndef F2B_ACTION_IPTRULE_H
#define F2B_ACTION_IPTRULE_H

#include "action/form.h"

/*
 * Rules of iptables without iptables. Where that keeps its rules in nf_tables (as "iptables -V"
 * says), the one that it has just made for an address shows how it makes those for others: they
 * differ in nothing but the address. So iptables lists and deletes ours like its own.
 *
 * Only rules are known that look at the source address, count, and go somewhere or REJECT.
 */
#define IPTRULE_BYTES_MAX 320 /* of its expressions; REJECT for IPv6 takes 224 */

struct iptrule {
	uint8_t family; /* NFPROTO_…; 0: none was learnt yet */
	bool append;	/* behind the others, not before */
	char chain[FORM_CHAIN_MAX];
	size_t addr_at; /* where in the expressions the address is */
	size_t n;
	char expressions[IPTRULE_BYTES_MAX]; /* as the kernel lists them, nothing counted */
};

/*
 * Learns from the rule that iptables has made of the form for this address. False, with *out as it
 * was, if that is not to be told: its rules are not in nf_tables, there is none or another one like
 * it, or the rule is none that is known.
 */
bool iptrule_learn(struct iptrule *out, struct nft *n, const struct form *f, const struct addr *a);

/* Adds such a rule for another address, of the same family, to the transaction. */
void iptrule_put(const struct iptrule *r, struct nft_batch *b, const struct addr *a);

#endif
