/*
 * The input is lines: those that start with ':' set up a filter (filter_input.h), the others go through
 * it. Whatever is reported lies within limits and is valid UTF-8.
 */
#include "filter_input.h"

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
	keep_default_dates();
	f = filter_new(&sink);
	for (int i = 0; i < 100 && slice_next(&rest, '\n', &line); i++, now += 5) {
		if (line.n > 0 && line.p[0] == ':')
			filter_setting(f, line);
		else
			(void)filter_line(f, line, INSTANT_S(now), i % 7 != 0);
	}
	filter_free(f);
	return 0;
}
