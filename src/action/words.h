#ifndef F2B_ACTION_WORDS_H
#define F2B_ACTION_WORDS_H

#include "util/addr.h"

/*
 * A command's text as words, for those who look for a form that they know. Words are parted by blanks
 * and tabs; a line feed, which would end the command, stays in its word and makes it unknown.
 */
#define WORDS_MAX 32

struct words {
	struct slice text;	/* trimmed */
	struct slice v[WORDS_MAX];
	size_t count;	/* 0 if there are more than WORDS_MAX */
};

void words_split(struct words *w, struct slice text);

/* True if word i is there and is this one. */
bool words_is(const struct words *w, size_t i, const char *word);

/* All from word i on, as it stands in the text; empty if there is none. */
struct slice words_rest(const struct words *w, size_t i);

/*
 * Copies a name of letters, digits, "_", "-" and "." that begins with a letter. False if the word is
 * none, or too long for size bytes with the NUL.
 */
bool words_name(struct slice word, char *out, size_t size);

/* True if no shell sees more in the word than the word: letters, digits and "_-.:/,=". */
bool words_plain(struct slice word);

/* An address or network in its canonical spelling. */
bool words_addr(struct slice word, struct addr *out);

#endif
