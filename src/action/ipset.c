#include "action/ipset.h"

#include "action/netlink.h"
#include "util/mem.h"
#include "util/sockbuf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#define PROTOCOL 6	/* version 6 is what all kernels since 2.6.39 speak */
#define CHANGE_BYTES_MAX 160
#define CHANGES_PER_SEND ((size_t)1000)
#define SOCKET_BYTES (4 * 1024 * 1024)

struct ipset {
	struct mnl_socket *socket;
	uint32_t seq;
	char *block;	/* for CHANGES_PER_SEND messages */
};

static struct ipset *shared;
static unsigned shared_refs;

static int
ipset_open(struct ipset **out)
{
	struct mnl_socket *m;
	struct ipset *s;
	int on = 1, r = netlink_open(&m);

	if (r < 0)
		return r;
	sockbuf_send(mnl_socket_get_fd(m), SOCKET_BYTES);
	sockbuf_receive(mnl_socket_get_fd(m), SOCKET_BYTES);
	(void)mnl_socket_setsockopt(m, NETLINK_CAP_ACK, &on, sizeof(on));
	s = MEM_NEW(struct ipset);
	s->socket = m;
	s->seq = 1;
	s->block = mem_alloc(CHANGES_PER_SEND * CHANGE_BYTES_MAX);
	*out = s;
	return 0;
}

int
ipset_share(struct ipset **out)
{
	int r = shared == NULL ? ipset_open(&shared) : 0;

	if (r == 0) {
		shared_refs++;
		*out = shared;
	}
	return r;
}

void
ipset_unshare(struct ipset *s)
{
	if (s == NULL || --shared_refs > 0)
		return;
	(void)mnl_socket_close(shared->socket);
	mem_free(shared->block);
	mem_free(shared);
	shared = NULL;
}

static size_t
put_change(char *at, uint32_t seq, const struct ipset_change *c, bool last)
{
	bool v4 = c->addr.family == ADDR_INET4;
	struct nlmsghdr *h = mnl_nlmsg_put_header(at);
	struct nfgenmsg *g;
	struct nlattr *data, *ip;

	h->nlmsg_type =
	    (uint16_t)(NFNL_SUBSYS_IPSET << 8 | (c->add ? IPSET_CMD_ADD : IPSET_CMD_DEL));
	/* Without NLM_F_EXCL it does not matter what is there already. */
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (last ? NLM_F_ACK : 0));
	h->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = v4 ? AF_INET : AF_INET6;
	mnl_attr_put_u8(h, IPSET_ATTR_PROTOCOL, PROTOCOL);
	mnl_attr_put_strz(h, IPSET_ATTR_SETNAME, c->set);
	data = mnl_attr_nest_start(h, IPSET_ATTR_DATA);
	ip = mnl_attr_nest_start(h, IPSET_ATTR_IP);
	mnl_attr_put(h,
	    (v4 ? IPSET_ATTR_IPADDR_IPV4 : IPSET_ATTR_IPADDR_IPV6) | NLA_F_NET_BYTEORDER,
	    v4 ? 4 : 16, c->addr.b);
	mnl_attr_nest_end(h, ip);
	if (addr_network(&c->addr))
		mnl_attr_put_u8(h, IPSET_ATTR_CIDR, c->addr.plen);
	if (c->add && c->timed)
		mnl_attr_put_u32(
		    h, IPSET_ATTR_TIMEOUT | NLA_F_NET_BYTEORDER, htonl(c->timeout_s));
	mnl_attr_nest_end(h, data);
	return h->nlmsg_len;
}

/* ip_set has numbers of its own for what it refuses. */
static int
own_error(int error)
{
	if (error == -(int)IPSET_ERR_TYPE_SPECIFIC)
		return -ENFILE;
	return error <= -(int)IPSET_ERR_PRIVATE ? -EINVAL : error;
}

/* Reads the answers to count messages from first on; all errors come before the last's answer. */
static int
read_answers(struct ipset *s, uint32_t first, size_t count, size_t *failed)
{
	char block[8192];
	bool acked = false;
	int error = 0;
	ssize_t got;

	while ((got = mnl_socket_recvfrom(s->socket, block, sizeof(block))) >= 0 || errno == EINTR ||
	    errno == ENOBUFS) {
		int left = (int)got;

		if (got < 0 && errno == ENOBUFS)
			return -ENOBUFS;
		if (got < 0)
			continue;
		for (const struct nlmsghdr *h = (const void *)block; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
			uint32_t index = h->nlmsg_seq - first;

			if (h->nlmsg_type != NLMSG_ERROR || index >= count ||
			    mnl_nlmsg_get_payload_len(h) < sizeof(*e))
				continue;
			acked = acked || index == count - 1;
			if (e->error < 0 && (error == 0 || index < *failed)) {
				error = own_error(e->error);
				*failed = index;
			}
		}
	}
	return error < 0 ? error : acked ? 0 : -EPROTO;
}

int
ipset_elements(struct ipset *s, const struct ipset_change *changes, size_t count, size_t *failed)
{
	for (size_t done = 0; done < count;) {
		size_t some = count - done < CHANGES_PER_SEND ? count - done : CHANGES_PER_SEND;
		size_t bytes = 0, at = some;
		uint32_t first = s->seq;
		int r;

		for (size_t i = 0; i < some; i++)
			bytes += put_change(
			    s->block + bytes, s->seq++, &changes[done + i], i == some - 1);
		if (mnl_socket_sendto(s->socket, s->block, bytes) < 0)
			r = -errno;
		else
			r = read_answers(s, first, some, &at);
		if (r < 0) {
			*failed = at < some ? done + at : count;
			return r;
		}
		done += some;
	}
	*failed = count;
	return 0;
}

/* Lists. */

struct listing {
	bool *networks;
	void (*each)(void *arg, const struct addr *a);
	void *arg;
};

static int
address_attribute(const struct nlattr *a, void *arg)
{
	struct addr *out = arg;
	uint16_t type = mnl_attr_get_type(a), bytes = mnl_attr_get_payload_len(a);

	if ((type == IPSET_ATTR_IPADDR_IPV4 && bytes == 4) ||
	    (type == IPSET_ATTR_IPADDR_IPV6 && bytes == 16)) {
		out->family = bytes == 4 ? ADDR_INET4 : ADDR_INET6;
		memcpy(out->b, mnl_attr_get_payload(a), bytes);
	}
	return MNL_CB_OK;
}

static int
element_attribute(const struct nlattr *a, void *arg)
{
	struct addr *out = arg;

	if (mnl_attr_get_type(a) == IPSET_ATTR_IP)
		return mnl_attr_parse_nested(a, address_attribute, out);
	if (mnl_attr_get_type(a) == IPSET_ATTR_CIDR && mnl_attr_get_payload_len(a) >= 1)
		out->plen = mnl_attr_get_u8(a);
	return MNL_CB_OK;
}

static int
list_element(const struct nlattr *a, void *arg)
{
	const struct listing *l = arg;
	struct addr found = {0};
	uint8_t bits;

	(void)mnl_attr_parse_nested(a, element_attribute, &found);
	bits = found.family == ADDR_INET4 ? 32 : 128;
	if (found.plen == 0 || found.plen > bits)
		found.plen = bits;
	if (found.family != ADDR_NONE)
		l->each(l->arg, &found);
	return MNL_CB_OK;
}

static int
list_attribute(const struct nlattr *a, void *arg)
{
	const struct listing *l = arg;

	if (mnl_attr_get_type(a) == IPSET_ATTR_TYPENAME)
		*l->networks = slice_starts(slice_of(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a)),
		    SLICE("hash:net"));
	if (mnl_attr_get_type(a) == IPSET_ATTR_ADT)
		return mnl_attr_parse_nested(a, list_element, arg);
	return MNL_CB_OK;
}

/* One answer. 1 if there are more, 0 at the end, or a negative errno. */
static int
list_answer(const struct nlmsghdr *h, struct listing *l)
{
	if (h->nlmsg_type == NLMSG_DONE)
		return 0;
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

		return mnl_nlmsg_get_payload_len(h) < sizeof(*e) ? -EPROTO : own_error(e->error);
	}
	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), list_attribute, l);
	return 1;
}

static int
read_list(struct ipset *s, uint32_t seq, struct listing *l)
{
	char block[65536];

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(s->socket, block, sizeof(block));
		int left = (int)got, r;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (const struct nlmsghdr *h = (const void *)block; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			r = h->nlmsg_seq == seq ? list_answer(h, l) : 1;
			if (r <= 0)
				return r;
		}
	}
}

int
ipset_list(struct ipset *s, const char *set, bool *networks,
    void (*each)(void *arg, const struct addr *a), void *arg)
{
	struct listing l = {networks, each, arg};
	struct nlmsghdr *h = mnl_nlmsg_put_header(s->block);
	struct nfgenmsg *g;

	*networks = false;
	h->nlmsg_type = NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP;
	h->nlmsg_seq = s->seq++;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = AF_INET;
	mnl_attr_put_u8(h, IPSET_ATTR_PROTOCOL, PROTOCOL);
	mnl_attr_put_strz(h, IPSET_ATTR_SETNAME, set);
	if (mnl_socket_sendto(s->socket, h, h->nlmsg_len) < 0)
		return -errno;
	return read_list(s, h->nlmsg_seq, &l);
}
