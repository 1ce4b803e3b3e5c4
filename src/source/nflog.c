#include "source/feed_kind.h"
#include "source/packet.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/sockbuf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Packets that a rule hands out, with "iptables -j NFLOG --nflog-group N" or nft's "log group N":
 * no syslog daemon and no file is between the packet and the filter.
 *
 * A group of a network namespace has one reader.
 */

#define GROUP_MAX 65535

/* What the kernel gathers before it hands over, at most; and what we take at once. */
#define GATHER_BYTES ((uint32_t)128 * 1024)
#define RECEIVE_BYTES ((size_t)256 * 1024)
#define SOCKET_BYTES (8 * 1024 * 1024)

/* Messages received in one turn of the loop, so that other jails get theirs. */
#define PORTION 64

/*
 * Alone, a packet is to come at once. In a flood the kernel gathers them, for one that wakes up for
 * every packet falls behind.
 */
#define FLOOD_PER_S 2000
#define FLOOD_GATHER 64
#define FLOOD_WAIT 1 /* hundredths of a second */

/* Names of interfaces are asked for again after so long, as they may change. */
#define NAMES_MAX 16
#define NAME_KEPT SPAN_S(2)

struct interface {
	uint32_t index;
	struct mono since;
	char name[IF_NAMESIZE];
};

struct nflog {
	struct feed feed;
	uv_poll_t poll;
	struct mnl_socket *socket;
	uint16_t group;
	char *received;
	struct buf text;
	struct interface names[NAMES_MAX];
	unsigned names_next;
	uint32_t seq; /* the number of the next packet */
	bool any, flood;
	struct mono second; /* packets are counted since */
	uint64_t in_second;
};

static int
nflog_make(struct feed **out, const struct feed_option *options, size_t count, struct diag *d)
{
	struct slice group = feed_option_get(options, count, "group");
	struct nflog *n;
	uint64_t number;
	int r;

	if (slice_u64(group, GROUP_MAX, &number) < 0) {
		r = group.n > 0 ? diag_fail(d, -EINVAL, (struct place){0},
				      "backend nflog: group = '%.*s' is no number from 0 to %d",
				      SLICE_ARG(group), GROUP_MAX)
				: diag_fail(d, -EINVAL, (struct place){0},
				      "backend nflog: its group is missing");
		diag_remedy(d, "write nflog[group=5], with the number that the rule has after "
			       "--nflog-group or \"log group\"");
		return r;
	}
	n = MEM_NEW(struct nflog);
	n->group = (uint16_t)number;
	buf_init(&n->text, 2 * SOURCE_LINE_MAX);
	*out = &n->feed;
	return 0;
}

static void
nflog_free(struct feed *f)
{
	struct nflog *n = (struct nflog *)f;

	if (n->socket != NULL)
		(void)mnl_socket_close(n->socket);
	mem_free(n->received);
	buf_done(&n->text);
	mem_free(n);
}

/* The names of interfaces. */

static struct slice
interface_name(struct nflog *n, uint32_t index)
{
	struct mono now;
	struct interface *i;

	if (index == 0)
		return SLICE_EMPTY;
	now = time_mono();
	for (size_t k = 0; k < NAMES_MAX; k++) {
		i = &n->names[k];
		if (i->index == index && mono_since(now, i->since).us < NAME_KEPT.us)
			return slice_cstr(i->name);
	}
	i = &n->names[n->names_next++ % NAMES_MAX];
	i->index = index;
	i->since = now;
	if (if_indextoname(index, i->name) == NULL)
		(void)snprintf(i->name, sizeof(i->name), "if%u", index);
	return slice_cstr(i->name);
}

/* Packets. */

struct attributes {
	const struct nlattr *v[NFULA_MAX + 1];
};

static int
attribute_take(const struct nlattr *attr, void *data)
{
	struct attributes *all = data;

	if (mnl_attr_type_valid(attr, NFULA_MAX) > 0)
		all->v[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* The bytes of an attribute, or nothing. */
static struct slice
attribute_bytes(const struct attributes *all, unsigned type)
{
	const struct nlattr *a = all->v[type];

	return a != NULL ? slice_of(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a))
			 : SLICE_EMPTY;
}

static uint32_t
attribute_u32(const struct attributes *all, unsigned type)
{
	struct slice s = attribute_bytes(all, type);
	uint32_t v = 0;

	if (s.n >= sizeof(v))
		memcpy(&v, s.p, sizeof(v));
	return ntohl(v);
}

static struct slice
attribute_text(const struct attributes *all, unsigned type)
{
	struct slice s = attribute_bytes(all, type);
	ptrdiff_t end = slice_find_char(s, '\0', 0);

	return end < 0 ? s : slice_upto(s, (size_t)end);
}

static struct instant
attribute_time(const struct attributes *all)
{
	struct slice s = attribute_bytes(all, NFULA_TIMESTAMP);
	struct nfulnl_msg_packet_timestamp t;

	if (s.n < sizeof(t))
		return time_now();
	memcpy(&t, s.p, sizeof(t));
	return (struct instant){(int64_t)(be64toh(t.sec) * (uint64_t)US_PER_S + be64toh(t.usec))};
}

static void
count_lost(struct nflog *n, const struct attributes *all)
{
	uint32_t seq = attribute_u32(all, NFULA_SEQ);

	if (all->v[NFULA_SEQ] == NULL)
		return;
	if (n->any)
		feed_lost(&n->feed, seq - n->seq);
	n->any = true;
	n->seq = seq + 1;
}

static void
take_packet(struct nflog *n, const struct attributes *all)
{
	struct slice header = attribute_bytes(all, NFULA_PACKET_HDR);
	struct nfulnl_msg_packet_hdr h = {0};
	struct packet p = {
	    .prefix = attribute_text(all, NFULA_PREFIX),
	    .in = interface_name(n, attribute_u32(all, NFULA_IFINDEX_INDEV)),
	    .out = interface_name(n, attribute_u32(all, NFULA_IFINDEX_OUTDEV)),
	    .physical_in = interface_name(n, attribute_u32(all, NFULA_IFINDEX_PHYSINDEV)),
	    .physical_out = interface_name(n, attribute_u32(all, NFULA_IFINDEX_PHYSOUTDEV)),
	    .hardware = attribute_bytes(all, NFULA_HWHEADER),
	    .payload = slice_upto(attribute_bytes(all, NFULA_PAYLOAD), PACKET_BYTES),
	    .mark = attribute_u32(all, NFULA_MARK),
	};

	count_lost(n, all);
	if (header.n >= sizeof(h))
		memcpy(&h, header.p, sizeof(h));
	/* Rules for bridges, devices and ARP hand out others, too. */
	if ((ntohs(h.hw_protocol) != ETH_P_IP && ntohs(h.hw_protocol) != ETH_P_IPV6) || p.payload.n == 0) {
		n->feed.stats.refused++;
		return;
	}
	p.ipv6 = ntohs(h.hw_protocol) == ETH_P_IPV6;
	buf_clear(&n->text);
	feed_kernel_prefix(&n->text, (struct span){time_mono().us});
	packet_format(&n->text, &p);
	feed_deliver(&n->feed, buf_slice(&n->text), attribute_time(all));
}

static int
take_message(const struct nlmsghdr *h, void *data)
{
	struct nflog *n = data;
	struct attributes all = {{NULL}};

	if (h->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    mnl_attr_parse(h, sizeof(struct nfgenmsg), attribute_take, &all) < 0)
		return MNL_CB_OK;
	n->in_second++;
	take_packet(n, &all);
	return MNL_CB_OK;
}

/* What the kernel is told about the group. */

static struct nlmsghdr *
config_message(struct nflog *n, void *room)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(n->group);
	return h;
}

/* The kernel has answered by the time that the message is sent, but packets may stand before it. */
static int
config_send(struct nflog *n, const struct nlmsghdr *h)
{
	ssize_t got;
	int r;

	if (mnl_socket_sendto(n->socket, h, h->nlmsg_len) < 0)
		return -errno;
	while ((got = mnl_socket_recvfrom(n->socket, n->received, RECEIVE_BYTES)) > 0) {
		const struct nlmsghdr *a = (const struct nlmsghdr *)(const void *)n->received;

		bool answer = a->nlmsg_type == NLMSG_ERROR;

		r = mnl_cb_run(n->received, (size_t)got, 0, 0, take_message, n);
		if (answer)
			return r < 0 ? -errno : 0;
	}
	return -errno;
}

static int
config_bind(struct nflog *n)
{
	char room[256];
	struct nlmsghdr *h = config_message(n, room);
	struct nfulnl_msg_config_cmd command = {NFULNL_CFG_CMD_BIND};

	mnl_attr_put(h, NFULA_CFG_CMD, sizeof(command), &command);
	return config_send(n, h);
}

static int
config_copy(struct nflog *n)
{
	char room[256];
	struct nlmsghdr *h = config_message(n, room);
	struct nfulnl_msg_config_mode mode = {htonl(PACKET_BYTES), NFULNL_COPY_PACKET, 0};

	mnl_attr_put(h, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(h, NFULA_CFG_NLBUFSIZ, htonl(GATHER_BYTES));
	mnl_attr_put_u16(h, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	return config_send(n, h);
}

static int
config_gather(struct nflog *n, uint32_t packets)
{
	char room[256];
	struct nlmsghdr *h = config_message(n, room);

	mnl_attr_put_u32(h, NFULA_CFG_QTHRESH, htonl(packets));
	mnl_attr_put_u32(h, NFULA_CFG_TIMEOUT, htonl(FLOOD_WAIT));
	return config_send(n, h);
}

static void
nflog_tell_lost(struct feed *f, uint64_t count)
{
	feed_note(f, LEVEL_WARNING,
	    "nflog: %llu packets of group %u were lost; log only new connections, and limit the rate in "
	    "the rule",
	    (unsigned long long)count, ((struct nflog *)f)->group);
}

/* Once a second: calm or flood. */
static void
look_at_second(struct nflog *n)
{
	struct mono now = time_mono();
	bool flood;

	if (mono_since(now, n->second).us < US_PER_S)
		return;
	flood = n->in_second > FLOOD_PER_S;
	n->second = now;
	n->in_second = 0;
	if (flood != n->flood) {
		n->flood = flood;
		(void)config_gather(n, flood ? FLOOD_GATHER : 1); /* or it stays as it is */
	}
}

static void
nflog_failed(struct nflog *n, int error)
{
	(void)uv_poll_stop(&n->poll);
	feed_note(&n->feed, LEVEL_ERROR, "nflog: group %u: %s; nothing more is read from it", n->group,
	    strerror(error));
}

static void
nflog_readable(uv_poll_t *poll, int status, int events)
{
	struct nflog *n = poll->data;

	/* libuv stops at an error, which here is that packets were lost; more of them are to come. */
	if (status < 0)
		(void)uv_poll_start(poll, UV_READABLE, nflog_readable);
	for (int i = 0; i < PORTION; i++) {
		ssize_t got = mnl_socket_recvfrom(n->socket, n->received, RECEIVE_BYTES);

		if (got > 0) {
			(void)mnl_cb_run(n->received, (size_t)got, 0, 0, take_message, n);
			continue;
		}
		/* The numbers of the next packets say how many were lost. */
		if (got < 0 && (errno == ENOBUFS || errno == EINTR || errno == ENOSPC))
			continue;
		if (got < 0 && errno != EAGAIN)
			nflog_failed(n, errno);
		/* No reading takes it away: libuv would tell of it for ever. */
		else if (status < 0 && i == 0)
			nflog_failed(n, EIO);
		break;
	}
	look_at_second(n);
}

static int
open_failed(const struct nflog *n, int error, struct diag *d)
{
	(void)diag_fail(
	    d, error, (struct place){0}, "backend nflog: group %u: %s", n->group, strerror(-error));
	if (error == -EPERM || error == -EBUSY)
		diag_remedy(
		    d, "it takes CAP_NET_ADMIN, and another program, as ulogd, may have the group");
	return error;
}

static int
nflog_open(struct feed *f, const struct feed_request *request, struct diag *d)
{
	struct nflog *n = (struct nflog *)f;
	int r;

	n->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (n->socket == NULL || mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return open_failed(n, -errno, d);
	sockbuf_receive(mnl_socket_get_fd(n->socket), SOCKET_BYTES);
	n->received = mem_alloc(RECEIVE_BYTES);
	r = config_bind(n);
	if (r == 0)
		r = config_copy(n);
	if (r == 0)
		r = config_gather(n, 1);
	if (r == 0)
		r = uv_poll_init(f->loop, &n->poll, mnl_socket_get_fd(n->socket));
	if (r < 0)
		return open_failed(n, r, d);
	n->poll.data = n;
	n->second = time_mono();
	(void)uv_poll_start(
	    &n->poll, UV_READABLE, nflog_readable); /* cannot fail on a fresh handle */
	return 0;
}

static void
nflog_closed(uv_handle_t *handle)
{
	nflog_free(handle->data);
}

static void
nflog_close(struct feed *f)
{
	uv_close((uv_handle_t *)&((struct nflog *)f)->poll, nflog_closed);
}

const struct feed_kind nflog_kind = {
    .name = "nflog",
    .options = "group",
    .shared = true,
    .make = nflog_make,
    .free = nflog_free,
    .open = nflog_open,
    .close = nflog_close,
    .tell_lost = nflog_tell_lost,
};
