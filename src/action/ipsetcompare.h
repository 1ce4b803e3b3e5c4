#ifndef F2B_ACTION_IPSETCOMPARE_H
#define F2B_ACTION_IPSETCOMPARE_H

#include "action/ipset.h"
#include "action/nftcompare.h"

/*
 * What a set of ip_set has, compared with what a jail's bans ask for. Sets of hash:ip hold every address of
 * a network by itself: there the bans of networks are not looked at.
 */
struct ipsetcompare {
	/* Set by the caller. */
	struct action_jail *jail;
	const char *set;
	enum addr_family addr;
	bool shared; /* elements without a ban may be another action's */

	struct action_state state;

	/* The difference. Timeouts are the caller's to add: ticket i is that of change i, or NULL. */
	struct ipset_change *changes;
	const struct ticket **tickets;
	size_t count, cap;

	struct addr *there;	/* in order */
	bool *claimed;
	size_t there_count, there_cap;
	bool networks;		/* the set holds them */
	bool passed_over;	/* some bans were not looked at */
};

/*
 * Looks. A set that is not there lacks all its bans, and has state.rules false. ipsetcompare_done() must
 * follow in any case.
 */
int ipsetcompare_make(struct ipsetcompare *c, struct ipset *s);
void ipsetcompare_done(struct ipsetcompare *c);

#endif
