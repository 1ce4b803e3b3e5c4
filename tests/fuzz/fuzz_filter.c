/*
 * The input is lines: those that start with ':' set up a filter (":m 3" maxlines, ":p X" prefregex,
 * ":i X" ignoreregex, ":e X" encoding, ":f X" failregex), the others go through it. Whatever is
 * reported lies within limits and is valid UTF-8.
 */
#include <assert.h>

#include "scan/filter.h"
#include "util/escape.h"

static void
check_text(struct slice s)
{
	uint32_t code;

	while (s.n > 0) {
		size_t n = utf8_next(s, &code);

		assert(n > 0);
		s = slice_from(s, n);
	}
}

static void
check_failure(struct filter_sink *sink, const struct door_failure *f)
{
	(void)sink;
	assert(f->id.n > 0 && f->line_count > 0 && f->line_count <= DOOR_LINES_MAX);
	assert(f->attr_count <= DOOR_ATTRS_MAX);
	assert(f->kind != DOOR_ADDR || f->addr.family != ADDR_NONE);
	check_text(f->id);
	for (size_t i = 0; i < f->attr_count; i++)
		check_text(f->attrs[i].value);
	for (size_t i = 0; i < f->user_count; i++)
		check_text(f->users[i]);
	for (size_t i = 0; i < f->line_count; i++) {
		check_text(f->lines[i].before);
		check_text(f->lines[i].date);
		check_text(f->lines[i].after);
	}
}

static void
check_refusal(int r, struct slice regex, const struct diag *d)
{
	if (r == 0)
		return;
	check_text(slice_cstr(d->text));
	assert(d->offset <= regex.n || d->offset == SIZE_MAX);
}

static void
set(struct filter *f, struct slice line)
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
	else if (slice_starts(line, SLICE(":a")))
		filter_set_check_all(f, true);
	else if (slice_starts(line, SLICE(":r")))
		filter_set_dns(f, FILTER_DNS_RAW);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct filter_sink sink = {check_failure, NULL};
	struct filter *f;
	struct slice rest = {(const char *)data, size}, line;
	int64_t now = 1795341600;

	if (size > 8000)
		return 0;
	f = filter_new(&sink);
	for (int i = 0; i < 100 && slice_next(&rest, '\n', &line); i++, now += 5) {
		if (line.n > 0 && line.p[0] == ':')
			set(f, line);
		else
			(void)filter_line(f, line, INSTANT_S(now), i % 7 != 0);
	}
	filter_free(f);
	return 0;
}
