#ifndef F2B_TESTS_DRAW_H
#define F2B_TESTS_DRAW_H

/* Random cases, the same each time unless F2B_SEED says otherwise. For one source each. */

#include <stdio.h>
#include <stdlib.h>

static unsigned long long seed;

/* From 0 to n - 1. */
static inline unsigned
draw(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static inline void
draw_begin(void)
{
	seed = getenv("F2B_SEED") != NULL ? strtoull(getenv("F2B_SEED"), NULL, 10) : 1;
	(void)printf("seed %llu\n", seed);
}

/* How many cases to try. */
static inline unsigned long
draw_count(unsigned long usual)
{
	return getenv("F2B_COUNT") != NULL ? strtoul(getenv("F2B_COUNT"), NULL, 10) : usual;
}

#endif
