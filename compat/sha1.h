#ifndef F2B_COMPAT_SHA1_H
#define F2B_COMPAT_SHA1_H

#include "util/slice.h"

/*
 * SHA-1 (FIPS 180-4), for one purpose: fail2ban's database keeps it of a log's first line. It
 * guards nothing here; do not use it where somebody could gain from a collision.
 */
struct sha1 {
	uint32_t h[5];
	uint64_t total_bytes;
	unsigned char block[64];
};

#define SHA1_HEX_SIZE 41

void sha1_init(struct sha1 *s);
void sha1_add(struct sha1 *s, struct slice bytes);

/* Writes the digest in lower-case hex, terminated. s must not be used further. */
void sha1_finish(struct sha1 *s, char hex[SHA1_HEX_SIZE]);

#endif
