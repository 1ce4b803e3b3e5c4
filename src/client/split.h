#ifndef F2B_CLIENT_SPLIT_H
#define F2B_CLIENT_SPLIT_H

#include "value/value.h"

/* The words of a line, as a shell splits it; NULL if a quote is not closed. They live in a. */
struct value *split_words(struct arena *a, struct slice line);

#endif
