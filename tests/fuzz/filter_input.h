#ifndef F2B_FUZZ_FILTER_INPUT_H
#define F2B_FUZZ_FILTER_INPUT_H

#include "scan/filter.h"
#include "util/escape.h"

#include <assert.h>

/*
 * Lines that set up a filter, for several targets: ":m 3" maxlines, ":p X" prefregex, ":i X" ignoreregex,
 * ":f X" failregex, ":d X" datepattern, ":e X" encoding, ":a" all regexes are tried, ":r" no names are
 * looked up. Nothing else begins with a colon.
 */

static inline void
check_text(struct slice s)
{
	uint32_t code;

	while (s.n > 0) {
		size_t n = utf8_next(s, &code);

		assert(n > 0);
		s = slice_from(s, n);
	}
}

static inline void
check_refusal(int r, struct slice regex, const struct diag *d)
{
	if (r == 0)
		return;
	check_text(slice_cstr(d->text));
	assert(d->offset <= regex.n || d->offset == SIZE_MAX);
}

static inline void
filter_setting(struct filter *f, struct slice line)
{
	struct slice value = slice_from(line, 3);
	struct place at = {.file = "fuzz", .line = 1, .column = 1};
	struct diag d;
	uint64_t n;
	uint32_t code;

	for (struct slice rest = value; rest.n > 0;) {
		size_t k = utf8_next(rest, &code);

		if (k == 0)
			return;
		rest = slice_from(rest, k);
	}
	diag_init(&d);
	if (slice_starts(line, SLICE(":m ")) && slice_u64(value, 20, &n) == 0)
		(void)filter_set_maxlines(f, (size_t)n);
	else if (slice_starts(line, SLICE(":p ")))
		check_refusal(filter_set_prefregex(f, value, at, &d), value, &d);
	else if (slice_starts(line, SLICE(":i ")))
		check_refusal(filter_add_regex(f, FILTER_IGNORE, value, at, &d), value, &d);
	else if (slice_starts(line, SLICE(":e ")))
		(void)filter_set_encoding(f, value, NULL);
	else if (slice_starts(line, SLICE(":f ")))
		check_refusal(filter_add_regex(f, FILTER_FAIL, value, at, &d), value, &d);
	else if (slice_starts(line, SLICE(":d ")))
		(void)filter_set_datepattern(f, value, at, &d);
	else if (slice_starts(line, SLICE(":a")))
		filter_set_check_all(f, true);
	else if (slice_starts(line, SLICE(":r")))
		filter_set_dns(f, FILTER_DNS_RAW);
}

/* Holds on to the default datepattern and what lines made of it: to compile that takes longer than a run. */
static inline void
keep_default_dates(void)
{
	static struct filter_sink sink;
	static struct filter *kept;

	if (kept != NULL)
		return;
	kept = filter_new(&sink);
	(void)filter_add_regex(kept, FILTER_FAIL, SLICE("^x <HOST>"), (struct place){0}, NULL);
	(void)filter_line(kept, SLICE("x 192.0.2.1"), INSTANT_S(1773140400), true);
}

#endif
