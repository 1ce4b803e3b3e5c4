#include "action/nftwords.h"

static bool
mark(char c)
{
	return c == '{' || c == '}' || c == ';' || c == ',';
}

bool
nftwords_split(struct nftwords *w, struct slice line)
{
	size_t at = 0, start;

	w->count = w->at = 0;
	for (;;) {
		while (at < line.n && char_blank(line.p[at]))
			at++;
		if (at == line.n)
			return true;
		start = at++;
		if (!mark(line.p[start]))
			while (at < line.n && !char_blank(line.p[at]) && !mark(line.p[at]))
				at++;
		if (w->count == NFTWORDS_MAX)
			return false;
		w->v[w->count++] = slice_of(line.p + start, at - start);
	}
}

bool
nftwords_next(const struct nftwords *w, const char *word)
{
	return w->at < w->count && slice_eq(w->v[w->at], slice_cstr(word));
}

bool
nftwords_take(struct nftwords *w, const char *word)
{
	if (!nftwords_next(w, word))
		return false;
	w->at++;
	return true;
}

bool
nftwords_take_any(struct nftwords *w, struct slice *word)
{
	if (w->at >= w->count || mark(w->v[w->at].p[0]))
		return false;
	*word = w->v[w->at++];
	return true;
}

bool
nftwords_end(const struct nftwords *w)
{
	return w->at == w->count || nftwords_next(w, ";");
}
