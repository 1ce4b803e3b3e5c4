/*
 * Any bytes as the format of log lines, up to a NUL, and a message behind it. Claims: a format that
 * is refused is told of; one that is not makes the same line in a buffer that grows and in one that
 * does not; and text without a percent sign stands in it as it is.
 */
#include "util/logformat.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char room[4 * 1024 * 1024];

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of((const char *)data, size), text = SLICE_EMPTY;
	struct logformat_record r = {
	    .when = {INT64_C(1795819755188352)},
	    .level = 25,
	    .level_name = SLICE("NOTICE"),
	    .name = SLICE("fail2ban.actions"),
	};
	struct logformat *f;
	struct buf grows, fixed;
	struct diag d;

	if (size > 8192)
		return 0;
	(void)slice_next(&all, '\0', &text);
	r.message = all;
	diag_init(&d);
	if (logformat_parse(&f, text, &d) < 0) {
		assert(d.text[0] != '\0');
		return 0;
	}
	buf_init(&grows, sizeof(room) - 1);
	buf_fixed(&fixed, room, sizeof(room));
	logformat_add(f, &r, &grows);
	logformat_add(f, &r, &fixed);
	assert(!buf_refused(&grows) && !buf_refused(&fixed));
	assert(slice_eq(buf_slice(&grows), buf_slice(&fixed)));
	text = slice_upto(text, (size_t)slice_find_char(text, '%', 0));
	assert(slice_starts(buf_slice(&grows), text));
	buf_done(&grows);
	logformat_free(f);
	return 0;
}
