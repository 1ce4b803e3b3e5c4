#include "compat/sha1.h"

static uint32_t
rotate(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

/* The round function and constant of step i; section 4.1.1 and 4.2.1 of the standard. */
static uint32_t
mix(unsigned i, uint32_t b, uint32_t c, uint32_t d)
{
	static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

	switch (i / 20) {
	case 0:
		return ((b & c) | (~b & d)) + k[0];
	case 2:
		return ((b & c) | (b & d) | (c & d)) + k[2];
	default:
		return (b ^ c ^ d) + k[i / 20];
	}
}

static void
compress(struct sha1 *s)
{
	uint32_t w[80], v[5];

	for (unsigned i = 0; i < 16; i++) {
		const unsigned char *p = s->block + (size_t)4 * i;

		w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	}
	for (unsigned i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, s->h, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		uint32_t t = rotate(v[0], 5) + mix(i, v[1], v[2], v[3]) + v[4] + w[i];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = t;
	}
	for (unsigned i = 0; i < 5; i++)
		s->h[i] += v[i];
}

void
sha1_init(struct sha1 *s)
{
	*s = (struct sha1){
	    .h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
	};
}

void
sha1_add(struct sha1 *s, struct slice bytes)
{
	while (bytes.n > 0) {
		size_t at = s->total_bytes % sizeof(s->block);
		struct slice piece = slice_upto(bytes, sizeof(s->block) - at);

		memcpy(s->block + at, piece.p, piece.n);
		s->total_bytes += piece.n;
		bytes = slice_from(bytes, piece.n);
		if (s->total_bytes % sizeof(s->block) == 0)
			compress(s);
	}
}

void
sha1_finish(struct sha1 *s, char hex[SHA1_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t bits = s->total_bytes * 8;
	char length[8];

	sha1_add(s, SLICE("\x80"));
	while (s->total_bytes % sizeof(s->block) != sizeof(s->block) - sizeof(length))
		sha1_add(s, SLICE("\0"));
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (char)(bits >> (56 - 8 * i));
	sha1_add(s, slice_of(length, sizeof(length)));
	for (size_t i = 0; i < SHA1_HEX_SIZE - 1; i++)
		hex[i] = digits[s->h[i / 8] >> (28 - 4 * (i % 8)) & 0xf];
	hex[SHA1_HEX_SIZE - 1] = '\0';
}
