/*
 * The first byte gives flags, the rest is a regex. What is translated compiles with PCRE2, but
 * for limits of size; for lines of ASCII and for all others alike.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <assert.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "compat/pyre.h"
#include "util/escape.h"

static int
too_large(int error)
{
	return error == PCRE2_ERROR_PATTERN_TOO_LARGE || error == PCRE2_ERROR_HEAP_FAILED ||
	       error == PCRE2_ERROR_PATTERN_TOO_COMPLICATED ||
	       error == PCRE2_ERROR_LOOKBEHIND_TOO_LONG ||
	       error == PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED ||
	       error == PCRE2_ERROR_PATTERN_STRING_TOO_LONG;
}

/* Returns what pyre_translate() did. */
static int
check(struct slice regex, unsigned flags)
{
	struct pyre_groups groups;
	struct arena arena;
	struct diag d;
	struct buf out;
	size_t at;
	int r;

	arena_init(&arena);
	buf_init(&out, 1 << 20);
	diag_init(&d);
	r = pyre_translate(&arena, regex, flags, &out, &groups, &at, &d);
	assert(r == 0 || (d.set && (at <= regex.n || at == SIZE_MAX)));
	if (r == 0) {
		struct slice text = buf_slice(&out);
		PCRE2_SIZE offset;
		uint32_t captures = 0;
		int error;
		pcre2_code *code = pcre2_compile(
		    (PCRE2_SPTR)text.p, text.n, pyre_options(flags), &error, &offset, NULL);

		if (code == NULL && !too_large(error)) {
			fprintf(stderr, "error %d at %zu: %s\n", error, offset, buf_cstr(&out));
			abort();
		}
		if (code != NULL) {
			(void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
			assert(captures == groups.groups);
		}
		pcre2_code_free(code);
	}
	buf_done(&out);
	arena_done(&arena);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice regex;
	uint32_t code;
	unsigned flags;

	if (size < 1 || size > 2000)
		return 0;
	regex = slice_of((const char *)data + 1, size - 1);
	/* Configuration is UTF-8 when it comes here. */
	for (struct slice rest = regex; rest.n > 0;) {
		size_t n = utf8_next(rest, &code);

		if (n == 0)
			return 0;
		rest = slice_from(rest, n);
	}
	/* Both forms agree on what is a regex. */
	flags = data[0] & PYRE_MULTILINE;
	assert(check(regex, flags | PYRE_ASCII) == check(regex, flags));
	return 0;
}
