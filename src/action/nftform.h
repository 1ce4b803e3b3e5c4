#ifndef F2B_ACTION_NFTFORM_H
#define F2B_ACTION_NFTFORM_H

#include "action/nft.h"

/*
 * Commands that need no shell: "nft add element FAMILY TABLE SET \{ ADDRESS \}" and the same with
 * "delete", as the stock nftables actions come to after their tags are replaced. Words are parted
 * by blanks; braces may be quoted in any way that a shell takes off. Names hold no character that
 * means something to a shell or to nft, and the address is in its canonical form. Any other text
 * is none of these.
 */
struct nft_form {
	bool add;
	struct nft_set_name set;
	struct addr addr;
};

bool nftform_parse(struct slice text, struct nft_form *out);

/*
 * Does in the kernel what the text says. False, with nothing done, if it is none of the known
 * forms or the kernel refused: then a shell is to run it, whose words an administrator knows.
 * *n is shared when it is NULL.
 */
bool nftform_run(struct nft **n, struct slice text);

#endif
