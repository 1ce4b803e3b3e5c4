#include "action/nftrule.h"

#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <netinet/in.h>

#define HANDLES_MAX 256

/* What nft writes down as the type of keys, for its listings. */
enum { TYPE_IPV4 = 7, TYPE_IPV6 = 8, TYPE_PROTOCOL = 12, TYPE_SERVICE = 13 };

/* "Keys are in network byte order", as nft tells itself with a set. */
static const struct nft_udata key_order = {0, 4, 2};

/* Numbers by which messages of one transaction refer to its sets. */
enum { ID_ADDRESSES = 1, ID_FIRST_ANONYMOUS = 2 };

/* A transaction that builds a structure. */
struct builder {
	struct nft_batch batch;
	const struct nft_plan *plan;
	uint32_t next_id;
};

/* Out of memory in the library is as fatal as in ours. */
static void *
need(void *p)
{
	assert(p != NULL);
	return p;
}

static struct nlmsghdr *
message(struct builder *b, uint16_t type, uint16_t flags)
{
	return nft_message(&b->batch, type, b->plan->set.family, flags);
}

static void
build_table(struct builder *b)
{
	struct nlmsghdr *h = message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	if (h != NULL)
		mnl_attr_put_strz(h, NFTA_TABLE_NAME, b->plan->set.table);
}

static void
build_chain(struct builder *b, const struct nft_chain *c)
{
	struct nlmsghdr *h = message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	if (h == NULL)
		return;
	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, b->plan->set.table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, c->name);
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(c->hook));
	mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, htonl((uint32_t)b->plan->priority));
	mnl_attr_nest_end(h, hook);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, b->plan->type);
}

struct set_shape {
	const char *name;
	uint32_t flags, type, key_bytes, id;
	uint32_t size;	/* 0: no limit is told */
};

static void
build_set(struct builder *b, const struct set_shape *s)
{
	struct nlmsghdr *h = message(b, NFT_MSG_NEWSET, NLM_F_CREATE);

	if (h == NULL)
		return;
	mnl_attr_put_strz(h, NFTA_SET_TABLE, b->plan->set.table);
	mnl_attr_put_strz(h, NFTA_SET_NAME, s->name);
	mnl_attr_put_u32(h, NFTA_SET_FLAGS, htonl(s->flags));
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(s->type));
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl(s->key_bytes));
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(s->id));
	if (s->size > 0) {
		struct nlattr *a = mnl_attr_nest_start(h, NFTA_SET_DESC);

		mnl_attr_put_u32(h, NFTA_SET_DESC_SIZE, htonl(s->size));
		mnl_attr_nest_end(h, a);
	}
	mnl_attr_put(h, NFTA_SET_USERDATA, sizeof(key_order), &key_order);
}

static void
build_addresses(struct builder *b)
{
	bool v4 = b->plan->addr == ADDR_INET4;

	build_set(b, &(struct set_shape){.name = b->plan->set.set,
			 .flags = (b->plan->timeouts ? NFT_SET_TIMEOUT : 0) |
			     (b->plan->networks ? NFT_SET_INTERVAL : 0),
			 .type = v4 ? TYPE_IPV4 : TYPE_IPV6,
			 .key_bytes = v4 ? 4 : 16,
			 .id = ID_ADDRESSES});
}

/* Sets without a name, of a rule's ports or protocols. */

struct key {
	uint16_t value;
	bool end;	/* the first behind a range */
};

static void
put_keys(struct nlmsghdr *h, const struct key *keys, size_t count, uint32_t bytes)
{
	struct nlattr *list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);

	for (size_t i = 0; i < count; i++) {
		struct nlattr *e = mnl_attr_nest_start(h, NFTA_LIST_ELEM), *k;
		uint8_t wire[2] = {(uint8_t)(keys[i].value >> 8), (uint8_t)keys[i].value};

		if (keys[i].end)
			mnl_attr_put_u32(h, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
		k = mnl_attr_nest_start(h, NFTA_SET_ELEM_KEY);
		mnl_attr_put(h, NFTA_DATA_VALUE, bytes, bytes == 2 ? wire : wire + 1);
		mnl_attr_nest_end(h, k);
		mnl_attr_nest_end(h, e);
	}
	mnl_attr_nest_end(h, list);
}

static uint32_t
build_anonymous(struct builder *b, const struct key *keys, size_t count, uint32_t type,
    uint32_t bytes, bool interval)
{
	uint32_t id = b->next_id++;
	struct nlmsghdr *h;

	build_set(b, &(struct set_shape){.name = "__set%d",
			 .flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT |
			     (interval ? NFT_SET_INTERVAL : 0),
			 .type = type,
			 .key_bytes = bytes,
			 .id = id,
			 .size = (uint32_t)count});
	h = message(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	if (h == NULL)
		return id;
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, b->plan->set.table);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, "__set%d");
	mnl_attr_put_u32(h, NFTA_SET_ELEM_LIST_SET_ID, htonl(id));
	put_keys(h, keys, count, bytes);
	return id;
}

/* Ranges in order, those that touch made one. Returns how many there are. */
static size_t
ranges_join(struct port_range *r, size_t count)
{
	size_t n = 0;

	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k > 0 && r[k].first < r[k - 1].first; k--) {
			struct port_range swap = r[k];

			r[k] = r[k - 1];
			r[k - 1] = swap;
		}
	for (size_t i = 1; i < count; i++)
		if (r[i].first <= (uint32_t)r[n].last + 1)
			r[n].last = r[i].last > r[n].last ? r[i].last : r[n].last;
		else
			r[++n] = r[i];
	return count > 0 ? n + 1 : 0;
}

static uint32_t
build_port_ranges(struct builder *b)
{
	struct port_range r[NFTPLAN_RANGES_MAX];
	struct key keys[2 * NFTPLAN_RANGES_MAX + 1];
	size_t count, n = 0;

	memcpy(r, b->plan->ports, sizeof(r));
	count = ranges_join(r, b->plan->port_count);
	if (r[0].first > 0)
		keys[n++] = (struct key){0, true};
	for (size_t i = 0; i < count; i++) {
		keys[n++] = (struct key){r[i].first, false};
		if (r[i].last < UINT16_MAX)
			keys[n++] = (struct key){(uint16_t)(r[i].last + 1), true};
	}
	return build_anonymous(b, keys, n, TYPE_SERVICE, 2, true);
}

static uint32_t
build_port_set(struct builder *b)
{
	struct key keys[NFTPLAN_RANGES_MAX];
	size_t n = 0;

	if (b->plan->ranges)
		return build_port_ranges(b);
	for (size_t i = 0; i < b->plan->port_count; i++) {
		bool known = false;

		for (size_t k = 0; k < n; k++)
			known = known || keys[k].value == b->plan->ports[i].first;
		if (!known)
			keys[n++] = (struct key){b->plan->ports[i].first, false};
	}
	return build_anonymous(b, keys, n, TYPE_SERVICE, 2, false);
}

static uint32_t
build_protocol_set(struct builder *b)
{
	struct key keys[NFTPLAN_PROTOCOLS_MAX];

	for (size_t i = 0; i < b->plan->protocol_count; i++)
		keys[i] = (struct key){b->plan->protocols[i], false};
	return build_anonymous(
	    b, keys, b->plan->protocol_count, TYPE_PROTOCOL, 1, false);
}

/* Expressions: all work on one register. */

static struct nftnl_expr *
add_expr(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *e = need(nftnl_expr_alloc(name));

	nftnl_rule_add_expr(rule, e);
	return e;
}

static void
add_meta(struct nftnl_rule *rule, uint32_t key)
{
	struct nftnl_expr *e = add_expr(rule, "meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void
add_compare(struct nftnl_rule *rule, uint32_t op, const void *data, uint32_t bytes)
{
	struct nftnl_expr *e = add_expr(rule, "cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, bytes);
}

static void
add_payload(struct nftnl_rule *rule, uint32_t base, uint32_t offset, uint32_t bytes)
{
	struct nftnl_expr *e = add_expr(rule, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, bytes);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
}

/* id is 0 for a set that is there already. */
static void
add_lookup(struct nftnl_rule *rule, const char *set, uint32_t id)
{
	struct nftnl_expr *e = add_expr(rule, "lookup");

	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set);
	if (id != 0)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, id);
}

static void
add_protocol(struct nftnl_rule *rule, uint8_t protocol)
{
	add_meta(rule, NFT_META_L4PROTO);
	add_compare(rule, NFT_CMP_EQ, &protocol, 1);
}

/* One port or one range needs no set. */
static void
add_ports(struct nftnl_rule *rule, const struct nft_plan *p, uint32_t set_id)
{
	uint16_t first = htons(p->ports[0].first), last = htons(p->ports[0].last);

	add_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	if (set_id != 0) {
		add_lookup(rule, "__set%d", set_id);
	} else if (!p->ranges) {
		add_compare(rule, NFT_CMP_EQ, &first, 2);
	} else {
		add_compare(rule, NFT_CMP_GTE, &first, 2);
		add_compare(rule, NFT_CMP_LTE, &last, 2);
	}
}

static void
add_address(struct nftnl_rule *rule, const struct nft_plan *p)
{
	uint8_t family = p->addr == ADDR_INET4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (p->set.family == NFPROTO_INET) {
		add_meta(rule, NFT_META_NFPROTO);
		add_compare(rule, NFT_CMP_EQ, &family, 1);
	}
	if (p->addr == ADDR_INET4)
		add_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, 12, 4);
	else
		add_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, 8, 16);
	add_lookup(rule, p->set.set, 0);
}

static void
add_verdict(struct nftnl_rule *rule, const struct nft_plan *p)
{
	struct nftnl_expr *e;

	if (p->counter)
		(void)add_expr(rule, "counter");
	if (p->reject) {
		e = add_expr(rule, "reject");
		nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, p->reject_type);
		nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, (uint8_t)p->reject_code);
		return;
	}
	e = add_expr(rule, "immediate");
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)p->verdict);
}

/* protocol is 0 where the rule is for all, or for those of a set. */
static void
build_rule(struct builder *b, const struct nft_chain *c, uint8_t protocol)
{
	const struct nft_plan *p = b->plan;
	bool many_ports = p->by_port && p->port_count > 1;
	bool many_protocols = !p->by_port && p->protocol_count > 1;
	uint32_t id = many_ports ? build_port_set(b) : many_protocols ? build_protocol_set(b) : 0;
	struct nftnl_rule *rule = need(nftnl_rule_alloc());
	struct nlmsghdr *h;

	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, p->set.table);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, c->name);
	if (protocol != 0)
		add_protocol(rule, protocol);
	if (many_protocols) {
		add_meta(rule, NFT_META_L4PROTO);
		add_lookup(rule, "__set%d", id);
	}
	if (p->by_port)
		add_ports(rule, p, id);
	add_address(rule, p);
	add_verdict(rule, p);
	h = message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	if (h != NULL)
		nftnl_rule_nlmsg_build_payload(h, rule);
	nftnl_rule_free(rule);
}

static void
build_rules(struct builder *b, const struct nft_chain *c)
{
	const struct nft_plan *p = b->plan;

	if (p->by_port && p->protocol_count > 0)
		for (size_t i = 0; i < p->protocol_count; i++)
			build_rule(b, c, p->protocols[i]);
	else
		build_rule(b, c, p->protocol_count == 1 ? p->protocols[0] : 0);
}

/* What is there already. */

struct finder {
	const struct nft_plan *plan;
	const struct nft_chain *chain;
	uint64_t handles[HANDLES_MAX];	/* of rules that look up our set */
	size_t count;
};

static bool
rule_looks_up(const struct nftnl_rule *rule, const char *set)
{
	struct nftnl_expr_iter *i = need(nftnl_expr_iter_create(rule));
	const struct nftnl_expr *e;
	bool found = false;

	while (!found && (e = nftnl_expr_iter_next(i)) != NULL) {
		const char *name;

		if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "lookup") != 0)
			continue;
		name = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);
		found = name != NULL && strcmp(name, set) == 0;
	}
	nftnl_expr_iter_destroy(i);
	return found;
}

static void
find_rule(void *arg, const struct nlmsghdr *h)
{
	struct finder *f = arg;
	struct nftnl_rule *rule = need(nftnl_rule_alloc());

	if (nftnl_rule_nlmsg_parse(h, rule) >= 0 && f->count < HANDLES_MAX &&
	    rule_looks_up(rule, f->plan->set.set))
		f->handles[f->count++] = nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE);
	nftnl_rule_free(rule);
}

static void
find_begin(void *arg, struct nlmsghdr *request)
{
	struct finder *f = arg;

	f->count = 0;
	mnl_attr_put_strz(request, NFTA_RULE_TABLE, f->plan->set.table);
	mnl_attr_put_strz(request, NFTA_RULE_CHAIN, f->chain->name);
}

static int
find_rules(
    struct nft *n, const struct nft_plan *p, const struct nft_chain *c, struct finder *f)
{
	int r;

	*f = (struct finder){.plan = p, .chain = c};
	r = nft_list(n, NFT_MSG_GETRULE, p->set.family, find_begin, find_rule, f);
	return r == -ENOENT || r == -EINTR ? 0 : r;
}

/* As many as build_rules() makes. */
static size_t
rules_of_chain(const struct nft_plan *p)
{
	return p->by_port && p->protocol_count > 0 ? p->protocol_count : 1;
}

/* Says of each chain how many of our rules it has. */
static int
count_rules(struct nft *n, const struct nft_plan *p, size_t counts[NFTPLAN_CHAINS_MAX])
{
	for (size_t i = 0; i < p->chain_count; i++) {
		struct finder f;
		int r = find_rules(n, p, &p->chains[i], &f);

		if (r < 0)
			return r;
		counts[i] = f.count;
	}
	return 0;
}

/* Taking it away again. */

struct counter {
	const struct nft_plan *plan;
	size_t count;
};

static void
count_begin(void *arg, struct nlmsghdr *request)
{
	struct counter *c = arg;

	c->count = 0;
	mnl_attr_put_strz(request, NFTA_SET_TABLE, c->plan->set.table);
}

static void
count_set(void *arg, const struct nlmsghdr *h)
{
	struct counter *c = arg;
	struct nftnl_set *s = need(nftnl_set_alloc());

	if (nftnl_set_nlmsg_parse(h, s) >= 0 &&
	    (nftnl_set_get_u32(s, NFTNL_SET_FLAGS) & NFT_SET_ANONYMOUS) == 0)
		c->count++;
	nftnl_set_free(s);
}

static int
count_sets(struct nft *n, const struct nft_plan *p, size_t *count)
{
	struct counter c = {.plan = p};
	int r = nft_list(n, NFT_MSG_GETSET, p->set.family, count_begin, count_set, &c);

	*count = c.count;
	return r;
}

static void
remove_rules(struct nft_batch *b, const struct nft_plan *p, const struct nft_chain *c)
{
	struct finder f;

	if (find_rules(b->n, p, c, &f) < 0)
		return;
	for (size_t i = 0; i < f.count; i++) {
		struct nlmsghdr *h = nft_message(b, NFT_MSG_DELRULE, p->set.family, 0);

		if (h == NULL)
			return;
		mnl_attr_put_strz(h, NFTA_RULE_TABLE, p->set.table);
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, c->name);
		mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(f.handles[i]));
	}
}

static bool
has_chain(const struct nft_plan *p, const char *name)
{
	for (size_t i = 0; i < p->chain_count; i++)
		if (strcmp(p->chains[i].name, name) == 0)
			return true;
	return false;
}

/* What is done about what is there: nothing, rules are made anew, or all is left as it is. */
enum there { THERE_STAYS, THERE_REPLACED, THERE_REFUSED };

static int
build_all(
    struct nft *n, const struct nft_plan *p, enum there there, const struct nft_plan *old)
{
	struct builder b = {.plan = p, .next_id = ID_FIRST_ANONYMOUS};
	size_t rules[NFTPLAN_CHAINS_MAX] = {0};
	struct nft_set_kind kind;
	bool set_there;
	int r;

	r = nft_set_kind(n, &p->set, &kind);
	if (r < 0 && r != -ENOENT)
		return r;
	set_there = r == 0;
	if (set_there && there == THERE_REFUSED)
		return -EEXIST;
	if (set_there && !nft_set_takes(&kind, p->addr))
		return -EMEDIUMTYPE;
	/* The kernel keeps a set for as long as a rule looks it up: without it there are none. */
	r = set_there ? count_rules(n, p, rules) : 0;
	if (r < 0)
		return r;
	nft_batch_begin(&b.batch, n);
	build_table(&b);
	for (size_t i = 0; i < p->chain_count; i++)
		build_chain(&b, &p->chains[i]);
	if (!set_there)
		build_addresses(&b);
	for (size_t i = 0; i < p->chain_count; i++) {
		if (rules[i] >= rules_of_chain(p) && there != THERE_REPLACED)
			continue;
		if (rules[i] > 0)
			remove_rules(&b.batch, p, &p->chains[i]);
		build_rules(&b, &p->chains[i]);
	}
	for (size_t i = 0; old != NULL && i < old->chain_count; i++)
		if (!has_chain(p, old->chains[i].name))
			remove_rules(&b.batch, p, &old->chains[i]);
	return nft_batch_commit(&b.batch);
}

int
nftrule_build(struct nft *n, const struct nft_plan *p)
{
	return build_all(n, p, THERE_STAYS, NULL);
}

int
nftrule_create(struct nft *n, const struct nft_plan *p)
{
	return build_all(n, p, THERE_REFUSED, NULL);
}

int
nftrule_replace(struct nft *n, const struct nft_plan *p, const struct nft_plan *old)
{
	return build_all(n, p, THERE_REPLACED, old);
}

bool
nftrule_complete(struct nft *n, const struct nft_plan *p)
{
	size_t rules[NFTPLAN_CHAINS_MAX];
	struct nft_set_kind kind;

	if (nft_set_kind(n, &p->set, &kind) < 0 || count_rules(n, p, rules) < 0)
		return false;
	for (size_t i = 0; i < p->chain_count; i++)
		if (rules[i] < rules_of_chain(p))
			return false;
	return true;
}

/* While rules look a set up, it cannot go. */
static int
remove_set(struct nft *n, const struct nft_plan *p)
{
	struct nft_batch b;
	struct nlmsghdr *h;

	nft_batch_begin(&b, n);
	for (size_t i = 0; i < p->chain_count; i++)
		remove_rules(&b, p, &p->chains[i]);
	h = nft_message(&b, NFT_MSG_DELSET, p->set.family, 0);
	if (h != NULL) {
		mnl_attr_put_strz(h, NFTA_SET_TABLE, p->set.table);
		mnl_attr_put_strz(h, NFTA_SET_NAME, p->set.set);
	}
	return nft_batch_commit(&b);
}

static int
remove_table(struct nft *n, const struct nft_plan *p)
{
	struct nft_batch b;
	struct nlmsghdr *h;

	nft_batch_begin(&b, n);
	h = nft_message(&b, NFT_MSG_DELTABLE, p->set.family, 0);
	if (h != NULL)
		mnl_attr_put_strz(h, NFTA_TABLE_NAME, p->set.table);
	return nft_batch_commit(&b);
}

int
nftrule_remove(struct nft *n, const struct nft_plan *p)
{
	size_t others;
	int r;

	r = remove_set(n, p);
	if (r < 0 && r != -ENOENT)
		return r;
	r = count_sets(n, p, &others);
	if (r == 0 && others == 0)
		r = remove_table(n, p);
	return r == -ENOENT ? 0 : r;
}

int
nftrule_flush(struct nft *n, const struct nft_plan *p)
{
	struct nft_batch b;
	struct nlmsghdr *h;

	nft_batch_begin(&b, n);
	h = nft_message(&b, NFT_MSG_DELSETELEM, p->set.family, 0);
	if (h != NULL) {
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, p->set.table);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, p->set.set);
	}
	return nft_batch_commit(&b);
}
