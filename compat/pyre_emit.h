#ifndef F2B_COMPAT_PYRE_EMIT_H
#define F2B_COMPAT_PYRE_EMIT_H

#include "compat/pyre_reader.h"

/* Characters and classes of characters in PCRE2's notation, as the flags in force want them. */
struct pyre_range {
	uint32_t from, to;
};

/* What a category is in this scope: ranges, or a Unicode property that ranges can't tell. */
struct pyre_category {
	const struct pyre_range *ranges;
	size_t count;
	const char *items; /* for within [ ], where ranges is NULL */
};

/* Case is ours to care for where Python knows only ASCII's and PCRE2 would know all. */
bool pyre_own_case(const struct pyre_parser *p);

/* Case does not matter, by Unicode's rules. */
bool pyre_full_case(const struct pyre_parser *p);

/* Those of flags that PCRE2 is told of. */
unsigned pyre_passed_flags(const struct pyre_parser *p, unsigned flags);

/* The character itself, whatever the flags. */
void pyre_add_code(struct pyre_parser *p, uint32_t code);

/* The ASCII letter that a character beyond ASCII equals when case is ignored, or 0. */
char pyre_ascii_twin(uint32_t code);

bool pyre_surrogate(uint32_t code);

/* One character that no subject has; it still counts as one in a lookbehind. */
void pyre_add_never(struct pyre_parser *p);

/* A character that is to match as the flags say. */
void pyre_add_literal(struct pyre_parser *p, uint32_t code);

/* letter is d, s or w; the functions below also take capitals where they say so. */
struct pyre_category pyre_category(const struct pyre_parser *p, char letter);
void pyre_add_range(struct pyre_parser *p, uint32_t from, uint32_t to);
void pyre_add_category_items(struct pyre_parser *p, char letter);

/* What is left between the ranges; only for categories that have ranges. */
void pyre_add_category_gaps(struct pyre_parser *p, const struct pyre_category *c);

/* \d, \D and the like outside of [ ]. */
void pyre_add_category(struct pyre_parser *p, char letter);

/*
 * \b by what Python calls a word. Where only ASCII is seen PCRE2 means the same; elsewhere its
 * idea of a word grew with its version, so the boundary is spelt out.
 */
void pyre_add_boundary(struct pyre_parser *p, bool not_one);

#endif
