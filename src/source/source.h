#ifndef F2B_SOURCE_SOURCE_H
#define F2B_SOURCE_SOURCE_H

#include "util/diag.h"
#include "util/time.h"

/*
 * Where lines come from. A source reads bytes, cuts lines, and hands them to the sink of whoever
 * opened it; it knows nothing of what they mean.
 */
struct source_line {
	struct slice text;	/* without newline; lent for the call */
	uint64_t offset;	/* in the file, of the byte behind the line: where to resume */
	bool live;		/* false for content that was there before we opened */
	bool cut;		/* longer than SOURCE_LINE_MAX: text is its beginning, and not to be judged by */
	bool again;		/* a former run, which ended in a crash, had it already */
};

/*
 * The longest line that is looked at. Of a longer one nothing is: cut short, the address at its end would be
 * what a client wrote there.
 */
#define SOURCE_LINE_MAX ((size_t)2 * 1024 * 1024)

/* Bytes that were read together. Those with the same serial are at the same place and the same. */
struct source_block {
	struct slice bytes;
	uint64_t serial;
};

struct source_sink {
	/* The next lines come from this block, one after the other, until pause(). May be NULL. */
	void (*block)(struct source_sink *sink, const struct source_block *block);
	/*
	 * Asked before each line of a block: how many bytes of rest, which begins with it, need not be
	 * cut into lines, and how many lines they are. May be NULL.
	 */
	size_t (*skip)(struct source_sink *sink, struct slice rest, bool live, size_t *lines);
	void (*line)(struct source_sink *sink, const struct source_line *line);
	/*
	 * Something the log should tell, in fail2ban's words: level is one of util/log.h, module
	 * "filter" or the like.
	 */
	void (*note)(struct source_sink *sink, int level, const char *module, const char *text);
	/* A block of lines was handed over; nothing more comes in this turn. May be NULL. */
	void (*pause)(struct source_sink *sink);
	/*
	 * The log was rotated or truncated: what was handed over may not be there to be read once more. May
	 * be NULL.
	 */
	void (*gone)(struct source_sink *sink);
};

#endif
