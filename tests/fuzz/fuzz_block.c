/*
 * The input is lines: those that start with ':' set up filters (filter_input.h), those between them are
 * a block. Claims: what is found is the same line by line without any shortcut; as logs are read, many
 * lines at a time; by a second jail, which is told what the first found; and by one with other settings,
 * which is told of that, too.
 */
#include "filter_input.h"

#include <stdlib.h>

#define LINES_MAX 100

struct way {
	struct filter_sink sink;
	struct filter *filter;
	struct buf told;
};

/* The other ones have every second setting only. */
enum { TOGETHER, OTHER_TOGETHER, TOLD, SINGLY, OTHER_SINGLY, WAYS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
tell(struct buf *told, const char *before, struct slice text)
{
	buf_add_cstr(told, before);
	buf_add(told, text);
}

static void
on_failure(struct filter_sink *sink, const struct door_failure *f)
{
	struct buf *told = &((struct way *)sink)->told;

	buf_printf(told, "%d %lld %u", (int)f->kind, (long long)f->when.us, f->regex);
	tell(told, " ", f->id);
	tell(told, " ", f->host);
	for (size_t i = 0; i < f->line_count; i++) {
		tell(told, " | ", f->lines[i].before);
		tell(told, "<", f->lines[i].date);
		tell(told, ">", f->lines[i].after);
	}
	for (size_t i = 0; i < f->attr_count; i++) {
		tell(told, " ", f->attrs[i].name);
		if (!f->attrs[i].absent)
			tell(told, "=", f->attrs[i].value);
	}
	for (size_t i = 0; i < f->user_count; i++)
		tell(told, " user ", f->users[i]);
	buf_add_char(told, '\n');
}

/* As the server takes a block of a file. */
static void
take_block(struct way *w, struct slice block, struct filter_memo *memo, struct instant now, bool live)
{
	struct slice line;

	(void)filter_begin_block(w->filter, block, memo);
	for (;;) {
		size_t lines, n = filter_skip(w->filter, block, now, live, &lines);

		assert(n <= block.n);
		block = slice_from(block, n);
		if (!slice_next(&block, '\n', &line))
			break;
		(void)filter_line(w->filter, line, now, live);
	}
	filter_end_block(w->filter);
}

static void
take_lines(struct way *w, struct slice lines, struct instant now, bool live)
{
	struct slice line;

	while (slice_next(&lines, '\n', &line))
		(void)filter_line(w->filter, line, now, live);
}

/* Unless a regex took too long, which it may do in one way and not in another. */
static void
check_same(const struct way *a, const struct way *b)
{
	if (filter_passed_over(a->filter) == 0 && filter_passed_over(b->filter) == 0)
		assert(slice_eq(buf_slice(&a->told), buf_slice(&b->told)));
}

static void
compare(struct way *ways, struct slice text, struct filter_memo *memo, struct instant now, bool live)
{
	/* A copy of its own, so that a read behind the end is seen. */
	char *copy = malloc(text.n > 0 ? text.n : 1);
	struct slice block = slice_of(copy, text.n);

	assert(copy != NULL);
	(void)slice_put(copy, text);
	filter_memo_clear(memo);
	for (size_t i = 0; i < SINGLY; i++)
		take_block(&ways[i], block, memo, now, live);
	for (size_t i = SINGLY; i < WAYS; i++)
		take_lines(&ways[i], block, now, live);
	check_same(&ways[TOGETHER], &ways[SINGLY]);
	check_same(&ways[TOLD], &ways[SINGLY]);
	check_same(&ways[OTHER_TOGETHER], &ways[OTHER_SINGLY]);
	free(copy);
}

static void
set_up(struct way *ways, struct slice line, bool other)
{
	for (size_t i = 0; i < WAYS; i++) {
		if ((i == OTHER_TOGETHER || i == OTHER_SINGLY) && !other)
			continue;
		filter_setting(ways[i].filter, line);
		filter_set_prefilter(ways[i].filter, i < SINGLY);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size), line, block = {rest.p, 0};
	struct filter_memo *memo;
	struct way ways[WAYS];
	int64_t now = 1773140400;
	bool live = false;

	if (size > 8000)
		return 0;
	keep_default_dates();
	memo = filter_memo_new();
	for (size_t i = 0; i < WAYS; i++) {
		ways[i] = (struct way){.sink = {.failure = on_failure}};
		ways[i].filter = filter_new(&ways[i].sink);
		buf_init(&ways[i].told, (size_t)64 * 1024 * 1024);
	}
	for (int i = 0; i < LINES_MAX && slice_next(&rest, '\n', &line); i++) {
		if (!slice_starts(line, SLICE(":"))) {
			block.n = (size_t)(rest.p - block.p);
			continue;
		}
		if (block.n > 0) {
			compare(ways, block, memo, INSTANT_S(now), live);
			now += 5;
			live = !live;
		}
		set_up(ways, line, i % 2 == 0);
		block = slice_upto(rest, 0);
	}
	compare(ways, block, memo, INSTANT_S(now), live);
	for (size_t i = 0; i < WAYS; i++) {
		filter_free(ways[i].filter);
		buf_done(&ways[i].told);
	}
	filter_memo_free(memo);
	return 0;
}
