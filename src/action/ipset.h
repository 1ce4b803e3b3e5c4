#ifndef F2B_ACTION_IPSET_H
#define F2B_ACTION_IPSET_H

#include "util/addr.h"

/*
 * The kernel's ip_set over netlink: elements of sets of addresses that ipset(8), or we, have made.
 * Nothing here waits. Unlike nf_tables, ip_set knows no transactions: each change stands for itself.
 */
struct ipset;

#define IPSET_NAME_MAX 32	/* with the NUL; as the kernel has it */
#define IPSET_TIMEOUT_MAX_S 2147483	/* the kernel would cut a longer one to this */

/* The one socket that all jails share: opened by the first who asks, closed by the last to let go. */
int ipset_share(struct ipset **out);
void ipset_unshare(struct ipset *s);	/* takes NULL */

struct ipset_change {
	const char *set;
	struct addr addr;
	bool add;
	bool timed;	/* with a timeout, 0 for none */
	uint32_t timeout_s;
};

/*
 * Does the changes in their order. To add what is there sets its timeout anew; to delete what is not
 * there is no error. A negative errno if one of them failed, with *failed the first that did, or count
 * if that is not known; those after it may have been done. -ENOENT if there is no such set, -ENFILE
 * if it is full, -EINVAL for what else ip_set refuses, -ENOBUFS if an answer was lost.
 */
int ipset_elements(struct ipset *s, const struct ipset_change *changes, size_t count, size_t *failed);

/*
 * Calls each with every address or network of the set, in no order. *networks: whether it is one that holds
 * networks. 0, or a negative errno: -ENOENT if there is no such set.
 */
int ipset_list(struct ipset *s, const char *set, bool *networks,
    void (*each)(void *arg, const struct addr *a), void *arg);

#endif
