#ifndef F2B_CONFIG_YAMLTREE_H
#define F2B_CONFIG_YAMLTREE_H

#include "config/load.h"

/*
 * The text of a YAML file as a tree of nodes, each with its place. All scalars are text as it is
 * written: 010, no and null are no numbers, truths or nothing here.
 *
 * Of YAML there is what a configuration needs: one document; no anchors, aliases and tags, so that
 * nothing is copied and a small file stays small; YAMLTREE_MAX_DEPTH lists and maps in each other.
 */
#define YAMLTREE_MAX_DEPTH 8
#define YAMLTREE_MAX_NODES 262144

enum yamltree_kind { YAMLTREE_SCALAR, YAMLTREE_LIST, YAMLTREE_MAP };

struct yamltree_node {
	enum yamltree_kind kind;
	struct place at;
	struct traced text;	     /* of a scalar; of a block without the newlines at its end */
	struct yamltree_node *first; /* item of a list; of a map a key, which its value follows */
	struct yamltree_node *next;
};

/*
 * Reads text, which lives as long as the arena, into *root; NULL for a file without content.
 * Returns 0, or -EINVAL or -EILSEQ after the first mistake was reported.
 */
int yamltree_parse(
    struct load *l, struct slice text, const char *file, struct yamltree_node **root);

#endif
