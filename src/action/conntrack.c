#include "action/conntrack.h"

#include "action/netlink.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>

/* The shortest time from one look at all connections to the next. */
#define PAUSE SPAN_MS(200)

#define BANNED_MAX 100000	/* of more at once, the rest keeps its connections */
#define TUPLE_MAX 256		/* bytes of the attributes that name a connection */

static struct {
	struct addr *banned;	/* while they are looked for: networks first, each part in order */
	size_t count, cap;
	size_t networks;
	uv_timer_t *timer;	/* while somebody waits */
	struct mono looked;
	bool told;		/* that it does not work here */
} pending;

/* A connection, as far as it takes to name it. */
struct connection {
	const struct nlattr *tuple, *zone, *id;
	struct addr source;
};

static int
read_address(const struct nlattr *a, void *arg)
{
	struct connection *c = arg;
	size_t n = mnl_attr_get_payload_len(a);

	if (mnl_attr_get_type(a) == CTA_IP_V4_SRC && n == 4)
		c->source = (struct addr){.family = ADDR_INET4, .plen = 32};
	else if (mnl_attr_get_type(a) == CTA_IP_V6_SRC && n == 16)
		c->source = (struct addr){.family = ADDR_INET6, .plen = 128};
	else
		return MNL_CB_OK;
	memcpy(c->source.b, mnl_attr_get_payload(a), n);
	return MNL_CB_OK;
}

static int
read_tuple(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == CTA_TUPLE_IP)
		(void)mnl_attr_parse_nested(a, read_address, arg);
	return MNL_CB_OK;
}

static int
read_connection(const struct nlattr *a, void *arg)
{
	struct connection *c = arg;

	switch (mnl_attr_get_type(a)) {
	case CTA_TUPLE_ORIG:
		c->tuple = a;
		(void)mnl_attr_parse_nested(a, read_tuple, c);
		break;
	case CTA_ZONE:
		c->zone = a;
		break;
	case CTA_ID:
		c->id = a;
		break;
	}
	return MNL_CB_OK;
}

static int
banned_order(const void *x, const void *y)
{
	bool a = addr_network(x), b = addr_network(y);

	return a != b ? (int)b - (int)a : addr_order(x, y);
}

static void
banned_sort(void)
{
	qsort(pending.banned, pending.count, sizeof(*pending.banned), banned_order);
	pending.networks = 0;
	while (pending.networks < pending.count && addr_network(&pending.banned[pending.networks]))
		pending.networks++;
}

/* Single addresses are found by halving; of networks there are few. */
static bool
is_banned(const struct addr *a)
{
	for (size_t i = 0; i < pending.networks; i++)
		if (addr_within(a, &pending.banned[i]))
			return true;
	return bsearch(a, pending.banned + pending.networks, pending.count - pending.networks,
		   sizeof(*a), addr_order) != NULL;
}

static struct nlmsghdr *
message(char *block, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(block);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	return h;
}

static void
copy_attribute(struct nlmsghdr *h, const struct nlattr *a)
{
	if (a != NULL && mnl_attr_get_payload_len(a) <= TUPLE_MAX)
		mnl_attr_put(h, a->nla_type, mnl_attr_get_payload_len(a), mnl_attr_get_payload(a));
}

/* Without a tuple the kernel would forget all connections. That one is gone already is fine. */
static void
forget(struct mnl_socket *s, const struct connection *c)
{
	char block[4 * TUPLE_MAX + 256];
	struct nlmsghdr *h;

	if (c->tuple == NULL || mnl_attr_get_payload_len(c->tuple) > TUPLE_MAX)
		return;
	h = message(block, IPCTNL_MSG_CT_DELETE, 0,
	    c->source.family == ADDR_INET4 ? AF_INET : AF_INET6);
	copy_attribute(h, c->tuple);
	copy_attribute(h, c->zone);
	copy_attribute(h, c->id);
	(void)!mnl_socket_sendto(s, h, h->nlmsg_len);
}

struct look {
	struct mnl_socket *deleting;
	size_t ended;
};

static int
look_at(const struct nlmsghdr *h, void *arg)
{
	struct connection c = {0};
	struct look *l = arg;

	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), read_connection, &c);
	if (c.source.family != ADDR_NONE && is_banned(&c.source)) {
		forget(l->deleting, &c);
		l->ended++;
	}
	return MNL_CB_OK;
}

static int
look_through(struct mnl_socket *s, struct look *l, uint8_t family)
{
	char block[65536];
	struct nlmsghdr *h = message(block, IPCTNL_MSG_CT_GET, NLM_F_DUMP, family);
	ssize_t got;
	int r = 1;

	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		return -errno;
	while (r > 0) {
		got = mnl_socket_recvfrom(s, block, sizeof(block));
		if (got < 0)
			return -errno;
		r = mnl_cb_run(block, (size_t)got, 0, 0, look_at, l);
	}
	return r < 0 ? -errno : 0;
}

static int
end_all(size_t *ended)
{
	struct mnl_socket *reading = NULL;
	struct look l = {.deleting = NULL};
	int r = netlink_open(&reading);

	if (r == 0)
		r = netlink_open(&l.deleting);
	if (r == 0)
		r = look_through(reading, &l, AF_INET);
	if (r == 0)
		r = look_through(reading, &l, AF_INET6);
	if (l.deleting != NULL)
		(void)mnl_socket_close(l.deleting);
	if (reading != NULL)
		(void)mnl_socket_close(reading);
	*ended = l.ended;
	return r;
}

static void
timer_closed(uv_handle_t *h)
{
	mem_free(h);
}

static void
pending_due(uv_timer_t *t)
{
	size_t ended;
	int r;

	banned_sort();
	r = end_all(&ended);
	if (r < 0 && !pending.told)
		log_write(LEVEL_WARNING, "actions",
		    "end_connections: the kernel does not tell of its connections (%s); those of who "
		    "is banned go on where the firewall lets established ones pass",
		    strerror(-r));
	pending.told = pending.told || r < 0;
	if (ended > 0)
		log_write(LEVEL_INFO, "actions", "%zu connections of banned addresses ended", ended);
	mem_free(pending.banned);
	pending.banned = NULL;
	pending.count = pending.cap = 0;
	pending.looked = time_mono();
	pending.timer = NULL;
	uv_close((uv_handle_t *)t, timer_closed);
}

void
conntrack_end(uv_loop_t *loop, const struct addr *banned)
{
	int64_t wait_us = PAUSE.us - mono_since(time_mono(), pending.looked).us;

	if (banned->family == ADDR_NONE || pending.count >= BANNED_MAX)
		return;
	pending.banned = mem_room(pending.banned, pending.count, &pending.cap, sizeof(*pending.banned), 16);
	pending.banned[pending.count++] = *banned;
	if (pending.timer != NULL)
		return;
	pending.timer = MEM_NEW(uv_timer_t);
	(void)uv_timer_init(loop, pending.timer);
	(void)uv_timer_start(pending.timer, pending_due,
	    pending.looked.us != 0 && wait_us > 0 ? (uint64_t)(wait_us / US_PER_MS) : 0, 0);
}
