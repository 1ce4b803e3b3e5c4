#ifndef F2B_ACTION_NFTSCRIPT_H
#define F2B_ACTION_NFTSCRIPT_H

#include "action/nftplan.h"

/*
 * Scripts that make the structure around a set of banned addresses, as the command does that starts
 * the nftables action: however it is written (see follow.h), it comes to
 *
 *   nft add table FAMILY TABLE
 *   nft add chain FAMILY TABLE CHAIN { type TYPE hook HOOK priority NUMBER; [policy accept;] }
 *   nft add set FAMILY TABLE SET { type ipv4_addr|ipv6_addr; [flags [interval][,timeout];] }
 *   nft add rule FAMILY TABLE CHAIN [MATCH] ip|ip6 saddr @SET BLOCKTYPE
 *
 * with the same names in all, one rule or one for each PROTOCOL, and MATCH one of
 *
 *   PROTOCOL dport PORTS
 *   th dport PORTS
 *   meta l4proto PROTOCOLS
 *
 * It may take a lock by "flock N", and do more "if nft [-t] list set FAMILY TABLE SET" finds it.
 */

/* False if the script is none of these. *locks: it takes the lock. */
bool nftscript_parse(struct slice script, struct nft_plan *out, bool *locks);

/*
 * Makes what the script would make, in one transaction. False, with nothing done, if it is none of
 * these, the set is there already, somebody has the lock, or the kernel refuses something: then it
 * is to be run by a shell, whose words an administrator knows. *n is shared when it is NULL.
 */
bool nftscript_run(struct nft **n, struct slice script);

#endif
