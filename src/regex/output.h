#ifndef F2B_REGEX_OUTPUT_H
#define F2B_REGEX_OUTPUT_H

#include "regex/hit.h"
#include "util/buf.h"

/*
 * The forms of "-o TOKEN": what is printed of a failure.
 *
 *	id, fid		what failures are counted by
 *	ip		the address that was seen, or else the id
 *	msg		each line that matched
 *	row		[id, time, {groups}], in Python's notation
 *	NAME		the group of that name, or "matches"
 *	text <tags>	with tags as actions have them
 */
void output_hit(struct buf *out, const char *token, const struct hit *hit);

#endif
