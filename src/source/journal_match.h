#ifndef F2B_SOURCE_JOURNAL_MATCH_H
#define F2B_SOURCE_JOURNAL_MATCH_H

#include "util/arena.h"
#include "util/table.h"

/*
 * Which entries of a journal somebody wants, where several read it together. As in libsystemd:
 * words of one field are alternatives, those of different fields must all be there, and "+" parts
 * alternatives.
 * Source: journalctl(1), sd_journal_add_match(3)
 */
struct journal_word {
	struct slice text; /* FIELD=value; SLICE_EMPTY: the next alternative begins */
	struct journal_term *term;
};

struct journal_match {
	struct journal_word *words;
	size_t count, cap;
};

/* What some word asks for; equal words have one. */
struct journal_term {
	struct slice text;
	uint64_t seen; /* the number of the last entry that had it */
};

/* All words of those who read together. A set that is all zero is empty. */
struct journal_terms {
	struct table by_text;
	struct arena arena;
	size_t longest;
	uint64_t entry; /* the number of the present one */
};

/* Whether word is one that libsystemd takes, FIELD=value; "+" is. */
bool journal_match_good(struct slice word);

/* Takes matches apart, each "A=1 B=2 + C=3". The words lie in the arena. */
void journal_match_parse(struct journal_match *out, struct arena *a, const struct slice *matches, size_t count);

/* True if it asks for nothing: then every entry is wanted. */
bool journal_match_any(const struct journal_match *m);

/* Enters the words of m, which must stay for as long as the terms. */
void journal_terms_add(struct journal_terms *t, struct journal_match *m);
void journal_terms_clear(struct journal_terms *t);

/* The next entry has come; it has these fields. */
void journal_terms_entry(struct journal_terms *t);
void journal_terms_field(struct journal_terms *t, struct slice field);

/* Whether m wants it. */
bool journal_match_wants(const struct journal_match *m, const struct journal_terms *t);

#endif
