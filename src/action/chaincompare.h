#ifndef F2B_ACTION_CHAINCOMPARE_H
#define F2B_ACTION_CHAINCOMPARE_H

#include "action/form.h"
#include "action/nftcompare.h"

/*
 * What a chain of iptables has, as "iptables -S" lists it, compared with what a jail's bans ask for.
 * Rules that are none of a ban's (another match, another target) are left alone; one that is there
 * twice is one too many, as an unban takes out only one.
 */
struct chaincompare {
	/* Set by the caller. */
	struct action_jail *jail;
	const struct form *form; /* of a ban's command */
	enum addr_family addr;
	unsigned epoch; /* bans from before it are about to be made anew, and not missed */
	const struct addr *busy; /* in order: those that something is about to be done for */
	size_t busy_count;
	bool shared; /* rules without a ban may be another action's */

	struct action_state state;

	struct buf changes; /* the difference, for "iptables-restore --noflush"; empty: none */

	struct chain_rule *there; /* in order of addresses */
	size_t there_count, there_cap;
};

/*
 * Whether the rules of that form can be told in a list: what stands behind the target are options of
 * the target, and no matches, which are listed before it.
 */
bool chaincompare_knows(const struct form *form);

/* listing lives until chaincompare_done(). */
void chaincompare_make(struct chaincompare *c, struct slice listing);
void chaincompare_done(struct chaincompare *c);

/* Adds the command that lists the chain. */
void chaincompare_command(const struct form *form, struct buf *out);

#endif
