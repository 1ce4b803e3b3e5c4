#include "action/form.h"

#include <assert.h>

/* True if the word is the brace, quoted so that it is no word of the shell's own, or bare. */
static bool
brace(struct slice word, char c)
{
	const char quoted[4][4] = {{c}, {'\\', c}, {'\'', c, '\''}, {'"', c, '"'}};

	for (size_t i = 0; i < 4; i++)
		if (slice_eq(word, slice_cstr(quoted[i])))
			return true;
	return false;
}

static bool
parse_nft(const struct words *w, struct form *out)
{
	int family;

	if (w->count != 9 || !words_is(w, 0, "nft") || !words_is(w, 2, "element") ||
	    !brace(w->v[6], '{') || !brace(w->v[8], '}'))
		return false;
	out->kind = FORM_NFT;
	out->add = words_is(w, 1, "add");
	family = nft_family(w->v[3]);
	if ((!out->add && !words_is(w, 1, "delete")) || family < 0)
		return false;
	out->nft.family = (uint8_t)family;
	return words_name(w->v[4], out->nft.table, sizeof(out->nft.table)) &&
	    words_name(w->v[5], out->nft.set, sizeof(out->nft.set)) &&
	    words_addr(w->v[7], &out->addr);
}

/* What stands where a ban's time is to be none if ip_set does not take it; the time in place of "N". */
#define AT_MOST "[ \"N\" -le 2147483 ] && echo \"N\" || echo 0)"
#define UNENDING "$([ \"N\" -ge 0 ] && " AT_MOST
static const struct {
	struct slice text;
	bool unending;
} capped_forms[] = {
    {{"$(" AT_MOST, sizeof("$(" AT_MOST) - 1}, false},	/* of the stock actions, when they are told to use timeouts */
    {{UNENDING, sizeof(UNENDING) - 1}, true},	/* of our own */
};

/* True if the text is the form with the number in all its places. */
static bool
is_form(struct slice text, struct slice form, struct slice number)
{
	struct buf whole;
	bool same;

	buf_init(&whole, 256);
	for (size_t i = 0; i < form.n; i++)
		if (form.p[i] == 'N')
			buf_add(&whole, number);
		else
			buf_add_char(&whole, form.p[i]);
	same = !buf_refused(&whole) && slice_eq(text, buf_slice(&whole));
	buf_done(&whole);
	return same;
}

static bool
parse_capped(struct slice text, struct form *out)
{
	struct slice rest = text, number;
	uint64_t n;

	if (!slice_next(&rest, '"', &number) || !slice_next(&rest, '"', &number) ||
	    slice_u64(number, INT64_MAX, &n) < 0)
		return false;
	out->capped = true;
	out->timeout_s = n <= IPSET_TIMEOUT_MAX_S ? n : 0;
	for (size_t i = 0; i < sizeof(capped_forms) / sizeof(capped_forms[0]); i++)
		if (is_form(text, capped_forms[i].text, number)) {
			out->unending = capped_forms[i].unending;
			return true;
		}
	return false;
}

static bool
parse_timeout(const struct words *w, size_t at, size_t end, struct form *out)
{
	if (at == end)
		return true;
	out->timed = true;
	if (!out->add || !words_is(w, at, "timeout"))
		return false;
	if (end == at + 2)
		return slice_u64(w->v[at + 1], IPSET_TIMEOUT_MAX_S, &out->timeout_s) == 0;
	return end == w->count && parse_capped(words_rest(w, at + 1), out);
}

/* Without "-exist" it is an error that an element is there already, or is not: left to ipset. */
static bool
parse_ipset(const struct words *w, struct form *out)
{
	bool first = words_is(w, 1, "-exist");
	size_t at = first ? 2 : 1, end = w->count;

	if (w->count < 5 || !words_is(w, 0, "ipset") || (!first && !words_is(w, end - 1, "-exist")))
		return false;
	end -= first ? 0 : 1;
	out->kind = FORM_IPSET;
	out->add = words_is(w, at, "add");
	/* What a network means depends on the set: one element, or all its addresses. */
	return (out->add || words_is(w, at, "del")) && end >= at + 3 &&
	    words_name(w->v[at + 1], out->ipset, sizeof(out->ipset)) &&
	    words_addr(w->v[at + 2], &out->addr) && !addr_network(&out->addr) &&
	    parse_timeout(w, at + 3, end, out);
}

#define RESTORE "-restore"

/* "iptables-restore" of "iptables", with what follows the program about the lock. */
static bool
parse_program(const struct words *w, size_t *at, struct form *out)
{
	struct slice name = w->v[0], seconds = SLICE_EMPTY;
	uint64_t n;
	bool wait;

	for (size_t i = 0; i < w->v[0].n; i++)
		if (w->v[0].p[i] == '/')
			name = slice_from(w->v[0], i + 1);
	if (!words_plain(w->v[0]) ||
	    (!slice_eq(name, SLICE("iptables")) && !slice_eq(name, SLICE("ip6tables"))))
		return false;
	*at = 1;
	wait = words_is(w, 1, "-w") || words_is(w, 1, "--wait");
	*at += wait;
	if (wait && *at < w->count && slice_u64(w->v[*at], 100000, &n) == 0)
		seconds = w->v[(*at)++];
	return snprintf(out->rule.program, FORM_RULE_MAX, "%.*s" RESTORE "%s%s%.*s",
		   SLICE_ARG(w->v[0]), wait ? " -w" : "", seconds.n > 0 ? " " : "",
		   SLICE_ARG(seconds)) < FORM_RULE_MAX;
}

/* Words from one on, up to another, parted by single blanks. */
static bool
join(const struct words *w, size_t from, size_t to, char out[FORM_RULE_MAX])
{
	struct buf b;
	bool fits = true;

	buf_init(&b, FORM_RULE_MAX - 1);
	for (size_t i = from; i < to; i++) {
		/* Another table is none that we speak of. */
		if (!words_plain(w->v[i]) || words_is(w, i, "-t") || words_is(w, i, "--table") ||
		    words_is(w, i, "-w") || words_is(w, i, "--wait"))
			fits = false;
		if (i > from)
			buf_add_char(&b, ' ');
		buf_add(&b, w->v[i]);
	}
	fits = fits && !buf_refused(&b) && b.n > 0;
	if (fits)
		memcpy(out, buf_cstr(&b), b.n + 1);
	buf_done(&b);
	return fits;
}

static bool
parse_iptables(const struct words *w, struct form *out)
{
	uint64_t number;
	size_t at, start;

	if (w->count < 7 || !parse_program(w, &at, out))
		return false;
	out->kind = FORM_IPTABLES;
	start = at;
	out->add = !words_is(w, at, "-D");
	if (out->add && !words_is(w, at, "-I") && !words_is(w, at, "-A"))
		return false;
	at++;
	if (at >= w->count || !words_name(w->v[at++], out->rule.chain, FORM_CHAIN_MAX))
		return false;
	if (words_is(w, start, "-I") && at < w->count && slice_u64(w->v[at], 1000000, &number) == 0)
		at++;
	return words_is(w, at, "-s") && words_is(w, at + 2, "-j") && at + 3 < w->count &&
	    join(w, start, at + 1, out->rule.before) && words_addr(w->v[at + 1], &out->addr) &&
	    join(w, at + 2, w->count, out->rule.after);
}

bool
form_parse(struct slice text, struct form *out)
{
	static bool (*const parsers[])(const struct words *w, struct form *out) = {
	    parse_nft, parse_ipset, parse_iptables};
	struct words w;

	words_split(&w, text);
	for (size_t i = 0; w.count > 0 && i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		*out = (struct form){0};
		if (parsers[i](&w, out))
			return true;
	}
	*out = (struct form){0};
	return false;
}

bool
form_same_place(const struct form *a, const struct form *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case FORM_NFT:
		return nft_set_name_eq(&a->nft, &b->nft);
	case FORM_IPSET:
		return strcmp(a->ipset, b->ipset) == 0;
	case FORM_IPTABLES:
		return strcmp(a->rule.program, b->rule.program) == 0 &&
		    strcmp(a->rule.chain, b->rule.chain) == 0;
	default:
		return false;
	}
}

void
form_program(const struct form *f, struct buf *out)
{
	struct slice program = slice_cstr(f->rule.program);
	ptrdiff_t end = slice_find(program, SLICE(RESTORE), 0);

	assert(end >= 0);
	buf_add(out, slice_upto(program, (size_t)end));
	buf_add(out, slice_from(program, (size_t)end + SLICE(RESTORE).n));
}

bool
form_run(struct nft **n, struct slice text)
{
	struct form f;
	struct nft_set_kind kind;
	struct nft_change change;
	size_t failed;

	if (!form_parse(text, &f) || f.kind != FORM_NFT || (*n == NULL && nft_share(n) < 0))
		return false;
	change = (struct nft_change){.set = &f.nft, .kind = &kind, .addr = f.addr, .add = f.add};
	return nft_set_kind(*n, &f.nft, &kind) == 0 && nft_set_takes_addr(&kind, &f.addr) &&
	    nft_elements(*n, &change, 1, &failed) == 0;
}
