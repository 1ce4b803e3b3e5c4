#ifndef F2B_SOURCE_KMSG_RECORD_H
#define F2B_SOURCE_KMSG_RECORD_H

#include "util/time.h"

/*
 * One record of /dev/kmsg:
 *
 *	PRIORITY,NUMBER,MICROSECONDS,FLAGS[,...];TEXT
 *	 KEY=VALUE
 *
 * where TEXT has bytes that are not printable, and backslashes, as \xNN.
 * Source: the kernel's Documentation/ABI/testing/dev-kmsg
 */
struct kmsg_record {
	unsigned facility;	/* of syslog(3), without the severity; 0 is the kernel's own */
	uint64_t number;	/* of this boot's records, without gaps */
	struct span since_boot;
	struct slice text;	/* still with its \xNN; lent by what was parsed */
};

/* -EBADMSG if it is none. */
int kmsg_record_parse(struct slice bytes, struct kmsg_record *out);

/* Adds the text with its \xNN replaced. */
void kmsg_text_format(struct buf *out, struct slice text);

#endif
