/*
 * What a client prints, of any reply that a server may send. The input is a command, as a shell splits it,
 * a newline, and the reply as a pickle. Claims: JSON and YAML are read by their own libraries; JSON says the
 * same with and without indentation; and what goes to a terminal has no control character.
 */
#include "client/beautify.h"
#include "client/jails.c" /* takes a reply apart without asking for it */
#include "client/overview.h"
#include "client/shape.h"
#include "client/split.h"
#include "client/stats.h"
#include "client/watch.h"
#include "compat/pickle.h"
#include "util/escape.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <assert.h>
#include <jansson.h>
#include <yaml.h>

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_json(const struct value *v)
{
	struct buf plain, indented;
	json_t *a, *b;

	buf_init(&plain, OUTPUT_MAX);
	buf_init(&indented, OUTPUT_MAX);
	if (value_json_format(&plain, v, 0) == 0 && value_json_format(&indented, v, 2) == 0 &&
	    !buf_refused(&plain) && !buf_refused(&indented)) {
		a = json_loadb(plain.p, plain.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		b = json_loadb(indented.p, indented.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		/* Jansson refuses a NUL in a key. */
		if (slice_find(buf_slice(&plain), SLICE("\\u0000"), 0) < 0)
			assert(a != NULL && json_equal(a, b));
		json_decref(a);
		json_decref(b);
	}
	buf_done(&plain);
	buf_done(&indented);
}

static void
check_yaml(const struct value *v)
{
	yaml_parser_t parser;
	yaml_event_t event;
	struct buf out;
	bool end = false;

	buf_init(&out, OUTPUT_MAX);
	if (value_yaml_format(&out, v) == 0 && yaml_parser_initialize(&parser) == 1) {
		yaml_parser_set_input_string(&parser, (const unsigned char *)out.p, out.n);
		while (!end) {
			assert(yaml_parser_parse(&parser, &event) == 1);
			end = event.type == YAML_STREAM_END_EVENT;
			yaml_event_delete(&event);
		}
		yaml_parser_delete(&parser);
	}
	buf_done(&out);
}

static void
check_terminal(struct buf *text)
{
	struct buf shown;

	buf_init(&shown, OUTPUT_MAX);
	escape_lines(&shown, buf_slice(text));
	for (size_t i = 0; i < shown.n; i++)
		assert((unsigned char)shown.p[i] >= ' ' || shown.p[i] == '\n' || shown.p[i] == '\t');
	buf_done(&shown);
	buf_clear(text);
}

static void
check_table(struct arena *a, const struct value *stats)
{
	struct jails now, before = {0};
	struct buf out;
	struct grid g;

	buf_init(&out, OUTPUT_MAX);
	take_stats(a, stats, &now);
	for (size_t i = 0; i < now.count; i++)
		add_sources(&now.v[i], value_at(stats, i));
	before = now;
	overview_jails(&g, &now, &before, 1);
	assert(overview_sort(&g, SLICE("lag"), NULL) == 0);
	grid_format(&out, &g, 100);
	grid_done(&g);
	check_terminal(&out);
	buf_done(&out);
}

static void
check_reply(struct arena *a, const struct value *words, const struct value *reply)
{
	struct value *shaped = shape_reply(a, words, reply);
	struct overview_ban ban;
	struct buf out;

	buf_init(&out, OUTPUT_MAX);
	check_json(shaped);
	check_yaml(shaped);
	beautify_reply(&out, words, reply);
	check_terminal(&out);
	beautify_error(&out, reply);
	check_terminal(&out);
	watch_format(&out, reply);
	assert(slice_find_char(buf_slice(&out), '\n', 0) < 0);
	check_terminal(&out);
	if (reply->kind == VALUE_MAP) {
		stats_format(&out, reply);
		check_terminal(&out);
		check_table(a, reply);
	}
	if (reply->kind == VALUE_TEXT && overview_parse_ban(reply->text, &ban))
		assert(ban.id.n + ban.since.n + ban.until.n <= reply->text.n);
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size), command;
	struct value *words, *reply;
	struct arena a = {0};

	if (size > 20000 || !slice_next(&in, '\n', &command))
		return 0;
	words = split_words(&a, command);
	if (words != NULL && pickle_decode(&a, in, PICKLE_REPLY, &reply, NULL) >= 0)
		check_reply(&a, words, reply);
	arena_done(&a);
	return 0;
}
