#include "util/hash.h"

#include <sys/random.h>

static uint64_t secret[2];

static uint64_t
rotate_left(uint64_t x, unsigned by)
{
	return (x << by) | (x >> (64 - by));
}

/* In line, so that the four words stay in registers. */
static inline __attribute__((always_inline)) void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

/* SipHash-1-3, Aumasson and Bernstein, with the bytes read in the machine's order. */
uint64_t
hash_text(struct slice text)
{
	uint64_t v[4], word = 0;
	size_t i;

	if (secret[0] == 0 && secret[1] == 0)
		while (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
			;
	v[0] = secret[0] ^ 0x736f6d6570736575u;
	v[1] = secret[1] ^ 0x646f72616e646f6du;
	v[2] = secret[0] ^ 0x6c7967656e657261u;
	v[3] = secret[1] ^ 0x7465646279746573u;
	for (i = 0; i + 8 <= text.n; i += 8) {
		memcpy(&word, text.p + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (text.n > i)
		memcpy(&word, text.p + i, text.n - i);
	word |= (uint64_t)text.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
