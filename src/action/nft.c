#include "action/nft.h"

#include "action/netlink.h"
#include "util/mem.h"
#include "util/sockbuf.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#define BATCH_MAX ((size_t)512 * 1024)
#define LIST_TRIES 5
#define SOCKET_BYTES (32 * 1024 * 1024)
#define ELEMENTS_PER_MESSAGE 400	/* an attribute ends at 64 KiB */
#define ELEMENT_BYTES_MAX ((size_t)128)	/* of the start and the end of an interval, IPv6 */
#define NAMES_BYTES_MAX (2 * NFT_NAME_MAX + 64)	/* of a message besides its elements */

/*
 * A set of single addresses is a hash table, which the kernel makes larger only between transactions:
 * elements of a large one look for their place in every table that it is to grow to, which took twice
 * as long for 20,000. So each is twice as large as the one before, up to a limit.
 */
#define GROWING_FIRST ((size_t)250)
#define GROWING_MAX ((size_t)4000)

/* In the user data that nft leaves with a set or an element. */
#define SET_UDATA_MERGE 2
static const struct nft_udata element_open_udata = {1, 4, 1};

/* What sets are remembered. More are asked for again. */
#define SETS_KNOWN 32

struct known_set {
	struct nft_set_name name;
	struct nft_set_kind kind;
};

struct nft {
	struct mnl_socket *socket;
	uint32_t seq;
	char *batch;	/* BATCH_MAX and one message more */
	char *question;
	/* Of the first error in the last answer: which message, and how far into it. */
	uint32_t error_seq, error_offset;
	const char *missing;	/* what the last -ENOENT was about */
	/*
	 * The kernel counts what is committed, and a transaction may demand that it comes behind a certain
	 * one: then what we know of sets is still so. 0: we know of none.
	 */
	uint32_t generation;
	struct known_set known[SETS_KNOWN];
	size_t known_count;
	enum { DEMANDS_UNKNOWN, DEMANDS_MET, DEMANDS_IGNORED } demands; /* the latter before Linux 4.12 */
};

static struct nft *shared;
static unsigned shared_refs;

static const struct {
	struct slice name;
	int family;
} families[] = {
    {{"ip", 2}, NFPROTO_IPV4}, {{"ip6", 3}, NFPROTO_IPV6}, {{"inet", 4}, NFPROTO_INET}};

int
nft_family(struct slice text)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (slice_eq(text, families[i].name))
			return families[i].family;
	return -1;
}

static int
nft_open(struct nft **out)
{
	struct mnl_socket *s;
	struct nft *n;
	int on = 1, r = netlink_open(&s);

	if (r < 0)
		return r;
	sockbuf_send(mnl_socket_get_fd(s), SOCKET_BYTES);
	sockbuf_receive(mnl_socket_get_fd(s), SOCKET_BYTES);
	/* Errors say where in a message they are, and do not bring the message back. */
	(void)mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(s, NETLINK_CAP_ACK, &on, sizeof(on));
	n = MEM_NEW(struct nft);
	n->socket = s;
	n->seq = 1;
	n->batch = mem_alloc(BATCH_MAX + NFT_MESSAGE_MAX);
	n->question = mem_alloc(NFT_MESSAGE_MAX);
	*out = n;
	return 0;
}

int
nft_share(struct nft **out)
{
	int r = shared == NULL ? nft_open(&shared) : 0;

	if (r == 0) {
		shared_refs++;
		*out = shared;
	}
	return r;
}

void
nft_unshare(struct nft *n)
{
	if (n == NULL || --shared_refs > 0)
		return;
	(void)mnl_socket_close(n->socket);
	mem_free(n->batch);
	mem_free(n->question);
	mem_free(n);
	shared = NULL;
}

uint32_t
nft_port(void)
{
	return shared != NULL ? mnl_socket_get_portid(shared->socket) : 0;
}

/* Messages. */

static struct nlmsghdr *
put_header(struct nft *n, void *at, uint16_t type, uint8_t family, uint16_t flags, uint16_t res)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(at);
	struct nfgenmsg *g;

	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = n->seq++;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	g->res_id = htons(res);
	return h;
}

static uint16_t
nft_type(uint16_t type)
{
	return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
}

struct nlmsghdr *
nft_question(struct nft *n, uint16_t type, uint8_t family, uint16_t flags)
{
	return put_header(n, n->question, nft_type(type), family, flags, 0);
}

/* bytes: of all messages together. generation: see struct nft_batch. */
static void
batch_begin(struct nft_batch *b, struct nft *n, size_t bytes, uint32_t generation)
{
	struct nlmsghdr *h;

	*b = (struct nft_batch){.n = n, .generation = generation};
	if (bytes > BATCH_MAX)
		b->block = mem_alloc(bytes + NFT_MESSAGE_MAX);
	b->messages = mnl_nlmsg_batch_start(
	    b->block != NULL ? b->block : n->batch, bytes > BATCH_MAX ? bytes : BATCH_MAX);
	h = put_header(n, mnl_nlmsg_batch_current(b->messages), NFNL_MSG_BATCH_BEGIN, AF_UNSPEC, 0,
	    NFNL_SUBSYS_NFTABLES);
	b->first_seq = h->nlmsg_seq;
	if (generation != 0)
		mnl_attr_put_u32(h, NFNL_BATCH_GENID, htonl(generation));
	(void)mnl_nlmsg_batch_next(b->messages);
}

void
nft_batch_begin(struct nft_batch *b, struct nft *n)
{
	batch_begin(b, n, BATCH_MAX, 0);
}

/* The message that was being made is complete. */
static void
batch_close_last(struct nft_batch *b)
{
	if (b->last != NULL && !mnl_nlmsg_batch_next(b->messages))
		b->full = true;
	b->last = b->full ? NULL : b->last;
}

struct nlmsghdr *
nft_message(struct nft_batch *b, uint16_t type, uint8_t family, uint16_t flags)
{
	batch_close_last(b);
	if (b->full)
		return NULL;
	b->last = put_header(
	    b->n, mnl_nlmsg_batch_current(b->messages), nft_type(type), family, flags, 0);
	return b->last;
}

static int
find_offset(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_OFFS && mnl_attr_get_payload_len(a) >= 4)
		*(uint32_t *)arg = mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static void
note_error(struct nft *n, const struct nlmsghdr *h)
{
	n->error_seq = h->nlmsg_seq;
	n->error_offset = 0;
	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) != 0 && (h->nlmsg_flags & NLM_F_CAPPED) != 0)
		(void)mnl_attr_parse(h, sizeof(struct nlmsgerr), find_offset, &n->error_offset);
}

/*
 * Reads all answers to the messages from first_seq to last_seq; what an earlier request left unread
 * is passed over. The first error counts; an acknowledgement is worth something only if none came
 * before it, as the kernel goes on reading a batch that it will not do.
 */
static int
read_answers(struct nft *n, uint32_t first_seq, uint32_t last_seq,
    void (*each)(void *, const struct nlmsghdr *), void *arg)
{
	char block[NFT_MESSAGE_MAX];
	bool acked = false, last = false, interrupted = false;
	int error = 0;

	n->error_seq = n->error_offset = 0;
	while (!last) {
		ssize_t got = mnl_socket_recvfrom(n->socket, block, sizeof(block));
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (got < 0) {
			/* Answers are lost: which, nobody knows. */
			error = error != 0 ? error : -errno;
			if (errno != ENOBUFS)
				break;
			continue;
		}
		for (const struct nlmsghdr *h = (const void *)block; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			if ((int32_t)(h->nlmsg_seq - first_seq) < 0)
				continue;
			interrupted = interrupted || (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (h->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

				if (mnl_nlmsg_get_payload_len(h) < sizeof(*e))
					continue;
				if (error == 0 && e->error < 0) {
					error = e->error;
					note_error(n, h);
				}
				last = h->nlmsg_seq == last_seq;
			} else if (h->nlmsg_type == NLMSG_DONE) {
				last = true;
			} else if (h->nlmsg_seq == last_seq && each != NULL) {
				each(arg, h);
				acked = true;
			}
		}
	}
	if (error == 0 && !acked && !last)
		error = -EPROTO;
	return error == 0 && interrupted ? -EINTR : error;
}

/* What is demanded and done makes the next generation; the kernel leaves out 0. */
static void
generation_after(struct nft *n, uint32_t demanded, int result)
{
	if (demanded == 0 || result < 0)
		n->generation = 0;
	else
		n->generation = demanded < UINT32_MAX ? demanded + 1 : 1;
}

int
nft_batch_commit(struct nft_batch *b)
{
	struct nft *n = b->n;
	uint32_t last_seq = 0;
	int r = -EMSGSIZE;

	if (b->last != NULL) {
		b->last->nlmsg_flags |= NLM_F_ACK;
		last_seq = b->last->nlmsg_seq;
	}
	batch_close_last(b);
	if (b->full)
		goto out;
	(void)put_header(n, mnl_nlmsg_batch_current(b->messages), NFNL_MSG_BATCH_END, AF_UNSPEC, 0,
	    NFNL_SUBSYS_NFTABLES);
	/* Of one without its end the kernel does nothing, and says that all of it is fine. */
	if (!mnl_nlmsg_batch_next(b->messages))
		goto out;
	if (mnl_socket_sendto(n->socket, mnl_nlmsg_batch_head(b->messages),
		mnl_nlmsg_batch_size(b->messages)) < 0)
		r = -errno;
	else
		r = read_answers(n, b->first_seq, last_seq, NULL, NULL);
	generation_after(n, b->generation, r);
out:
	mnl_nlmsg_batch_stop(b->messages);
	mem_free(b->block);
	return r;
}

int
nft_ask(struct nft *n, struct nlmsghdr *request,
    void (*each)(void *arg, const struct nlmsghdr *answer), void *arg)
{
	if (mnl_socket_sendto(n->socket, request, request->nlmsg_len) < 0)
		return -errno;
	return read_answers(n, request->nlmsg_seq, request->nlmsg_seq, each, arg);
}

int
nft_list(struct nft *n, uint16_t type, uint8_t family,
    void (*begin)(void *arg, struct nlmsghdr *request),
    void (*each)(void *arg, const struct nlmsghdr *answer), void *arg)
{
	int r = -EINTR;

	for (unsigned i = 0; i < LIST_TRIES && r == -EINTR; i++) {
		struct nlmsghdr *h = nft_question(n, type, family, NLM_F_DUMP);

		begin(arg, h);
		r = nft_ask(n, h, each, arg);
	}
	return r;
}

/* Sets. */

bool
nft_set_name_eq(const struct nft_set_name *a, const struct nft_set_name *b)
{
	return a->family == b->family && strcmp(a->set, b->set) == 0 && strcmp(a->table, b->table) == 0;
}

/* True if the user data of a set says that nft merges its elements. */
static bool
udata_merges(const uint8_t *p, size_t n)
{
	while (n >= 2 && n - 2 >= p[1]) {
		if (p[0] == SET_UDATA_MERGE && p[1] == 4)
			return (p[2] | p[3] | p[4] | p[5]) != 0;
		n -= 2u + p[1];
		p += 2u + p[1];
	}
	return false;
}

static int
kind_attribute(const struct nlattr *a, void *arg)
{
	struct nft_set_kind *kind = arg;

	if (mnl_attr_get_payload_len(a) < 4)
		return MNL_CB_OK;
	switch (mnl_attr_get_type(a)) {
	case NFTA_SET_FLAGS:
		kind->flags = ntohl(mnl_attr_get_u32(a));
		break;
	case NFTA_SET_KEY_LEN:
		kind->key_bytes = ntohl(mnl_attr_get_u32(a));
		break;
	case NFTA_SET_USERDATA:
		kind->merges = udata_merges(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
		break;
	}
	return MNL_CB_OK;
}

static void
kind_read(void *arg, const struct nlmsghdr *h)
{
	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), kind_attribute, arg);
}

static size_t
text_attribute_size(const char *text)
{
	return (sizeof(struct nlattr) + strlen(text) + 1 + 3) & ~(size_t)3;
}

/* Kernels before 5.8 do not say which, and 6.1 not of a set. */
#define MISSING "it, its set or its table is not there"

/*
 * What is not there, by the attribute that the kernel found fault with: a message about a set begins
 * with the table's name and the set's.
 */
static void
note_missing(struct nft *n, const struct nft_set_name *name)
{
	size_t table = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg);
	size_t set = table + text_attribute_size(name->table);
	size_t rest = set + text_attribute_size(name->set);

	if (n->error_offset == 0)
		n->missing = MISSING;
	else if (n->error_offset < set)
		n->missing = "the table is not there";
	else if (n->error_offset < rest)
		n->missing = "the set is not there";
	else
		n->missing = "it is not in the set";
}

int
nft_set_kind(struct nft *n, const struct nft_set_name *name, struct nft_set_kind *kind)
{
	struct nlmsghdr *h = nft_question(n, NFT_MSG_GETSET, name->family, NLM_F_ACK);
	int r;

	mnl_attr_put_strz(h, NFTA_SET_TABLE, name->table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, name->set);
	*kind = (struct nft_set_kind){0};
	r = nft_ask(n, h, kind_read, kind);
	note_missing(n, name);
	return r;
}

static int
generation_attribute(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == NFTA_GEN_ID && mnl_attr_get_payload_len(a) >= 4)
		*(uint32_t *)arg = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

static void
generation_read(void *arg, const struct nlmsghdr *h)
{
	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), generation_attribute, arg);
}

/* An older kernel takes what it should refuse, and does nothing, as there is nothing in it. */
static bool
demands_met(struct nft *n, uint32_t generation)
{
	struct nft_batch b;

	if (n->demands == DEMANDS_UNKNOWN) {
		batch_begin(&b, n, BATCH_MAX, generation + 1 != 0 ? generation + 1 : 1);
		n->demands = nft_batch_commit(&b) == -ERESTART ? DEMANDS_MET : DEMANDS_IGNORED;
	}
	return n->demands == DEMANDS_MET;
}

/* Before anything is asked that is to be remembered, so that a change behind the answer shows. */
static void
generation_ask(struct nft *n)
{
	struct nlmsghdr *h = nft_question(n, NFT_MSG_GETGEN, AF_UNSPEC, 0);
	uint32_t generation = 0;

	n->known_count = 0;
	n->generation = 0;
	if (nft_ask(n, h, generation_read, &generation) == 0 && generation != 0 &&
	    demands_met(n, generation))
		n->generation = generation;
}

static const struct known_set *
known_find(const struct nft *n, const struct nft_set_name *name)
{
	for (size_t i = 0; i < n->known_count; i++)
		if (nft_set_name_eq(&n->known[i].name, name))
			return &n->known[i];
	return NULL;
}

int
nft_set_recall(struct nft *n, const struct nft_set_name *name, struct nft_set_kind *kind)
{
	const struct known_set *k;
	int r;

	if (n->generation == 0 && n->demands != DEMANDS_IGNORED)
		generation_ask(n);
	k = known_find(n, name);
	if (k != NULL) {
		*kind = k->kind;
		return 0;
	}
	r = nft_set_kind(n, name, kind);
	if (r == 0 && n->generation != 0 && n->known_count < SETS_KNOWN)
		n->known[n->known_count++] = (struct known_set){*name, *kind};
	return r;
}

bool
nft_set_takes(const struct nft_set_kind *kind, enum addr_family family)
{
	return (kind->flags & ~(uint32_t)(NFT_SET_INTERVAL | NFT_SET_TIMEOUT)) == 0 &&
	    !kind->merges &&
	    ((family == ADDR_INET4 && kind->key_bytes == 4) ||
		(family == ADDR_INET6 && kind->key_bytes == 16));
}

bool
nft_set_takes_addr(const struct nft_set_kind *kind, const struct addr *a)
{
	return nft_set_takes(kind, a->family) &&
	    ((kind->flags & NFT_SET_INTERVAL) != 0 || !addr_network(a));
}

bool
nft_address_behind(const struct addr *a, size_t bytes, uint8_t out[16])
{
	memcpy(out, a->b, bytes);
	if (a->plen == 0)
		return false;
	for (size_t i = (a->plen - 1u) / 8, step = 0x80u >> (a->plen - 1u) % 8;; i--, step = 1) {
		unsigned sum = out[i] + (unsigned)step;

		out[i] = (uint8_t)sum;
		if (sum < 256)
			return true;
		if (i == 0)
			return false;
	}
}

static void
put_key(struct nlmsghdr *h, const uint8_t *key, size_t bytes)
{
	struct nlattr *a = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);

	mnl_attr_put(h, NFTA_DATA_VALUE, bytes, key);
	mnl_attr_nest_end(h, a);
}

static void
put_element(struct nlmsghdr *h, const struct nft_change *c)
{
	size_t key_bytes = c->kind->key_bytes;
	uint8_t behind[16];
	bool interval = (c->kind->flags & NFT_SET_INTERVAL) != 0;
	bool ends = interval && nft_address_behind(&c->addr, key_bytes, behind);
	struct nlattr *e = mnl_attr_nest_start(h, NFTA_LIST_ELEM);

	put_key(h, c->addr.b, key_bytes);
	if (c->add && c->timeout_ms > 0)
		mnl_attr_put_u64(h, NFTA_SET_ELEM_TIMEOUT, htobe64(c->timeout_ms));
	if (interval && !ends)
		mnl_attr_put(
		    h, NFTA_SET_ELEM_USERDATA, sizeof(element_open_udata), &element_open_udata);
	mnl_attr_nest_end(h, e);
	if (!ends)
		return;
	e = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	mnl_attr_put_u32(h, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	put_key(h, behind, key_bytes);
	mnl_attr_nest_end(h, e);
}

/* How many of the changes one message can tell. */
static size_t
message_count(const struct nft_change *c, size_t count)
{
	size_t n = 1;

	while (n < count && n < ELEMENTS_PER_MESSAGE && c[n].set == c[0].set && c[n].add == c[0].add)
		n++;
	return n;
}

/* Where a change is in the transaction, to find the one that an error speaks of. */
struct located {
	uint32_t seq, offset;
};

static void
put_message(struct nft_batch *b, const struct nft_change *c, size_t count, struct located *at)
{
	struct nlmsghdr *h =
	    nft_message(b, c->add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, c->set->family,
		c->add ? NLM_F_CREATE : 0);
	struct nlattr *list;

	if (h == NULL)
		return;
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, c->set->table);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, c->set->set);
	list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < count; i++) {
		at[i] = (struct located){h->nlmsg_seq, h->nlmsg_len};
		put_element(h, &c[i]);
	}
	mnl_attr_nest_end(h, list);
}

/* An error before the first element is of the set as a whole: its first change stands for it. */
static size_t
locate(const struct nft *n, const struct located *at, size_t count)
{
	size_t found = count;

	for (size_t i = 0; i < count && n->error_seq != 0; i++)
		if (at[i].seq == n->error_seq &&
		    (found == count || at[i].offset <= n->error_offset))
			found = i;
	return found;
}

static int
send_changes(struct nft *n, const struct nft_change *changes, size_t count, struct located *at,
    uint32_t generation)
{
	struct nft_batch b;
	size_t messages = 0;

	for (size_t done = 0; done < count; messages++)
		done += message_count(changes + done, count - done);
	batch_begin(&b, n, count * ELEMENT_BYTES_MAX + messages * NAMES_BYTES_MAX + 4096, generation);
	for (size_t done = 0; done < count;) {
		size_t some = message_count(changes + done, count - done);

		put_message(&b, changes + done, some, at + done);
		done += some;
	}
	return nft_batch_commit(&b);
}

static int
transaction(struct nft *n, const struct nft_change *changes, size_t count, size_t *failed,
    uint32_t generation)
{
	struct located *at = mem_array(count, sizeof(*at));
	int r = send_changes(n, changes, count, at, generation);

	*failed = r < 0 ? locate(n, at, count) : count;
	if (*failed < count)
		note_missing(n, changes[*failed].set);
	mem_free(at);
	return r;
}

/* Whether all of them add to hash tables: only these go into several transactions. */
static bool
only_grow(const struct nft_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!changes[i].add || (changes[i].kind->flags & NFT_SET_INTERVAL) != 0)
			return false;
	return true;
}

static int
elements(struct nft *n, const struct nft_change *changes, size_t count, size_t *failed, bool recalled)
{
	size_t max = only_grow(changes, count) ? GROWING_FIRST : count, some;
	int r = 0;

	*failed = count;
	for (size_t done = 0; done < count && r == 0; done += some) {
		some = count - done < max ? count - done : max;
		max = max < GROWING_MAX ? max * 2 : max;
		r = transaction(n, changes + done, some, failed, recalled ? n->generation : 0);
		*failed = *failed < some ? done + *failed : count;
	}
	return r;
}

int
nft_elements(struct nft *n, const struct nft_change *changes, size_t count, size_t *failed)
{
	return elements(n, changes, count, failed, false);
}

int
nft_elements_recalled(struct nft *n, const struct nft_change *changes, size_t count, size_t *failed)
{
	return elements(n, changes, count, failed, true);
}

bool
nft_too_many(int error)
{
	return error == -EMSGSIZE || error == -ENOBUFS || error == -ENOMEM;
}

const char *
nft_reason(const struct nft *n, int error)
{
	static const struct {
		int error;
		const char *text;
	} reasons[] = {
	    {-EEXIST, "it overlaps with something that is there already"},
	    {-ENOENT, MISSING},
	    {-EMEDIUMTYPE, "a set of this name is there that is not for such addresses, or of which nft "
			   "merges elements (auto-merge)"},
	    {-ENFILE, "the set is full"},
	    {-ENOBUFS, "the kernel's answer was lost"},
	    {-EPERM, "not allowed; CAP_NET_ADMIN is needed"},
	    {-EMSGSIZE, "too much for one message to the kernel"},
	};

	if (error == -ENOENT && n != NULL && n->missing != NULL)
		return n->missing;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == error)
			return reasons[i].text;
	return strerror(-error);
}
