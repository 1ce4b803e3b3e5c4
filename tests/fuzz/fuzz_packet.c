/*
 * A packet of any bytes: what is printed of it is one line of printable characters, of bounded length,
 * whatever its headers say of themselves.
 */
#include <assert.h>

#include "source/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p = {.in = SLICE("eth0"), .prefix = SLICE("P: ")};
	struct buf out;

	if (size == 0)
		return 0;
	p.ipv6 = data[0] & 1;
	p.payload = slice_upto(slice_of((const char *)data + 1, size - 1), PACKET_BYTES);
	p.hardware = slice_upto(p.payload, data[0] >> 3);
	buf_init(&out, 4096);
	packet_format(&out, &p);
	assert(!buf_refused(&out));
	for (size_t i = 0; i < out.n; i++)
		assert(out.p[i] >= ' ' && out.p[i] <= '~');
	buf_done(&out);
	return 0;
}
