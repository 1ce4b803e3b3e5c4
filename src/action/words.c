#include "action/words.h"

void
words_split(struct words *w, struct slice text)
{
	size_t at = 0;

	*w = (struct words){.text = slice_trim(text)};
	for (;;) {
		size_t start;

		while (at < w->text.n && char_blank(w->text.p[at]))
			at++;
		if (at == w->text.n)
			return;
		if (w->count == WORDS_MAX) {
			w->count = 0;
			return;
		}
		for (start = at; at < w->text.n && !char_blank(w->text.p[at]);)
			at++;
		w->v[w->count++] = slice_of(w->text.p + start, at - start);
	}
}

bool
words_is(const struct words *w, size_t i, const char *word)
{
	return i < w->count && slice_eq(w->v[i], slice_cstr(word));
}

struct slice
words_rest(const struct words *w, size_t i)
{
	return i < w->count ? slice_from(w->text, (size_t)(w->v[i].p - w->text.p)) : SLICE_EMPTY;
}

bool
words_name(struct slice word, char *out, size_t size)
{
	if (word.n == 0 || word.n >= size || !char_alpha(word.p[0]))
		return false;
	for (size_t i = 0; i < word.n; i++)
		if (!char_word(word.p[i]) && word.p[i] != '-' && word.p[i] != '.')
			return false;
	memcpy(out, word.p, word.n);
	out[word.n] = '\0';
	return true;
}

bool
words_plain(struct slice word)
{
	static const char others[] = {'-', '.', ':', '/', ',', '='};

	for (size_t i = 0; i < word.n; i++)
		if (!char_word(word.p[i]) && memchr(others, word.p[i], sizeof(others)) == NULL)
			return false;
	return word.n > 0;
}

bool
words_addr(struct slice word, struct addr *out)
{
	char text[ADDR_TEXT_MAX];

	return addr_parse(word, out) == 0 && slice_eq(addr_text(out, text), word);
}
