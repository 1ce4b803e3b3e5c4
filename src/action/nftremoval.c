#include "action/nftremoval.h"

#include "action/follow.h"
#include "action/nftlock.h"
#include "action/nftrule.h"
#include "action/nftwords.h"
#include "action/words.h"

#include <errno.h>

/* Handles of the rules of the script's set in a ruleset that is made up. */
static const unsigned own_handles[] = {7, 19, 1234};
enum { OWN_RULES = sizeof(own_handles) / sizeof(own_handles[0]), HANDLE_OTHER = 2001, HANDLE_MAX = 3000 };

/* What stands around the set's name in a rule. */
static const struct rule_text {
	const char *match, *verdict;
} rule_texts[] = {
    {"ip saddr", "drop"},
    {"tcp dport 22 ip saddr", "reject with icmp port-unreachable"},
    {"meta l4proto { tcp, udp } th dport { 80, 443 } ip6 saddr", "counter packets 3 bytes 180 drop"},
    {"ip daddr", "accept"},
};
enum { RULE_TEXTS = sizeof(rule_texts) / sizeof(rule_texts[0]) };

/* Other sets: none, one that has nothing to do with it, or many of names that are alike. */
enum others { OTHERS_NONE, OTHERS_ONE, OTHERS_MANY, OTHERS };
static const struct other {
	const char *before, *behind; /* … the name of the script's set */
} itself = {"", ""}, alike[] = {{"", "2"}, {"a", ""}, {"", "-x"}, {"", "_x"}, {"", ".x"}};
enum { ALIKE = sizeof(alike) / sizeof(alike[0]) };

/* Of all the script's commands. */
struct names {
	char family[NFT_NAME_MAX], table[NFT_NAME_MAX], chain[NFT_NAME_MAX], set[NFT_NAME_MAX];
};

/* The script on one ruleset. */
struct trial {
	struct names *names;
	struct slice looked_up; /* the set that the script's filters look for */
	const struct rule_text *text;
	enum others others;
	bool listed;	   /* something was */
	bool table_listed; /* … and the table, after the set went */
	bool locks, flushed, set_gone, table_gone;
	bool rule_gone[OWN_RULES];
};

/* Takes a name over: where another command said it already, it has to be the same. */
static bool
take_name(struct nftwords *w, char name[NFT_NAME_MAX])
{
	struct slice word;

	if (!nftwords_take_any(w, &word))
		return false;
	return name[0] == '\0' ? words_name(word, name, NFT_NAME_MAX) : slice_eq(word, slice_cstr(name));
}

static bool
take_table(struct trial *t, struct nftwords *w)
{
	return take_name(w, t->names->family) && take_name(w, t->names->table);
}

/* What nft prints. */

static void
print_handle(struct buf *out, bool handles, unsigned handle)
{
	if (handles)
		buf_printf(out, " # handle %u", handle);
	buf_add_char(out, '\n');
}

static void
print_rule(const struct trial *t, struct slice set, const struct other *o, unsigned handle, bool handles,
    struct buf *out)
{
	buf_printf(out, "\t\t%s @%s", t->text->match, o->before);
	buf_add(out, set);
	buf_printf(out, "%s %s", o->behind, t->text->verdict);
	print_handle(out, handles, handle);
}

/* To a regex, a dot in the name is any other character as well. */
static void
print_dotted(const struct trial *t, bool handles, struct buf *out)
{
	char name[NFT_NAME_MAX];

	for (size_t i = 0; i < t->looked_up.n; i++)
		name[i] = t->looked_up.p[i] == '.' ? 'x' : t->looked_up.p[i];
	print_rule(t, slice_of(name, t->looked_up.n), &itself, HANDLE_OTHER, handles, out);
}

static void
print_chain(const struct trial *t, bool handles, struct buf *out)
{
	buf_printf(out, "\tchain %s {", t->names->chain);
	print_handle(out, handles, 1);
	buf_add_cstr(out, "\t\ttype filter hook input priority filter - 1; policy accept;\n");
	for (size_t i = 0; i < OWN_RULES; i++)
		if (!t->rule_gone[i])
			print_rule(t, t->looked_up, &itself, own_handles[i], handles, out);
	for (size_t i = 0; i < ALIKE && t->others == OTHERS_MANY; i++)
		print_rule(t, t->looked_up, &alike[i], HANDLE_OTHER, handles, out);
	if (t->others == OTHERS_MANY && slice_find_char(t->looked_up, '.', 0) >= 0)
		print_dotted(t, handles, out);
	buf_add_cstr(out, "\t\tmeta mark set 0x00000001");
	print_handle(out, handles, HANDLE_OTHER);
	buf_add_cstr(out, "\t}\n");
}

static void
print_set(struct slice set, const struct other *o, const char *type, bool handles, struct buf *out)
{
	buf_printf(out, "\tset %s", o->before);
	buf_add(out, set);
	buf_printf(out, "%s {", o->behind);
	print_handle(out, handles, 2);
	buf_printf(out, "\t\ttype %s\n\t}\n\n", type);
}

static void
print_sets(const struct trial *t, bool handles, struct buf *out)
{
	if (!t->set_gone)
		print_set(t->looked_up, &itself, "ipv4_addr", handles, out);
	if (t->others == OTHERS_ONE)
		print_set(SLICE("z"), &itself, "ipv6_addr", handles, out);
	for (size_t i = 0; i < ALIKE && t->others == OTHERS_MANY; i++)
		print_set(t->looked_up, &alike[i], "ipv4_addr", handles, out);
}

static bool
print(void *arg, struct slice line, struct buf *out)
{
	struct trial *t = arg;
	struct nftwords w;
	bool handles, table;

	if (!nftwords_split(&w, line) || !nftwords_take(&w, "nft"))
		return false;
	handles = nftwords_take(&w, "-a");
	if (!nftwords_take(&w, "list"))
		return false;
	table = nftwords_take(&w, "table");
	if ((!table && !nftwords_take(&w, "chain")) || !take_table(t, &w) ||
	    (!table && !take_name(&w, t->names->chain)) || w.at < w.count)
		return false;
	t->listed = true;
	t->table_listed = table && t->set_gone;
	buf_printf(out, "table %s %s {", t->names->family, t->names->table);
	print_handle(out, handles, 1);
	if (table)
		print_sets(t, handles, out);
	print_chain(t, handles, out);
	buf_add_cstr(out, "}\n");
	return true;
}

/* Commands. */

static bool
delete_rule(struct trial *t, struct nftwords *w)
{
	struct slice word;
	uint64_t handle;

	if (!take_name(w, t->names->chain) || !nftwords_take(w, "handle") || !nftwords_take_any(w, &word) ||
	    word.p[0] == '0' || slice_u64(word, HANDLE_MAX, &handle) < 0)
		return false;
	for (size_t i = 0; i < OWN_RULES; i++)
		if (own_handles[i] == handle && !t->rule_gone[i])
			return t->rule_gone[i] = true;
	return false;
}

/* While rules look a set up, it cannot go. */
static bool
delete_set(struct trial *t, struct nftwords *w)
{
	for (size_t i = 0; i < OWN_RULES; i++)
		if (!t->rule_gone[i])
			return false;
	if (t->set_gone || !take_name(w, t->names->set))
		return false;
	return t->set_gone = slice_eq(slice_cstr(t->names->set), t->looked_up);
}

static bool
delete_table(struct trial *t, struct nftwords *w)
{
	(void)w;
	if (!t->table_listed || t->table_gone)
		return false;
	return t->table_gone = true;
}

static bool
flush_set(struct trial *t, struct nftwords *w)
{
	if (t->flushed || !take_name(w, t->names->set))
		return false;
	return t->flushed = true;
}

static bool
run(void *arg, struct slice line)
{
	static const struct {
		const char *verb, *what;
		bool (*run)(struct trial *t, struct nftwords *w);
	} kinds[] = {{"delete", "rule", delete_rule}, {"delete", "set", delete_set},
	    {"delete", "table", delete_table}, {"flush", "set", flush_set}};
	struct trial *t = arg;
	struct nftwords w;

	if (!nftwords_split(&w, line))
		return false;
	if (nftwords_take(&w, "flock"))
		return t->locks = true;
	if (!nftwords_take(&w, "nft"))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (nftwords_next(&w, kinds[i].verb) && w.count > w.at + 1 &&
		    slice_eq(w.v[w.at + 1], slice_cstr(kinds[i].what))) {
			w.at += 2;
			return take_table(t, &w) && kinds[i].run(t, &w) && w.at == w.count;
		}
	return false;
}

/* What stands behind the first "@". */
static struct slice
find_looked_up(struct slice script)
{
	ptrdiff_t at = slice_find_char(script, '@', 0);
	struct slice rest = at < 0 ? SLICE_EMPTY : slice_from(script, (size_t)at + 1);
	size_t n = 0;

	while (n < rest.n && (char_word(rest.p[n]) || rest.p[n] == '-' || rest.p[n] == '.'))
		n++;
	return slice_upto(rest, n);
}

/* True if it takes away all of its own, and the table only if it is the last in it. */
static bool
removes(const struct trial *t)
{
	return t->set_gone && t->table_gone == (t->others == OTHERS_NONE);
}

static bool
only_flushes(const struct trial *t)
{
	return t->flushed && !t->listed;
}

static bool
try_on_all(struct slice script, struct nft_removal *out, struct names *names)
{
	struct slice looked_up = find_looked_up(script);

	if (looked_up.n >= NFT_NAME_MAX)
		return false;
	for (unsigned i = 0; i < RULE_TEXTS * OTHERS; i++) {
		struct trial t = {.names = names,
		    .looked_up = looked_up,
		    .text = &rule_texts[i / OTHERS],
		    .others = i % OTHERS};
		const struct follow_calls calls = {run, NULL, print, &t};

		if (!follow(script, &calls))
			return false;
		out->locks = t.locks;
		out->flushes = t.flushed;
		if (t.flushed)
			return only_flushes(&t);
		if (!removes(&t))
			return false;
	}
	return true;
}

bool
nftremoval_parse(struct slice script, struct nft_removal *out)
{
	struct nft_removal r = {.flushes = false};
	struct nft_plan *p = &r.plan;
	struct names names = {.family = ""};
	int family;

	if (!try_on_all(script, &r, &names))
		return false;
	family = nft_family(slice_cstr(names.family));
	if (family < 0)
		return false;
	p->set.family = (uint8_t)family;
	memcpy(p->set.table, names.table, sizeof(names.table));
	memcpy(p->set.set, names.set, sizeof(names.set));
	memcpy(p->chains[0].name, names.chain, sizeof(names.chain));
	p->chain_count = r.flushes ? 0 : 1;
	*out = r;
	return true;
}

/* That a set is gone, or none, is for a shell to say; and that it cannot go. */
static bool
take_away(struct nft *n, const void *removal)
{
	const struct nft_removal *r = removal;
	struct nft_set_kind kind;

	if (nft_set_kind(n, &r->plan.set, &kind) < 0 || (kind.flags & NFT_SET_MAP) != 0)
		return false;
	if (r->flushes)
		return nftrule_flush(n, &r->plan) == 0;
	return nftrule_remove(n, &r->plan) == 0 && nft_set_kind(n, &r->plan.set, &kind) == -ENOENT;
}

bool
nftremoval_run(struct nft **n, struct slice script)
{
	struct nft_removal r;

	return nftremoval_parse(script, &r) && nftlock_run(n, r.locks, take_away, &r);
}
