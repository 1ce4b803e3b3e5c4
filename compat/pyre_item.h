#ifndef F2B_COMPAT_PYRE_ITEM_H
#define F2B_COMPAT_PYRE_ITEM_H

#include "compat/pyre_reader.h"

/*
 * What a pattern is a sequence of, as it is read: for pyre.c, which reads sequences, and pyre_paren.c,
 * which reads what stands in ( ). Each calls the other.
 */
enum pyre_item_kind {
	PYRE_ITEM_NONE,   /* nothing before: nothing to repeat */
	PYRE_ITEM_ANCHOR, /* matches a place: can't be repeated either */
	PYRE_ITEM_REPEATED,
	PYRE_ITEM_PLAIN,
	PYRE_ITEM_SILENT, /* a comment or flags: leaves the item before as it was */
};

struct pyre_item {
	enum pyre_item_kind kind;
	struct pyre_width width;
	size_t start; /* in the output; set by who reads the sequence */
};

#define PYRE_NOTHING ((struct pyre_item){PYRE_ITEM_NONE, {0, 0}, 0})
#define PYRE_ANCHOR ((struct pyre_item){PYRE_ITEM_ANCHOR, {0, 0}, 0})
#define PYRE_PLAIN ((struct pyre_item){PYRE_ITEM_PLAIN, {1, 1}, 0})
#define PYRE_SILENT ((struct pyre_item){PYRE_ITEM_SILENT, {0, 0}, 0})

/* Items up to "|", ")" or the end. first: the start of the whole pattern. */
struct pyre_width pyre_read_sequence(struct pyre_parser *p, bool first);

/* Sequences with "|" between them. */
struct pyre_width pyre_read_alternatives(struct pyre_parser *p);

/* A reference by number; case as the scope has it. */
struct pyre_item pyre_add_reference(struct pyre_parser *p, unsigned number);

/* Behind "(". */
struct pyre_item pyre_read_paren(struct pyre_parser *p, bool first);

#endif
