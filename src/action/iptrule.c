#include "action/iptrule.h"

#include "config/programs.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <stdlib.h>

#define TABLE "filter"

/* The program behind iptables that keeps rules in nf_tables; there is another that does not. */
#define NFT_VARIANT SLICE("nft")

static bool
uses_nft(const struct form *f)
{
	struct buf command, path;
	struct slice rest, name;
	char real[PATH_MAX];
	bool known;

	buf_init(&command, FORM_RULE_MAX);
	buf_init(&path, PATH_MAX);
	form_program(f, &command);
	rest = buf_slice(&command);
	known = slice_next_word(&rest, &name) && programs_find(name, &path) &&
		realpath(buf_cstr(&path), real) != NULL &&
		slice_find(slice_cstr(strrchr(real, '/')), NFT_VARIANT, 0) >= 0;
	buf_done(&path);
	buf_done(&command);
	return known;
}

/* "-I CHAIN [1] -s" or "-A CHAIN -s" */
static bool
read_place(const struct form *f, struct iptrule *out)
{
	struct words w;

	words_split(&w, slice_cstr(f->rule.before));
	out->append = words_is(&w, 0, "-A");
	return (out->append || words_is(&w, 0, "-I")) &&
	       (words_is(&w, 2, "-s") ||
		   (!out->append && words_is(&w, 2, "1") && words_is(&w, 3, "-s")));
}

/* The rule as the kernel lists it. */

struct expression {
	struct slice name;
	const struct nlattr *data;
};

struct search {
	struct iptrule *out;
	const struct addr *addr;
	size_t found;
};

#define EXPRESSIONS 4

struct expressions {
	struct expression v[EXPRESSIONS];
	size_t count;
};

/* Attributes by their type, as far as any matters here. */
struct parts {
	const struct nlattr *v[NFTA_RULE_USERDATA + 1];
};

static int
take_part(const struct nlattr *a, void *arg)
{
	struct parts *p = arg;

	if (mnl_attr_get_type(a) <= NFTA_RULE_USERDATA)
		p->v[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

/* The attribute of that type within another one; NULL if there is none of so many bytes (0: any). */
static const struct nlattr *
part(const struct nlattr *of, uint16_t type, size_t bytes)
{
	struct parts p = {{NULL}};

	if (of == NULL || mnl_attr_parse_nested(of, take_part, &p) < 0 || p.v[type] == NULL)
		return NULL;
	return bytes == 0 || mnl_attr_get_payload_len(p.v[type]) == bytes ? p.v[type] : NULL;
}

/* The same of a text; empty if there is none. */
static struct slice
text_part(const struct nlattr *of, uint16_t type)
{
	const struct nlattr *a = part(of, type, 0);

	return a == NULL ? SLICE_EMPTY :
			   slice_of(mnl_attr_get_payload(a),
			       strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a)));
}

/* An error if there are too many. */
static int
take_expression(const struct nlattr *a, void *arg)
{
	struct expressions *e = arg;

	if (e->count == EXPRESSIONS)
		return MNL_CB_ERROR;
	e->v[e->count++] =
	    (struct expression){text_part(a, NFTA_EXPR_NAME), part(a, NFTA_EXPR_DATA, 0)};
	return MNL_CB_OK;
}

static bool
number_is(const struct nlattr *of, uint16_t type, uint32_t value)
{
	const struct nlattr *a = part(of, type, sizeof(value));

	return a != NULL && ntohl(mnl_attr_get_u32(a)) == value;
}

static bool
is_source(const struct expression *e, bool v4)
{
	return slice_eq(e->name, SLICE("payload")) &&
	       number_is(e->data, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER) &&
	       number_is(e->data, NFTA_PAYLOAD_OFFSET, v4 ? 12 : 8) &&
	       number_is(e->data, NFTA_PAYLOAD_LEN, v4 ? 4 : 16);
}

/* Where the address is that all is compared with, or NULL. */
static const char *
compared(const struct expression *e, size_t bytes)
{
	const struct nlattr *value;

	if (!slice_eq(e->name, SLICE("cmp")) || !number_is(e->data, NFTA_CMP_OP, NFT_CMP_EQ))
		return NULL;
	value = part(part(e->data, NFTA_CMP_DATA, 0), NFTA_DATA_VALUE, bytes);
	return value != NULL ? mnl_attr_get_payload(value) : NULL;
}

static bool
is_end(const struct expression *e)
{
	return slice_eq(e->name, SLICE("immediate")) ||
	       (slice_eq(e->name, SLICE("target")) &&
		   slice_eq(text_part(e->data, NFTA_TARGET_NAME), SLICE("REJECT")));
}

/* All that was counted is not the next one's. */
static void
forget_count(struct iptrule *r, const char *from, const struct expression *e)
{
	static const uint16_t types[] = {NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct nlattr *a = part(e->data, types[i], sizeof(uint64_t));

		if (a != NULL)
			memset(r->expressions + ((const char *)mnl_attr_get_payload(a) - from), 0,
			    sizeof(uint64_t));
	}
}

static void
take_rule(struct search *s, const struct nlattr *list)
{
	struct expressions e = {.count = 0};
	const char *from = mnl_attr_get_payload(list), *value;
	size_t n = mnl_attr_get_payload_len(list), bytes = s->addr->family == ADDR_INET4 ? 4 : 16;

	if (mnl_attr_parse_nested(list, take_expression, &e) < 0 || e.count != EXPRESSIONS ||
	    n > IPTRULE_BYTES_MAX || !is_source(&e.v[0], bytes == 4) ||
	    (value = compared(&e.v[1], bytes)) == NULL || memcmp(value, s->addr->b, bytes) != 0)
		return;
	s->found++;
	if (!slice_eq(e.v[2].name, SLICE("counter")) || !is_end(&e.v[3]))
		return;
	memcpy(s->out->expressions, from, n);
	s->out->n = n;
	s->out->addr_at = (size_t)(value - from);
	forget_count(s->out, from, &e.v[2]);
}

static void
look_at(void *arg, const struct nlmsghdr *h)
{
	struct parts p = {{NULL}};

	/* What a program says about its rule, as a comment, need not be true of another. */
	if (mnl_attr_parse(h, sizeof(struct nfgenmsg), take_part, &p) >= 0 &&
	    p.v[NFTA_RULE_EXPRESSIONS] != NULL && p.v[NFTA_RULE_USERDATA] == NULL)
		take_rule(arg, p.v[NFTA_RULE_EXPRESSIONS]);
}

static void
look_begin(void *arg, struct nlmsghdr *request)
{
	struct search *s = arg;

	s->found = s->out->n = 0;
	mnl_attr_put_strz(request, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(request, NFTA_RULE_CHAIN, s->out->chain);
}

bool
iptrule_learn(struct iptrule *out, struct nft *n, const struct form *f, const struct addr *a)
{
	struct iptrule r = {.family = a->family == ADDR_INET4 ? NFPROTO_IPV4 : NFPROTO_IPV6};
	struct search s = {.out = &r, .addr = a};

	memcpy(r.chain, f->rule.chain, sizeof(r.chain));
	if (addr_network(a) || !read_place(f, &r) || !uses_nft(f) ||
	    nft_list(n, NFT_MSG_GETRULE, r.family, look_begin, look_at, &s) < 0 || s.found != 1 ||
	    r.n == 0)
		return false;
	*out = r;
	return true;
}

void
iptrule_put(const struct iptrule *r, struct nft_batch *b, const struct addr *a)
{
	char expressions[IPTRULE_BYTES_MAX];
	struct nlmsghdr *h = nft_message(b, NFT_MSG_NEWRULE, r->family,
	    (uint16_t)(NLM_F_CREATE | (r->append ? NLM_F_APPEND : 0)));

	if (h == NULL)
		return;
	memcpy(expressions, r->expressions, r->n);
	memcpy(expressions + r->addr_at, a->b, r->family == NFPROTO_IPV4 ? 4 : 16);
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, r->chain);
	mnl_attr_put(h, NLA_F_NESTED | NFTA_RULE_EXPRESSIONS, r->n, expressions);
}
