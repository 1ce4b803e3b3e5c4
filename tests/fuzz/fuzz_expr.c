/*
 * Any text as an expression or a duration. Claims: what has no value is told of; blanks around it, and a
 * pair of parentheses, change nothing.
 */
#include "config/duration.h"
#include "util/buf.h"

#include <assert.h>
#include <math.h>

#define TEXT_MAX 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pyexpr_name names[] = {
    {"ban.Time", {.i = 600}}, {"ban.Count", {.i = 3}}, {"banFactor", {.is_float = true, .f = 1.5}}};

static int
evaluate(const char *before, struct slice text, const char *after, struct pyexpr_number *out)
{
	struct diag d;
	struct buf whole;
	int r;

	diag_init(&d);
	buf_init(&whole, TEXT_MAX + 10);
	buf_add_cstr(&whole, before);
	buf_add(&whole, text);
	buf_add_cstr(&whole, after);
	r = pyexpr_eval(buf_slice(&whole), names, sizeof(names) / sizeof(names[0]), out, &d);
	assert(r == 0 || d.text[0] != '\0');
	buf_done(&whole);
	return r;
}

static bool
same(const struct pyexpr_number *a, const struct pyexpr_number *b)
{
	if (a->is_float != b->is_float)
		return false;
	return a->is_float ? a->f == b->f || (isnan(a->f) && isnan(b->f)) : a->i == b->i;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	struct pyexpr_number plain, other;
	struct diag d;

	if (size > TEXT_MAX)
		return 0;
	if (evaluate("", text, "", &plain) == 0) {
		assert(evaluate(" ", text, " ", &other) == 0 && same(&plain, &other));
		/* A comment goes to the end of its line; nesting has a limit. */
		if (slice_find_char(text, '#', 0) < 0 && evaluate("(", text, ")", &other) == 0)
			assert(same(&plain, &other));
	}
	diag_init(&d);
	assert(duration_parse(text, &plain, &d) == 0 || d.text[0] != '\0');
	return 0;
}
