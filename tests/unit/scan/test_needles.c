/*
 * Many needles in one pass: both ways of looking for them find what a search for each one finds, at
 * any place of a text. F2B_SEED makes others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scan/automaton.h"
#include "scan/fingerprint.h"
#include "scan/prefilter.h"
#include "tests/unit/draw.h"

#define NEEDLES_MAX 90
#define TEXT_MAX 200

/* Letters of a small alphabet, so that needles overlap and are found; some far from ASCII. */
static void
fill(char *p, size_t n, unsigned letters)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(draw(20) > 0 ? 'a' + draw(letters) : 0xa0 + draw(4));
}

struct set {
	struct needle needles[NEEDLES_MAX];
	char bytes[NEEDLES_MAX][LITERAL_MAX_BYTES];
	size_t count;
};

static void
make_set(struct set *s, unsigned letters)
{
	s->count = draw(4) == 0 ? draw(NEEDLES_MAX + 1) : draw(6);
	for (size_t i = 0; i < s->count; i++) {
		size_t n = LITERAL_MIN_BYTES +
			   draw(draw(4) == 0 ? LITERAL_MAX_BYTES - LITERAL_MIN_BYTES + 1 : 3);

		fill(s->bytes[i], n, letters);
		s->needles[i] = (struct needle){
		    slice_of(s->bytes[i], n), UINT64_C(1) << draw(64)};
	}
}

/* What a search for one after the other finds, and how far from the start the first one ends. */
static uint64_t
find_each(const struct set *s, struct slice text, size_t *first_end)
{
	uint64_t found = 0;

	*first_end = SIZE_MAX;
	for (size_t i = 0; i < s->count; i++) {
		ptrdiff_t at = slice_find(text, s->needles[i].text, 0);

		if (at < 0)
			continue;
		found |= s->needles[i].regexes;
		if ((size_t)at + s->needles[i].text.n < *first_end)
			*first_end = (size_t)at + s->needles[i].text.n;
	}
	return found;
}

/* True if at is within a needle, and none ends before. */
static bool
within_first(const struct set *s, struct slice text, size_t at, size_t first_end)
{
	if (first_end == SIZE_MAX || at == NEEDLE_NONE)
		return first_end == SIZE_MAX && at == NEEDLE_NONE;
	if (at >= text.n || first_end <= at)
		return false;
	for (size_t i = 0; i < s->count; i++) {
		size_t n = s->needles[i].text.n, from = at + 1 > n ? at + 1 - n : 0;
		ptrdiff_t found = slice_find(text, s->needles[i].text, from);

		if (found >= 0 && (size_t)found <= at)
			return true;
	}
	return false;
}

static void
needles_are_found(void **state)
{
	size_t looked = 0;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		unsigned letters = 2 + draw(20);
		struct fingerprints *f;
		struct automaton *a;
		struct set s;

		make_set(&s, letters);
		f = fingerprints_new(s.needles, s.count);
		a = automaton_new(s.needles, s.count);
		for (unsigned n = 0; n < 50; n++) {
			/* Of its own size, so that a look behind its end is seen. */
			size_t length = draw(TEXT_MAX), end;
			char *p = malloc(length + 1);
			struct slice text = slice_of(p, length);
			uint64_t want;

			fill(p, length, letters);
			if (s.count > 0 && length > 0 && draw(2) == 0) {
				struct slice one = s.needles[draw((unsigned)s.count)].text;
				size_t at = draw((unsigned)length);

				memcpy(p + at, one.p, one.n < length - at ? one.n : length - at);
			}
			want = find_each(&s, text, &end);
			if (f != NULL) {
				assert_int_equal(fingerprints_scan(f, text, UINT64_MAX), want);
				assert_true(
				    within_first(&s, text, fingerprints_next(f, text), end));
				looked++;
			}
			if (a != NULL) {
				assert_int_equal(automaton_scan(a, text, UINT64_MAX), want);
				assert_true(within_first(&s, text, automaton_next(a, text), end));
			}
			free(p);
		}
		fingerprints_free(f);
		automaton_free(a);
	}
	if (looked == 0)
		skip(); /* of two ways the machine has one only */
}

/* The same for the literals of regexes. */
static void
all_literals_are_found(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct pattern_code codes[PREFILTER_REGEXES + 3] = {0};
		struct pattern patterns[PREFILTER_REGEXES + 3] = {0}, *list[PREFILTER_REGEXES + 3];
		size_t count = 1 + draw(PREFILTER_REGEXES + 3);
		char line[64];
		struct arena a = {0};
		const struct prefilter *pf;

		for (size_t i = 0; i < count; i++) {
			struct literals *l = &codes[i].literals;

			patterns[i].code = &codes[i];
			codes[i].literals_known = true;
			codes[i].shared.users = 1;
			list[i] = &patterns[i];
			l->count = draw(4);
			l->v = arena_array(&a, l->count, sizeof(*l->v));
			for (size_t k = 0; k < l->count; k++) {
				struct slice s =
				    arena_copy(&a, slice_of("abaabbab" + draw(4), 3 + draw(2)));

				((char *)(uintptr_t)s.p)[draw(3)] = (char)('a' + draw(3));
				l->v[k] = s;
			}
		}
		pf = prefilter_get(list, count);
		for (unsigned n = 0; n < 100; n++) {
			struct slice text = slice_of(line, draw(sizeof(line)));
			uint64_t found;

			for (size_t i = 0; i < text.n; i++)
				line[i] = (char)('a' + draw(4));
			found = prefilter_scan(pf, text);
			for (size_t i = 0; i < count && i < PREFILTER_REGEXES; i++) {
				const struct literals *l = &codes[i].literals;
				bool there = l->count == 0;

				for (size_t k = 0; k < l->count; k++)
					there |= slice_find(text, l->v[k], 0) >= 0;
				assert_int_equal(found >> i & 1, there);
			}
		}
		prefilter_drop(pf);
		arena_done(&a);
	}
}

static struct pattern *
new_pattern(const char *regex)
{
	struct pattern *p = NULL;

	assert_int_equal(pattern_new(&p, slice_cstr(regex), 0, (struct place){0}, NULL), 0);
	return p;
}

/* Also if the patterns that it was first made for are no more. */
static void
equal_lists_have_one_prefilter(void **state)
{
	struct pattern *a[] = {new_pattern("Failed"), new_pattern("Invalid")};
	struct pattern *b[] = {new_pattern("Failed"), new_pattern("Invalid")};
	struct pattern *turned[] = {b[1], b[0]};
	const struct prefilter *one = prefilter_get(a, 2), *two = prefilter_get(b, 2);
	const struct prefilter *other = prefilter_get(turned, 2);

	(void)state;
	assert_ptr_equal(two, one);
	assert_ptr_not_equal(other, one);
	prefilter_drop(one);
	for (size_t i = 0; i < 2; i++) {
		pattern_free(a[i]);
		pattern_free(b[i]);
	}
	assert_int_equal(prefilter_scan(two, SLICE("an Invalid user")), 2);
	assert_int_equal(prefilter_scan(other, SLICE("an Invalid user")), 1);
	prefilter_drop(two);
	prefilter_drop(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(needles_are_found),
	    cmocka_unit_test(all_literals_are_found),
	    cmocka_unit_test(equal_lists_have_one_prefilter),
	};

	draw_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
