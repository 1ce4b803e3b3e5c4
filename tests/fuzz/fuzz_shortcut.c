/*
 * The input is a regex, a newline, and lines. Claims: on a line of ASCII it finds the same with the shortcuts
 * that are taken after some searches, without them, and where it must not be known that the line is ASCII.
 */
#include "scan/pattern.h"
#include "util/escape.h"

#include <assert.h>
#include <stdlib.h>

/* Shortcuts come after fewer searches than these. */
#define SEARCHES_BEFORE 70

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_utf8(struct slice s)
{
	uint32_t code;
	size_t n = 1;

	for (; s.n > 0 && n > 0; s = slice_from(s, n))
		n = utf8_next(s, &code);
	return n > 0;
}

static int
search(struct pattern *p, struct matcher *m, struct slice text, bool ascii, struct buf *out)
{
	int r;

	buf_clear(out);
	matcher_begin(m);
	r = pattern_search(p, m, text, ascii);
	for (unsigned g = 0; r > 0 && g <= p->code->all_groups; g++) {
		size_t start, end;

		if (matcher_group(m, g, &start, &end))
			buf_printf(out, " %u=%zu-%zu", g, start, end);
	}
	return r;
}

static void
compare(struct pattern *plain, struct pattern *sooner, struct matcher *m, struct slice line)
{
	struct buf want, got;
	int r, other;

	buf_init(&want, (size_t)1024 * 1024);
	buf_init(&got, (size_t)1024 * 1024);
	r = search(plain, m, line, true, &want);
	for (int ascii = 0; ascii < 2; ascii++) {
		other = search(sooner, m, line, ascii == 1, &got);
		/* What takes too long in one way may not in the other. */
		if (r >= 0 && other >= 0)
			assert(r == other && slice_eq(buf_slice(&want), buf_slice(&got)));
	}
	buf_done(&want);
	buf_done(&got);
}

static void
compare_all(struct pattern *plain, struct pattern *sooner, struct slice lines)
{
	struct matcher *m = matcher_new();
	struct slice line;

	for (int i = 0; i < SEARCHES_BEFORE; i++) {
		matcher_begin(m);
		(void)pattern_search(sooner, m, SLICE("a"), true);
	}
	while (slice_next(&lines, '\n', &line))
		if (utf8_ascii(line) == line.n)
			compare(plain, sooner, m, line);
	matcher_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size), regex = SLICE_EMPTY;
	struct pattern *plain = NULL, *sooner = NULL;
	struct buf commented;

	if (size > 4000 || !slice_next(&rest, '\n', &regex) || !is_utf8(regex))
		return 0;
	/* A regex with a comment is left as it is. */
	buf_init(&commented, 5000);
	buf_add_cstr(&commented, "(?#)");
	buf_add(&commented, regex);
	if (pattern_new(&sooner, regex, 0, (struct place){0}, NULL) == 0 &&
	    pattern_new(&plain, buf_slice(&commented), 0, (struct place){0}, NULL) == 0)
		compare_all(plain, sooner, rest);
	pattern_free(plain);
	pattern_free(sooner);
	buf_done(&commented);
	return 0;
}
