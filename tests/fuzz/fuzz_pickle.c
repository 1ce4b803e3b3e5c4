/*
 * What decodes is within the limits, and encodes to something that decodes to an equal value; what
 * a request may hold, a reply may hold too.
 */
#include "compat/pickle.h"
#include "compat/pyrepr.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
again(struct arena *a, const struct value *v, enum pickle_side side)
{
	struct value *twin;
	struct buf out;

	buf_init(&out, (size_t)1 << 28);
	pickle_encode(&out, v);
	if (!buf_refused(&out)) {
		assert(pickle_decode(a, buf_slice(&out), side, &twin, NULL) == (ptrdiff_t)out.n);
		assert(value_eq(v, twin));
	}
	buf_clear(&out);
	pyrepr_format(&out, v);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	struct arena a;
	struct value *v;
	struct diag d;
	ptrdiff_t r, reply;

	arena_init(&a);
	r = pickle_decode(&a, in, PICKLE_REQUEST, &v, &d);
	if (r >= 0) {
		assert((size_t)r <= size);
		again(&a, v, PICKLE_REQUEST);
	}
	reply = pickle_decode(&a, in, PICKLE_REPLY, &v, &d);
	assert(r < 0 || r == reply);
	if (reply >= 0)
		again(&a, v, PICKLE_REPLY);
	arena_done(&a);
	return 0;
}
