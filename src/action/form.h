#ifndef F2B_ACTION_FORM_H
#define F2B_ACTION_FORM_H

#include "action/ipset.h"
#include "action/nft.h"
#include "action/words.h"

/*
 * Commands that need no shell of their own, as the stock actions come to after their tags are
 * replaced:
 *
 *   nft add element FAMILY TABLE SET \{ ADDRESS \}
 *   nft delete element FAMILY TABLE SET \{ ADDRESS \}
 *   ipset -exist add SET ADDRESS [timeout SECONDS]		"-exist" may stand at the end, too
 *   ipset -exist del SET ADDRESS
 *   iptables -w -I CHAIN [NUMBER] -s ADDRESS -j TARGET…	or ip6tables; or -A
 *   iptables -w -D CHAIN -s ADDRESS -j TARGET…
 *
 * Braces may be quoted in any way that a shell takes off. Names hold no character that means
 * something to a shell, and the address is in its canonical spelling. Any other text is none of
 * these, and is the shell's to run.
 */
enum form_kind {
	FORM_NONE,
	FORM_NFT,	/* elements of sets, many in one transaction */
	FORM_IPSET,	/* the same without transactions */
	FORM_IPTABLES,	/* rules, many in one iptables-restore */
	FORM_KINDS,
};

#define FORM_RULE_MAX 192
#define FORM_CHAIN_MAX 32

struct form {
	enum form_kind kind;
	bool add;
	struct addr addr;
	bool timed;		/* ipset: with a timeout */
	bool capped;		/* … that is 0 where it would be too long, */
	bool unending;		/* … or where the ban has no end */
	uint64_t timeout_s;
	union {
		struct nft_set_name nft;
		char ipset[IPSET_NAME_MAX];
		struct {
			char program[FORM_RULE_MAX];	/* "iptables-restore -w" */
			char chain[FORM_CHAIN_MAX];
			char before[FORM_RULE_MAX];	/* "-I f2b-sshd 1 -s" */
			char after[FORM_RULE_MAX];	/* "-j DROP" */
		} rule;
	};
};

/* False, with out->kind FORM_NONE, if the text is none of the forms. */
bool form_parse(struct slice text, struct form *out);

/* True if both put bans into the same set or chain. */
bool form_same_place(const struct form *a, const struct form *b);

/* Adds the program that a rule's command names, with what follows it about the lock: "iptables -w". */
void form_program(const struct form *f, struct buf *out);

/*
 * Does in the kernel what the text of an nft command says. False, with nothing done, if it is none
 * or the kernel refused: then a shell is to run it, whose words an administrator knows. *n is
 * shared when it is NULL.
 */
bool form_run(struct nft **n, struct slice text);

#endif
