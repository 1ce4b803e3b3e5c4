#include "action/nftscript.h"

#include "action/follow.h"
#include "action/nftlock.h"
#include "action/nftrule.h"
#include "action/nftwords.h"
#include "action/words.h"

enum match { MATCH_NONE, MATCH_PROTOCOL, MATCH_ANY_PROTOCOL, MATCH_PROTOCOLS };

/* What the script's commands have said, as properties of an action, which nftplan.h understands. */
struct reading {
	struct entry *as;
	bool table, chain, set, rule; /* there was the command that adds it */
	bool locks;		      /* … and one that locks "/" */
	enum match match;	      /* of all rules */
	struct buf protocols;	      /* of all rules, with commas between */
	enum addr_family addr;
	bool interval, timeout; /* flags of the set */
};

/* Takes a value over: where another command said it already, it has to be the same. */
static bool
say(struct reading *r, const char *property, struct slice value)
{
	struct slice before;
	struct diag d;

	if (entry_get(r->as, slice_cstr(property), &before))
		return slice_eq(before, value);
	diag_init(&d);
	return entry_set(r->as, slice_cstr(property), value, &d) == 0;
}

static bool
say_word(struct reading *r, struct nftwords *t, const char *property)
{
	struct slice word;

	return nftwords_take_any(t, &word) && words_plain(word) && say(r, property, word);
}

static bool
say_name(struct reading *r, struct slice word, const char *property)
{
	char name[NFT_NAME_MAX];

	return words_name(word, name, sizeof(name)) && say(r, property, word);
}

static bool
take_name(struct reading *r, struct nftwords *t, const char *property)
{
	struct slice word;

	return nftwords_take_any(t, &word) && say_name(r, word, property);
}

static bool
read_table(struct reading *r, struct nftwords *t)
{
	r->table = true;
	return nftwords_end(t);
}

/* Of priorities, words mean another number in some families and hooks. */
static bool
read_priority(struct reading *r, struct nftwords *t)
{
	struct slice word;
	int64_t number;

	return nftwords_take_any(t, &word) && slice_i64(word, -1000000, 1000000, &number) == 0 &&
	       say(r, "chain_priority", word);
}

static bool
read_chain(struct reading *r, struct nftwords *t)
{
	bool first = !r->chain;

	r->chain = true;
	return first && r->table && take_name(r, t, "chain") && nftwords_take(t, "{") &&
	       nftwords_take(t, "type") && say_word(r, t, "chain_type") &&
	       nftwords_take(t, "hook") && say_word(r, t, "chain_hook") &&
	       nftwords_take(t, "priority") && read_priority(r, t) && nftwords_take(t, ";") &&
	       (!nftwords_take(t, "policy") ||
		   (nftwords_take(t, "accept") && nftwords_take(t, ";"))) &&
	       nftwords_take(t, "}") && nftwords_end(t);
}

static bool
read_flags(struct reading *r, struct nftwords *t)
{
	if (!nftwords_take(t, "flags"))
		return true;
	do {
		if (nftwords_take(t, "interval"))
			r->interval = true;
		else if (nftwords_take(t, "timeout"))
			r->timeout = true;
		else
			return false;
	} while (nftwords_take(t, ","));
	return nftwords_take(t, ";");
}

static bool
read_set_type(struct reading *r, struct nftwords *t)
{
	if (nftwords_take(t, "ipv4_addr"))
		r->addr = ADDR_INET4;
	else if (nftwords_take(t, "ipv6_addr"))
		r->addr = ADDR_INET6;
	else
		return false;
	return true;
}

static bool
read_set(struct reading *r, struct nftwords *t)
{
	bool first = !r->set;

	r->set = true;
	return first && r->table && take_name(r, t, "addr_set") && nftwords_take(t, "{") &&
	       nftwords_take(t, "type") && read_set_type(r, t) && nftwords_take(t, ";") && read_flags(r, t) &&
	       nftwords_take(t, "}") && nftwords_end(t);
}

/* Rules. */

/* To nft, a number that begins with "0" is an octal one. */
static bool
plain_port(struct slice word)
{
	return words_plain(word) && slice_find_char(word, ':', 0) < 0 &&
	       (word.n == 1 || word.p[0] != '0') && slice_find(word, SLICE("-0"), 0) < 0;
}

static bool
plain_protocol(struct slice word)
{
	return words_plain(word) && !slice_eq(word, SLICE("all"));
}

/* One word, or several in braces; they are added with commas between. */
static bool
read_words(struct nftwords *t, bool (*plain)(struct slice word), struct buf *out)
{
	bool many = nftwords_take(t, "{");
	struct slice word;

	do {
		if (!nftwords_take_any(t, &word) || !plain(word))
			return false;
		if (out->n > 0)
			buf_add_char(out, ',');
		buf_add(out, word);
	} while (many && nftwords_take(t, ","));
	return !buf_refused(out) && (!many || nftwords_take(t, "}"));
}

static bool
read_ports(struct reading *r, struct nftwords *t)
{
	struct buf ports;
	bool known;

	buf_init(&ports, FOLLOW_LINE_MAX);
	known = nftwords_take(t, "dport") && read_words(t, plain_port, &ports) &&
		say(r, "port", buf_slice(&ports));
	buf_done(&ports);
	return known;
}

static enum match
next_match(struct nftwords *t)
{
	if (nftwords_take(t, "th"))
		return MATCH_ANY_PROTOCOL;
	if (nftwords_take(t, "meta"))
		return MATCH_PROTOCOLS;
	return nftwords_next(t, "ip") || nftwords_next(t, "ip6") ? MATCH_NONE : MATCH_PROTOCOL;
}

/* Only rules for one protocol each are several. */
static bool
read_match(struct reading *r, struct nftwords *t)
{
	enum match match = next_match(t);

	if (r->rule && (match != MATCH_PROTOCOL || match != r->match))
		return false;
	r->match = match;
	switch (match) {
	case MATCH_NONE:
		return true;
	case MATCH_ANY_PROTOCOL:
		return read_ports(r, t);
	case MATCH_PROTOCOLS:
		return nftwords_take(t, "l4proto") && read_words(t, plain_protocol, &r->protocols);
	case MATCH_PROTOCOL:
		return !nftwords_take(t, "{") && read_words(t, plain_protocol, &r->protocols) &&
		       read_ports(r, t);
	}
	return false;
}

static bool
read_lookup(struct reading *r, struct nftwords *t)
{
	struct slice word;

	return r->set && nftwords_take(t, r->addr == ADDR_INET4 ? "ip" : "ip6") &&
	       nftwords_take(t, "saddr") &&
	       nftwords_take_any(t, &word) && word.p[0] == '@' &&
	       say_name(r, slice_from(word, 1), "addr_set");
}

static bool
read_blocktype(struct reading *r, struct nftwords *t)
{
	struct buf words;
	struct slice word;
	bool known = true;

	buf_init(&words, FOLLOW_LINE_MAX);
	while (known && !nftwords_end(t)) {
		known = nftwords_take_any(t, &word) && words_plain(word);
		if (words.n > 0)
			buf_add_char(&words, ' ');
		buf_add(&words, known ? word : SLICE_EMPTY);
	}
	known =
	    known && words.n > 0 && !buf_refused(&words) && say(r, "blocktype", buf_slice(&words));
	buf_done(&words);
	return known;
}

static bool
read_rule(struct reading *r, struct nftwords *t)
{
	bool known = r->chain && take_name(r, t, "chain") && read_match(r, t) &&
		     read_lookup(r, t) && read_blocktype(r, t);

	r->rule = true;
	return known;
}

static bool
read_add(struct reading *r, struct nftwords *t)
{
	static const struct {
		const char *what;
		bool (*read)(struct reading *r, struct nftwords *t);
	} kinds[] = {
	    {"table", read_table}, {"chain", read_chain}, {"set", read_set}, {"rule", read_rule}};

	if (!nftwords_take(t, "add"))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (nftwords_take(t, kinds[i].what))
			return say_word(r, t, "table_family") && take_name(r, t, "table") &&
			       kinds[i].read(r, t);
	return false;
}

static bool
read_command(void *arg, struct slice line)
{
	struct reading *r = arg;
	struct nftwords t;

	if (!nftwords_split(&t, line))
		return false;
	if (nftwords_take(&t, "flock"))
		return r->locks = true;
	if (!nftwords_take(&t, "nft"))
		return false;
	(void)nftwords_take(&t, "--");
	do {
		if (!read_add(r, &t))
			return false;
	} while (nftwords_take(&t, ";"));
	return true;
}

/* Whether the set is there: if so, nothing of the script is done here. */
static bool
read_question(void *arg, struct slice line, bool *succeeds)
{
	struct reading *r = arg;
	struct nftwords t;

	*succeeds = false;
	if (!nftwords_split(&t, line) || !nftwords_take(&t, "nft"))
		return false;
	(void)nftwords_take(&t, "-t");
	return nftwords_take(&t, "list") && nftwords_take(&t, "set") && say_word(r, &t, "table_family") &&
	       take_name(r, &t, "table") && take_name(r, &t, "addr_set") && nftwords_end(&t);
}

/* The plan. */

static bool
plan_make(struct reading *r, struct nft_plan *out)
{
	bool by_port = r->match == MATCH_PROTOCOL || r->match == MATCH_ANY_PROTOCOL;
	struct slice chain = SLICE_EMPTY;
	struct diag d;

	diag_init(&d);
	if (!r->rule || buf_refused(&r->protocols) ||
	    !say(r, "type", by_port ? SLICE("multiport") : SLICE("allports")) ||
	    !say(r, "protocol", r->protocols.n > 0 ? buf_slice(&r->protocols) : SLICE("all")) ||
	    nftplan_make(
		out, r->as, r->addr == ADDR_INET4 ? FAMILY_INET4 : FAMILY_INET6, false, &d) < 0)
		return false;
	out->networks = r->interval;
	out->timeouts = r->timeout;
	/* The plan's own name for it says the hook, too. */
	(void)entry_get(r->as, SLICE("chain"), &chain);
	return words_name(chain, out->chains[0].name, NFT_NAME_MAX);
}

bool
nftscript_parse(struct slice script, struct nft_plan *out, bool *locks)
{
	struct reading r = {.as = entry_new(SLICE("script"))};
	const struct follow_calls calls = {read_command, read_question, NULL, &r};
	bool known;

	buf_init(&r.protocols, FOLLOW_LINE_MAX);
	known = follow(script, &calls) && plan_make(&r, out);
	*locks = r.locks;
	buf_done(&r.protocols);
	entry_unref(r.as);
	return known;
}

static bool
create(struct nft *n, const void *plan)
{
	return nftrule_create(n, plan) == 0;
}

bool
nftscript_run(struct nft **n, struct slice script)
{
	struct nft_plan plan;
	bool locks;

	return nftscript_parse(script, &plan, &locks) && nftlock_run(n, locks, create, &plan);
}
