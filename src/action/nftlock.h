#ifndef F2B_ACTION_NFTLOCK_H
#define F2B_ACTION_NFTLOCK_H

#include "action/nft.h"

/*
 * Does what a script of the nftables action would do: act, with the socket, and with the lock of "/" if
 * the script takes that. False if act says so, if somebody else has the lock, or if there is no
 * nf_tables: then the script is to be run by a shell, whose words an administrator knows. *n is shared
 * when it is NULL.
 */
bool nftlock_run(struct nft **n, bool locks, bool (*act)(struct nft *n, const void *arg), const void *arg);

#endif
