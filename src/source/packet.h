#ifndef F2B_SOURCE_PACKET_H
#define F2B_SOURCE_PACKET_H

#include "util/buf.h"

/*
 * A packet as netfilter's LOG target prints it when it has no options:
 *
 *	PREFIX IN=eth0 OUT= MAC=... SRC=192.0.2.7 DST=192.0.2.1 LEN=60 TOS=0x00 ... PROTO=TCP SPT=...
 *
 * Source: lines of the kernel beside NFLOG's copies of the same packets.
 */
#define PACKET_BYTES ((size_t)128)	/* the headers, and those within an ICMP error */

struct packet {
	struct slice prefix;		/* of the rule */
	struct slice in, out;		/* names of interfaces; empty if there is none */
	struct slice physical_in, physical_out;	/* the ports of a bridge */
	struct slice hardware;		/* the link layer's header */
	bool ipv6;
	struct slice payload;		/* from the IP header on, cut to PACKET_BYTES */
	uint32_t mark;
};

/* The blank at the end is the kernel's. */
void packet_format(struct buf *out, const struct packet *p);

#endif
