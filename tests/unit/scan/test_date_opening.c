/*
 * Lines that begin in one way are the same ones if they are looked at one by one, byte by byte:
 * random openings and lines. F2B_SEED makes others, F2B_COUNT says how many openings it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scan/date_opening.c"

#include "util/buf.h"
#include "tests/unit/draw.h"

/* Digits at some places, and some of the letters at the last one. */
static void
make_opening(struct date_opening *f)
{
	char text[DATE_OPENING_BYTES];
	size_t n = 1 + draw(draw(2) == 0 ? DATE_OPENING_BYTES : 24);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(' ' + draw(95));
	date_opening_set(f, slice_of(text, n));
	for (unsigned k = draw(3); k > 0; k--) {
		size_t at = draw((unsigned)n), digits = draw((unsigned)(n - at));

		date_opening_allow(f, at, digits < 6 ? digits : 6, '0', draw(2) == 0 ? '5' : '9');
	}
	if (draw(2) == 0)
		f->last[draw(2)] &= ~(UINT64_C(0xffff) << draw(60));
}

/* Of bytes that the opening just allows, and now and then of one that it just does not. */
static void
add_line(struct buf *b, const struct date_opening *f)
{
	size_t n = draw(4) > 0 ? f->n : draw(DATE_OPENING_BYTES), start = b->n;

	for (size_t i = 0; i < n; i++) {
		unsigned char low = f->low[i], high = f->high[i];

		if (i + 1 == f->n)
			buf_add_char(b, (char)(' ' + draw(95)));
		else
			buf_add_char(b, (char)(draw(2) == 0 ? low : high));
	}
	if (n > 0 && draw(30) == 0) {
		size_t at = draw((unsigned)n);

		b->p[start + at] =
		    (char)(b->p[start + at] + (draw(2) == 0 ? 1 : -1) * (1 + (int)draw(3)));
		if (b->p[start + at] == '\n')
			b->p[start + at] = '\x80';
	}
	for (unsigned more = draw(draw(3) == 0 ? 200 : 3); more > 0; more--)
		buf_add_char(b, (char)('!' + draw(100)));
}

static bool
allows(const struct date_opening *f, size_t place, char c)
{
	unsigned char byte = (unsigned char)c;

	if (place + 1 == f->n && (byte > 127 || (f->last[byte / 64] >> byte % 64 & 1) == 0))
		return false;
	return byte >= f->low[place] && byte <= f->high[place];
}

static bool
line_fits(const struct date_opening *f, struct slice line)
{
	for (size_t i = 0; i < f->n; i++)
		if (i >= line.n || !allows(f, i, line.p[i]))
			return false;
	return true;
}

static size_t
first_that_fit(const struct date_opening *f, struct slice lines, size_t *count)
{
	struct slice rest = lines, line, fit = slice_upto(lines, 0);

	while (slice_next(&rest, '\n', &line) && line_fits(f, line) &&
	       line.p + line.n < lines.p + lines.n) {
		fit.n += line.n + 1;
		++*count;
	}
	return fit.n;
}

static void
assert_walk(const struct date_opening *f, struct slice lines, size_t total[2])
{
	size_t want_count = 0, count = 0, singly = 0, want = first_that_fit(f, lines, &want_count);
	const char *line = lines.p;
	struct slice got = date_opening_lines(f, lines, &count);

	assert_ptr_equal(got.p, lines.p);
	assert_int_equal(got.n, want);
	assert_int_equal(count, want_count);
	walk_singly(f, &line, lines.p + lines.n, &singly);
	assert_int_equal(line - lines.p, want);
	assert_int_equal(singly, want_count);
	total[want < lines.n] += count;
}

static void
lines_are_those_that_fit_one_by_one(void **state)
{
	unsigned long count = draw_count(3000);
	size_t total[2] = {0}; /* lines before the end, and before one that does not fit */
	struct buf b;

	(void)state;
	buf_init(&b, 1000000);
	while (count-- > 0) {
		struct date_opening f;
		char *lines;

		make_opening(&f);
		buf_clear(&b);
		for (unsigned n = draw(draw(4) == 0 ? 400 : 30); n > 0; n--) {
			size_t start = b.n;
			struct slice line;

			add_line(&b, &f);
			line = slice_from(buf_slice(&b), start);
			assert_int_equal(date_opening_fits(&f, line), line_fits(&f, line));
			buf_add_char(&b, '\n');
		}
		if (draw(2) == 0)
			add_line(&b, &f);
		/* Of its own size, so that a look behind its end is seen. */
		lines = malloc(b.n + 1);
		memcpy(lines + 1, buf_slice(&b).p, b.n);
		assert_walk(&f, slice_of(lines + 1, b.n), total);
		free(lines);
	}
	buf_done(&b);
	assert_true(total[0] > 1000 && total[1] > 1000);
}

static void
openings_differ_by_what_they_allow(void **state)
{
	struct date_opening a, b;

	(void)state;
	date_opening_set(&a, SLICE("12:00:00 x"));
	b = a;
	assert_true(date_opening_same(&a, &b));
	date_opening_allow(&b, 6, 2, '0', '9');
	assert_false(date_opening_same(&a, &b));
	b = a;
	b.high[3]++;
	assert_false(date_opening_same(&a, &b));
	b = a;
	b.last[1] = 0;
	assert_false(date_opening_same(&a, &b));
	date_opening_set(&b, SLICE("12:00:00 xx"));
	assert_false(date_opening_same(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_those_that_fit_one_by_one),
	    cmocka_unit_test(openings_differ_by_what_they_allow),
	};

	draw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
