#include "action/nftwatch.h"

#include "action/netlink.h"
#include "action/nft.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/sockbuf.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

#define SOCKET_BYTES (8 * 1024 * 1024)
#define LOSSES_MAX 32
#define READS_MAX 64	/* in one turn of the loop */

/* What the transaction that is being heard of has deleted. */
struct loss {
	char table[NFT_NAME_MAX], set[NFT_NAME_MAX];
};

static struct {
	struct list watches;
	struct mnl_socket *socket;	/* NULL: nobody listens */
	uv_poll_t *poll;
	struct loss losses[LOSSES_MAX];
	size_t count;
	uint64_t transaction;	/* its number: those of others, too */
	bool all;	/* there were more, or messages were lost */
} watch = {.watches = {&watch.watches, &watch.watches}};

struct names {
	const char *table, *set;
};

/* Deleted things name their table first; a set, and the set of an element, come next. */
static int
read_name(const struct nlattr *a, void *arg)
{
	struct names *names = arg;

	if (mnl_attr_get_type(a) > 2 || mnl_attr_validate(a, MNL_TYPE_NUL_STRING) < 0)
		return MNL_CB_OK;
	if (mnl_attr_get_type(a) == 1)
		names->table = mnl_attr_get_str(a);
	else
		names->set = mnl_attr_get_str(a);
	return MNL_CB_OK;
}

static void
note_loss(const struct nlmsghdr *h, bool of_set)
{
	struct names names = {0};
	struct loss *l = &watch.losses[watch.count];

	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), read_name, &names);
	if (names.table == NULL || strlen(names.table) >= NFT_NAME_MAX)
		return;
	if (!of_set || names.set == NULL || strlen(names.set) >= NFT_NAME_MAX)
		names.set = "";
	for (size_t i = 0; i < watch.count; i++)
		if (strcmp(watch.losses[i].table, names.table) == 0 &&
		    strcmp(watch.losses[i].set, names.set) == 0)
			return;
	if (watch.count == LOSSES_MAX) {
		watch.all = true;
		return;
	}
	memcpy(l->table, names.table, strlen(names.table) + 1);
	memcpy(l->set, names.set, strlen(names.set) + 1);
	watch.count++;
}

static void
tell(struct slice table, struct slice set)
{
	LIST_EACH(link, &watch.watches) {
		struct nftwatch *w = LIST_ITEM(link, struct nftwatch, link);

		w->lost(w, table, set);
	}
}

uint64_t
nftwatch_transaction(void)
{
	return watch.transaction;
}

/* The transaction is complete. */
static void
tell_all(void)
{
	watch.transaction++;
	if (watch.all)
		tell(SLICE_EMPTY, SLICE_EMPTY);
	for (size_t i = 0; i < watch.count && !watch.all; i++)
		tell(slice_cstr(watch.losses[i].table), slice_cstr(watch.losses[i].set));
	watch.count = 0;
	watch.all = false;
}

static void
hear(const struct nlmsghdr *h)
{
	/* What we did ourselves is no loss. */
	bool ours = h->nlmsg_pid == nft_port();

	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return;
	switch (h->nlmsg_type & 255) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
		if (!ours)
			note_loss(h, false);
		break;
	case NFT_MSG_DELSET:
	case NFT_MSG_DELSETELEM:
		if (!ours)
			note_loss(h, true);
		break;
	case NFT_MSG_NEWGEN:
		tell_all();
		break;
	}
}

static void
watch_failed(uv_poll_t *p, int error)
{
	(void)uv_poll_stop(p);
	log_write(LEVEL_ERROR, "actions",
	    "changes of nf_tables are heard of no more: %s; what somebody takes out of it comes back with the "
	    "next ban only",
	    strerror(error));
}

static void
watch_readable(uv_poll_t *p, int status, int events)
{
	static char block[65536];

	(void)events;
	/* libuv stops at an error, which here is that messages were lost; more of them are to come. */
	if (status < 0)
		(void)uv_poll_start(p, UV_READABLE, watch_readable);
	for (unsigned i = 0; i < READS_MAX && watch.socket != NULL; i++) {
		ssize_t got = mnl_socket_recvfrom(watch.socket, block, sizeof(block));
		int left = (int)got;

		if (got < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			watch.all = true;
			tell_all();
			continue;
		}
		if (got < 0 && errno != EAGAIN)
			watch_failed(p, errno);
		/* No reading takes it away: libuv would tell of it for ever. */
		else if (got < 0 && status < 0 && i == 0)
			watch_failed(p, EIO);
		if (got < 0)
			return;
		for (const struct nlmsghdr *h = (const void *)block; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left))
			hear(h);
	}
}

static int
watch_open(uv_loop_t *loop)
{
	struct mnl_socket *s;
	int group = NFNLGRP_NFTABLES, r = netlink_open(&s);

	if (r == 0 && mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
		r = -errno;
		(void)mnl_socket_close(s);
	}
	if (r < 0)
		return r;
	sockbuf_receive(mnl_socket_get_fd(s), SOCKET_BYTES);
	watch.socket = s;
	watch.poll = MEM_NEW(uv_poll_t);
	(void)uv_poll_init(loop, watch.poll, mnl_socket_get_fd(s));
	(void)uv_poll_start(watch.poll, UV_READABLE, watch_readable);
	return 0;
}

static void
watch_closed(uv_handle_t *h)
{
	mem_free(h);
}

int
nftwatch_add(struct nftwatch *w, uv_loop_t *loop)
{
	int r = watch.socket == NULL ? watch_open(loop) : 0;

	if (r == 0)
		list_append(&watch.watches, &w->link);
	return r;
}

void
nftwatch_remove(struct nftwatch *w)
{
	if (w->link.next == NULL || list_empty(&w->link))
		return;
	list_remove(&w->link);
	if (!list_empty(&watch.watches))
		return;
	(void)uv_poll_stop(watch.poll);
	uv_close((uv_handle_t *)watch.poll, watch_closed);
	(void)mnl_socket_close(watch.socket);
	watch.socket = NULL;
	watch.count = 0;
	watch.all = false;
}
