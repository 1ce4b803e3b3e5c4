#include "action/nftplan.h"

#include "action/tag.h"
#include "util/escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <netdb.h>

struct word_value {
	const char *word;
	int value;
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct word_value hooks[] = {{"prerouting", NF_INET_PRE_ROUTING},
    {"input", NF_INET_LOCAL_IN}, {"forward", NF_INET_FORWARD}, {"output", NF_INET_LOCAL_OUT},
    {"postrouting", NF_INET_POST_ROUTING}};

static const struct word_value priorities[] = {{"raw", -300}, {"mangle", -150}, {"dstnat", -100},
    {"filter", 0}, {"security", 50}, {"srcnat", 100}};

static const struct word_value protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP},
    {"sctp", IPPROTO_SCTP}, {"dccp", IPPROTO_DCCP}, {"udplite", IPPROTO_UDPLITE},
    {"icmp", IPPROTO_ICMP}, {"icmpv6", IPPROTO_ICMPV6}, {"ipv6-icmp", IPPROTO_ICMPV6},
    {"esp", IPPROTO_ESP}, {"ah", IPPROTO_AH}, {"comp", IPPROTO_COMP}, {"gre", IPPROTO_GRE}};

/* How many of them have ports. */
#define PROTOCOLS_WITH_PORTS 5

static const struct word_value verdicts[] = {
    {"drop", NF_DROP}, {"accept", NF_ACCEPT}, {"return", NFT_RETURN}};

static const struct word_value icmp_codes[] = {{"net-unreachable", 0}, {"host-unreachable", 1},
    {"prot-unreachable", 2}, {"port-unreachable", 3}, {"net-prohibited", 9},
    {"host-prohibited", 10}, {"admin-prohibited", 13}};

static const struct word_value icmpv6_codes[] = {{"no-route", 0}, {"admin-prohibited", 1},
    {"addr-unreachable", 3}, {"port-unreachable", 4}, {"policy-fail", 5}, {"reject-route", 6}};

static const struct word_value icmpx_codes[] = {{"no-route", NFT_REJECT_ICMPX_NO_ROUTE},
    {"port-unreachable", NFT_REJECT_ICMPX_PORT_UNREACH},
    {"host-unreachable", NFT_REJECT_ICMPX_HOST_UNREACH},
    {"admin-prohibited", NFT_REJECT_ICMPX_ADMIN_PROHIBITED}};

static bool
word_find(const struct word_value *rows, size_t count, struct slice word, int *value)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(word, slice_cstr(rows[i].word))) {
			*value = rows[i].value;
			return true;
		}
	return false;
}

/* The plan while it is made; the first mistake stays in d. */
struct making {
	struct nft_plan *plan;
	const struct entry *entry;
	enum family family;
	struct diag *d;
};

static int
refuse(const struct making *m, const char *property, struct slice value, const char *remedy)
{
	struct buf shown;
	int r;

	buf_init(&shown, 1024);
	escape_format(&shown, slice_upto(value, 200));
	r = diag_fail(m->d, -EINVAL, (struct place){0}, "%s: '%s' is not known; %s", property,
	    buf_cstr(&shown), remedy);
	buf_done(&shown);
	return r;
}

/* The property with its tags replaced, trimmed; fallback where there is none. */
static int
property(const struct making *m, const char *name, const char *fallback, struct buf *out)
{
	struct slice value = slice_cstr(fallback);

	(void)entry_get_for(m->entry, slice_cstr(name), m->family, &value);
	buf_clear(out);
	return tag_static(out, m->entry, slice_cstr(name), slice_trim(value), m->family, m->d);
}

static int
name_property(
    const struct making *m, const char *name, const char *fallback, char out[NFT_NAME_MAX])
{
	struct buf text;
	int r;

	buf_init(&text, TAG_TEXT_MAX);
	r = property(m, name, fallback, &text);
	if (r == 0 &&
	    (text.n == 0 || text.n >= NFT_NAME_MAX || memchr(text.p, '\0', text.n) != NULL))
		r = refuse(m, name, buf_slice(&text), "write a name of 1 to 127 bytes");
	if (r == 0)
		memcpy(out, text.p, text.n + 1);
	buf_done(&text);
	return r;
}

static int
word_property(const struct making *m, const char *name, const char *fallback,
    int (*take)(const struct making *m, struct slice text))
{
	struct buf text;
	int r;

	buf_init(&text, TAG_TEXT_MAX);
	r = property(m, name, fallback, &text);
	if (r == 0)
		r = take(m, buf_slice(&text));
	buf_done(&text);
	return r;
}

static int
take_family(const struct making *m, struct slice text)
{
	int family = nft_family(text);

	if (family < 0)
		return refuse(m, "table_family", text, "write inet, ip or ip6");
	if ((family == NFPROTO_IPV4 && m->plan->addr != ADDR_INET4) ||
	    (family == NFPROTO_IPV6 && m->plan->addr != ADDR_INET6))
		return diag_fail(m->d, -EINVAL, (struct place){0},
		    "table_family: a table of '%.*s' has no place for an IPv%d address; write inet",
		    SLICE_ARG(text), (int)m->plan->addr);
	m->plan->set.family = (uint8_t)family;
	return 0;
}

static int
take_chain_type(const struct making *m, struct slice text)
{
	static const char *const types[] = {"filter", "nat", "route"};

	for (size_t i = 0; i < COUNT(types); i++)
		if (slice_eq(text, slice_cstr(types[i]))) {
			m->plan->type = types[i];
			return 0;
		}
	return refuse(m, "chain_type", text, "write filter, nat or route");
}

/*
 * The hook "input" has the chain as it is named; others have their own name behind that, so that jails
 * with different hooks can share a table.
 */
static int
name_chain(struct nft_chain *c, const char *name, struct slice hook)
{
	bool input = c->hook == NF_INET_LOCAL_IN;

	return snprintf(c->name, NFT_NAME_MAX, "%s%s%.*s", name, input ? "" : "-", input ? 0 : (int)hook.n,
	    hook.p);
}

static int
take_hook(const struct making *m, struct slice text)
{
	struct nft_plan *p = m->plan;
	char name[NFT_NAME_MAX];
	struct slice word;
	int hook;

	memcpy(name, p->chains[0].name, sizeof(name));

	while (slice_next(&text, ',', &word)) {
		struct nft_chain *c = &p->chains[p->chain_count];

		word = slice_trim(word);
		if (p->chain_count >= NFTPLAN_CHAINS_MAX ||
		    !word_find(hooks, COUNT(hooks), word, &hook))
			return refuse(m, "chain_hook", word,
			    "write prerouting, input, forward, output or postrouting, or several "
			    "with commas between");
		c->hook = (uint32_t)hook;
		if (name_chain(c, name, word) >= NFT_NAME_MAX)
			return refuse(m, "chain", slice_cstr(name), "it is too long");
		p->chain_count++;
	}
	return p->chain_count > 0 ? 0 : refuse(m, "chain_hook", text, "write input");
}

/* A number, a word, or a word with a number added or taken away: "filter - 1". */
static int
take_priority(const struct making *m, struct slice text)
{
	size_t n = 0;
	int base = 0;
	int64_t number = 0;
	char digits[32];
	size_t k = 0;
	struct slice rest;

	while (n < text.n && char_alpha(text.p[n]))
		n++;
	if (n > 0 && !word_find(priorities, COUNT(priorities), slice_upto(text, n), &base))
		n = 0;
	rest = slice_trim(slice_from(text, n));
	for (size_t i = 0; i < rest.n && k < sizeof(digits); i++)
		if (rest.p[i] != ' ')
			digits[k++] = rest.p[i];
	if ((k > 0 && slice_i64(slice_of(digits, k), -1000000, 1000000, &number) < 0) ||
	    (k == 0 && n == 0))
		return refuse(m, "chain_priority", text,
		    "write a number such as -1, or a word such as filter or mangle");
	m->plan->priority = (int32_t)(base + number);
	return 0;
}

static int
take_type(const struct making *m, struct slice text)
{
	if (!slice_eq(text, SLICE("multiport")) && !slice_eq(text, SLICE("allports")))
		return refuse(m, "type", text, "write multiport or allports");
	m->plan->by_port = slice_eq(text, SLICE("multiport"));
	return 0;
}

static int
take_protocols(const struct making *m, struct slice text)
{
	struct nft_plan *p = m->plan;
	struct slice word;

	if (slice_eq(text, SLICE("all")))
		return 0;
	while (slice_next(&text, ',', &word)) {
		int number;

		word = slice_trim(word);
		if (!word_find(protocols, p->by_port ? PROTOCOLS_WITH_PORTS : COUNT(protocols), word,
			&number))
			return refuse(m, "protocol", word,
			    "write all, or names such as tcp,udp that have ports where type is "
			    "multiport");
		if (p->protocol_count >= NFTPLAN_PROTOCOLS_MAX)
			return refuse(m, "protocol", word, "that is one too many");
		p->protocols[p->protocol_count++] = (uint8_t)number;
	}
	return p->protocol_count > 0 ? 0 : refuse(m, "protocol", text, "write all, tcp or udp");
}

static bool
port_parse(struct slice text, uint16_t *port)
{
	char name[64];
	const struct servent *s;
	uint64_t number;

	text = slice_trim(text);
	if (slice_u64(text, UINT16_MAX, &number) == 0) {
		*port = (uint16_t)number;
		return true;
	}
	if (text.n == 0 || text.n >= sizeof(name) || memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(name, text.p, text.n);
	name[text.n] = '\0';
	s = getservbyname(name, NULL);
	if (s == NULL)
		return false;
	*port = ntohs((uint16_t)s->s_port);
	return true;
}

/* "a:b" or, as nft has it, "a-b" between numbers; a service may have a "-" in its name. */
static bool
range_parse(struct slice text, struct port_range *out, bool *range)
{
	ptrdiff_t mark = slice_find_char(text, ':', 0);

	if (mark < 0 && text.n > 0 && char_digit(text.p[0]))
		mark = slice_find_char(text, '-', 0);
	*range = mark >= 0;
	if (mark < 0) {
		if (!port_parse(text, &out->first))
			return false;
		out->last = out->first;
		return true;
	}
	return port_parse(slice_upto(text, (size_t)mark), &out->first) &&
	    port_parse(slice_from(text, (size_t)mark + 1), &out->last) && out->first <= out->last;
}

static int
take_ports(const struct making *m, struct slice text)
{
	struct nft_plan *p = m->plan;
	struct slice word;

	if (!p->by_port)
		return 0;
	while (slice_next(&text, ',', &word)) {
		bool range;

		word = slice_trim(word);
		if (p->port_count >= NFTPLAN_RANGES_MAX)
			return refuse(m, "port", word, "that is one too many");
		if (!range_parse(word, &p->ports[p->port_count], &range))
			return refuse(m, "port", word,
			    "write numbers, names of services, or ranges: ssh,80:90");
		p->ranges = p->ranges || range;
		p->port_count++;
	}
	return p->port_count > 0 ? 0 : refuse(m, "port", text, "write at least one");
}

static int
refuse_blocktype(const struct making *m, struct slice text)
{
	return refuse(m, "blocktype", text,
	    "write drop, reject, or reject with icmpx port-unreachable and the like; for anything "
	    "else use the action nftables");
}

/* What comes after "reject with". */
static bool
reject_with(const struct making *m, struct slice rest)
{
	static const struct {
		struct slice word;
		const struct word_value *codes;
		size_t count;
		uint32_t type;
		int addr;	/* 0: any */
	} kinds[] = {
	    {{"icmp", 4}, icmp_codes, COUNT(icmp_codes), NFT_REJECT_ICMP_UNREACH, ADDR_INET4},
	    {{"icmpv6", 6}, icmpv6_codes, COUNT(icmpv6_codes), NFT_REJECT_ICMP_UNREACH, ADDR_INET6},
	    {{"icmpx", 5}, icmpx_codes, COUNT(icmpx_codes), NFT_REJECT_ICMPX_UNREACH, 0},
	};
	struct nft_plan *p = m->plan;
	struct slice kind, word, more;
	int code;

	if (!slice_next_word(&rest, &kind) || !slice_next_word(&rest, &word))
		return false;
	if (slice_eq(kind, SLICE("tcp"))) {
		p->reject_type = NFT_REJECT_TCP_RST;
		p->reject_code = 0;
		return slice_eq(word, SLICE("reset")) && !slice_next_word(&rest, &more) &&
		    p->protocol_count == 1 && p->protocols[0] == IPPROTO_TCP;
	}
	if (slice_eq(word, SLICE("type")) && !slice_next_word(&rest, &word))
		return false;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (slice_eq(kind, kinds[i].word)) {
			p->reject_type = kinds[i].type;
			if ((kinds[i].addr != 0 && kinds[i].addr != (int)p->addr) ||
			    !word_find(kinds[i].codes, kinds[i].count, word, &code))
				return false;
			p->reject_code = (uint32_t)code;
			return !slice_next_word(&rest, &more);
		}
	return false;
}

static int
take_blocktype(const struct making *m, struct slice text)
{
	struct nft_plan *p = m->plan;
	struct slice rest = text, word, more;

	if (!slice_next_word(&rest, &word))
		return refuse_blocktype(m, text);
	if (slice_eq(word, SLICE("counter"))) {
		p->counter = true;
		if (!slice_next_word(&rest, &word))
			return refuse_blocktype(m, text);
	}
	if (word_find(verdicts, COUNT(verdicts), word, &p->verdict))
		return slice_next_word(&rest, &more) ? refuse_blocktype(m, text) : 0;
	if (!slice_eq(word, SLICE("reject")))
		return refuse_blocktype(m, text);
	p->reject = true;
	p->reject_type = NFT_REJECT_ICMP_UNREACH;
	p->reject_code = p->addr == ADDR_INET4 ? 3 : 4;	/* port-unreachable in both */
	if (!slice_next_word(&rest, &word))
		return 0;
	if (!slice_eq(word, SLICE("with")) || !reject_with(m, rest))
		return refuse_blocktype(m, text);
	return 0;
}

int
nftplan_make(struct nft_plan *p, const struct entry *e, enum family family, bool networks,
    struct diag *d)
{
	const struct making m = {p, e, family, d};
	static const char *const sets[2][2] = {
	    {"addr-set-<name>", "addr-net-set-<name>"}, {"addr6-set-<name>", "addr6-net-set-<name>"}};
	static const struct {
		const char *name, *fallback;
		int (*take)(const struct making *m, struct slice text);
	} words[] = {
	    /* in an order in which each finds what it depends on */
	    {"table_family", "inet", take_family},
	    {"chain_type", "filter", take_chain_type},
	    {"chain_hook", "input", take_hook},
	    {"chain_priority", "-1", take_priority},
	    {"type", "multiport", take_type},
	    {"protocol", "tcp", take_protocols},
	    {"port", "ssh", take_ports},
	    {"blocktype", "reject", take_blocktype},
	};
	int r;

	*p = (struct nft_plan){
	    .addr = family == FAMILY_INET4 ? ADDR_INET4 : ADDR_INET6,
	    .networks = networks,
	    .timeouts = true};
	r = name_property(&m, "table", "f2b-table", p->set.table);
	if (r == 0)
		r = name_property(&m, "chain", "f2b-chain", p->chains[0].name);
	if (r == 0)
		r = name_property(&m, networks ? "addr_net_set" : "addr_set",
		    sets[family == FAMILY_INET6][networks], p->set.set);
	for (size_t i = 0; r == 0 && i < COUNT(words); i++)
		r = word_property(&m, words[i].name, words[i].fallback, words[i].take);
	return r;
}
