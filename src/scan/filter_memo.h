#ifndef F2B_SCAN_FILTER_MEMO_H
#define F2B_SCAN_FILTER_MEMO_H

#include "scan/date.h"
#include "scan/prefilter.h"
#include "util/arena.h"

/*
 * What filters that see the same block can tell each other: what depends on its bytes alone, so that
 * each would find the same. Where a log has one reader it is kept for nobody, so answers about single
 * lines are kept only where the last block, or this one, has had a second.
 *
 * filter.h tells how to make one, and to begin a block; the rest is for the files that make up a
 * filter.
 */

/* The first line from there on in which a regex can match is that of at, which is the end if none is. */
struct memo_hit {
	const char *from, *at;
};

/* Of one prefilter, one behind the other. */
struct memo_hits {
	uint64_t prefilter; /* its serial */
	struct memo_hit *v;
	size_t count, cap;
};

struct memo_answer;
struct memo_piece;

struct filter_memo {
	struct slice block;
	bool known, ascii;
	struct date_run run;
	unsigned readers; /* of this block, so far */
	bool several;     /* the last one had more than one */
	struct memo_hits **hits; /* those in use, and behind them those of former blocks */
	size_t hits_count, hits_made;
	struct memo_piece *pieces; /* of the block; their lines are counted if counted says so */
	size_t piece_cap;
	bool counted;
	/* A hash table of what was asked; older rounds are forgotten. */
	struct memo_answer *answers;
	size_t answer_count, answer_cap;
	uint32_t round;
	struct arena found; /* what lines said, see filter_found.c */
	uint32_t *pairs;
	size_t pair_count, pair_cap;
};

/* How far a filter has looked ahead for the hits of one prefilter. All zero at the begin of a block. */
struct memo_ahead {
	const char *next;
	struct memo_hits *hits;
	size_t index; /* all before are behind us */
};

/* What prefilter_next() says of the lines from p to end, as a place; p only ever grows. */
const char *memo_look_ahead(struct filter_memo *m, struct memo_ahead *a, const struct prefilter *pf,
    const char *p, const char *end);

/* What is asked of which text: a line of the block without its date, or a piece of that. */
struct memo_key {
	uint64_t asked; /* the serial of a regex or prefilter */
	const char *line;
	uint32_t before, after; /* bytes around the date */
	uint32_t base, n;       /* of the piece */
};

/* True if answers are kept, and lines counted for others. */
static inline bool
memo_keeps(const struct filter_memo *m)
{
	return m->several || m->readers > 1;
}

/* How many lines end in a piece of the block. */
size_t memo_count_lines(struct filter_memo *m, struct slice piece);

/* False if there is no answer. pairs are what was kept with it. */
bool memo_recall(const struct filter_memo *m, const struct memo_key *key, uint64_t *answer,
    const uint32_t **pairs);

/* Keeps one that is not there, unless there are too many. Returns room for pairs, or NULL. */
uint32_t *memo_keep(
    struct filter_memo *m, const struct memo_key *key, uint64_t answer, size_t pair_count);

#endif
