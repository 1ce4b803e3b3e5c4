#ifndef F2B_ACTION_NFT_H
#define F2B_ACTION_NFT_H

#include "util/addr.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

/*
 * The kernel's nf_tables over netlink: a socket, transactions, and the elements of sets of
 * addresses. Nothing here waits: the kernel has answered by the time that a message is sent.
 *
 * The socket belongs to the network namespace of its making.
 */
struct nft;

#define NFT_NAME_MAX 128

/* A set by name. */
struct nft_set_name {
	uint8_t family;			/* NFPROTO_… */
	char table[NFT_NAME_MAX];
	char set[NFT_NAME_MAX];
};

bool nft_set_name_eq(const struct nft_set_name *a, const struct nft_set_name *b);

/* What a set is, as far as its elements depend on it. */
struct nft_set_kind {
	uint32_t flags;			/* NFT_SET_… */
	uint32_t key_bytes;
	bool merges;			/* nft would merge neighbours */
};

/* A number in the user data that nft leaves with a set or an element: in the machine's order. */
struct nft_udata {
	uint8_t type, bytes;
	uint32_t number;
} __attribute__((packed));

/* The one socket that all jails share: opened by the first who asks, closed by the last to let go. */
int nft_share(struct nft **out);
void nft_unshare(struct nft *n);	/* takes NULL */

/* Its number, by which the kernel says whose transaction it tells of; 0 while it is not open. */
uint32_t nft_port(void);

/* "ip", "ip6", "inet", … as NFPROTO_…; -1 if it is none. */
int nft_family(struct slice text);

/* -ENOENT if there is no such set. */
int nft_set_kind(struct nft *n, const struct nft_set_name *name, struct nft_set_kind *kind);

/*
 * The same without a question, if this was asked before and nothing at all has changed in nf_tables
 * since, but by nft_elements_recalled(). That no more than this is so is only seen there.
 */
int nft_set_recall(struct nft *n, const struct nft_set_name *name, struct nft_set_kind *kind);

/* True if addresses of this family can be elements of the set, and we know how. */
bool nft_set_takes(const struct nft_set_kind *kind, enum addr_family family);

/*
 * The same of this one: a network goes only into a set of intervals. That another one does not take it
 * is for nft to say, whose words an administrator knows.
 */
bool nft_set_takes_addr(const struct nft_set_kind *kind, const struct addr *a);

/*
 * The first address behind a network of so many bytes, which is where the kernel has its interval end;
 * false if there is none, as it ends where all ends.
 */
bool nft_address_behind(const struct addr *a, size_t bytes, uint8_t out[16]);

/* One element to add or to delete. */
struct nft_change {
	const struct nft_set_name *set;
	const struct nft_set_kind *kind;
	struct addr addr;	/* one that nft_set_takes_addr() */
	uint64_t timeout_ms;	/* 0: stays until it is deleted */
	bool add;
};

#define NFT_CHANGES_MAX ((size_t)200000)

/*
 * Does all changes, at most NFT_CHANGES_MAX, in their order and in one transaction: all or none. Only
 * many that all add to sets without intervals are done in several, and some may be done after an error.
 *
 * To add what is there is no error. -ENOENT if one to delete is not there, or a set or its table is
 * gone; -EEXIST if one overlaps with another; -ENFILE if a set is full; -EMSGSIZE if they are more than
 * the socket takes at once; -ENOBUFS if the kernel's answer is lost, and with it whether anything was
 * done. *failed is the first change that the kernel refused, or count if the error is of no one change.
 */
int nft_elements(struct nft *n, const struct nft_change *changes, size_t count, size_t *failed);

/* True of an error that fewer changes might not have met. */
bool nft_too_many(int error);

/*
 * The same for sets whose kinds are from nft_set_recall(). -ERESTART if somebody has changed something
 * in nf_tables meanwhile: the kinds have to be recalled again, and are asked then.
 */
int nft_elements_recalled(
    struct nft *n, const struct nft_change *changes, size_t count, size_t *failed);

/* What an error of the last question or transaction means, for the log. n may be NULL. */
const char *nft_reason(const struct nft *n, int error);

/*
 * A transaction. Messages are made in place: nft_message() gives the next one its header, and
 * what is appended to it with mnl_attr_put() and its like counts.
 *
 * A message has at most NFT_MESSAGE_MAX bytes; -EMSGSIZE comes from the commit if all did not fit.
 */
#define NFT_MESSAGE_MAX ((size_t)65536)

struct nft_batch {
	struct nft *n;
	char *block;	/* our own, where that of n is too small; else NULL */
	struct mnl_nlmsg_batch *messages;
	struct nlmsghdr *last;
	uint32_t first_seq;
	uint32_t generation; /* not to be done in another one; 0: in any */
	bool full;
};

void nft_batch_begin(struct nft_batch *b, struct nft *n);

/* type is one of NFT_MSG_…; NULL if the batch is full. */
struct nlmsghdr *nft_message(struct nft_batch *b, uint16_t type, uint8_t family, uint16_t flags);

/* Sends all; 0 once the kernel did all of it, a negative errno if it did nothing. */
int nft_batch_commit(struct nft_batch *b);

/*
 * A request outside of a transaction: each is called for every message of the answer. -EINTR if that was a
 * list, and something changed while it was read: some of it may be missing, some there twice.
 */
int nft_ask(struct nft *n, struct nlmsghdr *request,
    void (*each)(void *arg, const struct nlmsghdr *answer), void *arg);

/*
 * A request for a list, which is made again after -EINTR, but not for ever. begin comes first each time: it
 * says in the request what is to be listed, and forgets what each has told.
 */
int nft_list(struct nft *n, uint16_t type, uint8_t family,
    void (*begin)(void *arg, struct nlmsghdr *request),
    void (*each)(void *arg, const struct nlmsghdr *answer), void *arg);

/* A header for nft_ask(), in a block that is used again by the next. */
struct nlmsghdr *nft_question(struct nft *n, uint16_t type, uint8_t family, uint16_t flags);

#endif
