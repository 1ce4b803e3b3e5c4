#include "action/nftform.h"

static bool
name_take(struct slice word, char out[NFT_NAME_MAX])
{
	if (word.n == 0 || word.n >= NFT_NAME_MAX || !char_alpha(word.p[0]))
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (!char_word(word.p[i]) && word.p[i] != '-' && word.p[i] != '.')
			return false;
	memcpy(out, word.p, word.n);
	out[word.n] = '\0';
	return true;
}

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
address_take(struct slice word, struct addr *out)
{
	char text[ADDR_TEXT_MAX];

	return addr_parse(word, out) == 0 && slice_eq(addr_text(out, text), word);
}

/* The next word; parted by blanks and tabs only, as a line feed would end the command. */
static bool
word_next(struct slice *rest, struct slice *word)
{
	size_t n = 0;

	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = slice_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*word = slice_upto(*rest, n);
	*rest = slice_from(*rest, n);
	return n > 0;
}

bool
nftform_parse(struct slice text, struct nft_form *out)
{
	struct slice rest = slice_trim(text), w[9], more;
	int family;

	for (size_t i = 0; i < 9; i++)
		if (!word_next(&rest, &w[i]))
			return false;
	if (word_next(&rest, &more) || !slice_eq(w[0], SLICE("nft")) ||
	    !slice_eq(w[2], SLICE("element")) || !brace(w[6], '{') || !brace(w[8], '}'))
		return false;
	out->add = slice_eq(w[1], SLICE("add"));
	family = nft_family(w[3]);
	if ((!out->add && !slice_eq(w[1], SLICE("delete"))) || family < 0)
		return false;
	out->set.family = (uint8_t)family;
	return name_take(w[4], out->set.table) && name_take(w[5], out->set.set) &&
	    address_take(w[7], &out->addr);
}

bool
nftform_run(struct nft **n, struct slice text)
{
	struct nft_form f;
	struct nft_set_kind kind;
	struct nft_change change;
	size_t failed;

	if (!nftform_parse(text, &f) || (*n == NULL && nft_share(n) < 0))
		return false;
	change = (struct nft_change){
	    .set = &f.set, .kind = &kind, .addr = f.addr, .add = f.add};
	/* A network in a set of single addresses is nft's to refuse, in its words. */
	return nft_set_kind(*n, &f.set, &kind) == 0 && nft_set_takes(&kind, f.addr.family) &&
	    ((kind.flags & NFT_SET_INTERVAL) != 0 || !addr_network(&f.addr)) &&
	    nft_elements(*n, &change, 1, &failed) == 0;
}
