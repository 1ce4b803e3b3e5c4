#ifndef F2B_ACTION_NFTWORDS_H
#define F2B_ACTION_NFTWORDS_H

#include "util/slice.h"

/* A command of nft, as nft reads it: words, and "{", "}", ";" and "," wherever they stand. */
#define NFTWORDS_MAX 160

struct nftwords {
	struct slice v[NFTWORDS_MAX];
	size_t count, at;
};

/* The words lie in line. False if there are too many. */
bool nftwords_split(struct nftwords *w, struct slice line);

/* True if the next is this one, and takes it. */
bool nftwords_next(const struct nftwords *w, const char *word);
bool nftwords_take(struct nftwords *w, const char *word);

/* Takes the next, but for "{" and its like. */
bool nftwords_take_any(struct nftwords *w, struct slice *word);

/* True at the end of a command; nft takes several of them at once. */
bool nftwords_end(const struct nftwords *w);

#endif
