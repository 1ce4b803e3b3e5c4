#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "manage/complete.h"
#include "manage/help.h"
#include "util/buf.h"
#include "client/split.h"

struct offered {
	struct complete_sink sink;
	struct buf words; /* each between blanks */
};

static void
take(struct complete_sink *sink, struct slice word, const char *help)
{
	struct offered *o = (struct offered *)sink;

	assert_non_null(help);
	buf_printf(&o->words, " %.*s ", SLICE_ARG(word));
}

/* What follows the words of line and begins with prefix, without a server. */
static void
complete(struct offered *o, const char *line, const char *prefix)
{
	struct arena a;

	*o = (struct offered){.sink = {take}};
	buf_init(&o->words, 65536);
	arena_init(&a);
	complete_words(
	    SLICE_EMPTY, split_words(&a, slice_cstr(line)), slice_cstr(prefix), &o->sink);
	arena_done(&a);
}

static bool
offers(const char *line, const char *prefix, const char *word)
{
	struct offered o;
	char wanted[100];
	bool found;

	complete(&o, line, prefix);
	(void)snprintf(wanted, sizeof(wanted), " %s ", word);
	found = slice_find(buf_slice(&o.words), slice_cstr(wanted), 0) >= 0;
	buf_done(&o.words);
	return found;
}

static void
expect_row(void *arg, const struct help_row *row)
{
	char line[100];

	/* Any word may be a jail. */
	(void)snprintf(line, sizeof(line), "%.3s%s", row->scope,
	    slice_ends(slice_cstr(row->scope), SLICE(">")) ? " web" : "");
	if (!offers(line, row->name, row->name))
		fail_msg("'%s' is not offered after '%s'", row->name, line);
	(*(int *)arg)++;
}

static void
every_command_is_offered(void **state)
{
	int count = 0;

	(void)state;
	help_each(expect_row, &count);
	assert_true(count > 60);
}

static void
words_follow_from_the_rows(void **state)
{
	static const struct {
		const char *line, *prefix, *word;
		bool offered;
	} rows[] = {
	    {"", "", "set", true},
	    {"", "sta", "status", true},
	    {"", "sta", "stop", false},
	    {"set", "", "loglevel", true},
	    {"set loglevel", "", "NOTICE", true},
	    {"set loglevel", "", "bantime", false},
	    {"set web", "", "bantime", true},
	    {"get web", "", "addignoreip", false},
	    {"set web usedns", "", "raw", true},
	    {"set web unbanip", "--", "--report-absent", true},
	    {"set web unbanip 192.0.2.1", "--", "--report-absent", false},
	    {"status web", "", "stats", true},
	    {"status --all", "", "short", true},
	    {"reload", "--", "--unban", true},
	    {"reload --restart", "--", "--unban", true},
	    {"reload --unban", "--", "--restart", false},
	    {"convert", "--", "--to", true},
	    {"convert --to", "", "yaml", true},
	    {"check --strict", "", "--json", true},
	    {"nonsense", "", "set", false},
	    {"ping", "", "ping", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (offers(rows[i].line, rows[i].prefix, rows[i].word) != rows[i].offered)
			fail_msg("'%s' after '%s'", rows[i].word, rows[i].line);
}

static void
options_are_offered(void **state)
{
	struct offered o = {.sink = {take}};

	(void)state;
	buf_init(&o.words, 65536);
	complete_options(SLICE("--so"), &o.sink);
	assert_string_equal(buf_cstr(&o.words), " --socket ");
	buf_clear(&o.words);
	complete_options(SLICE("--print"), &o.sink);
	assert_int_equal(o.words.n, 0);
	buf_done(&o.words);
}

static void
lines_are_split_as_a_shell_does(void **state)
{
	struct arena a;
	struct value *v;

	(void)state;
	arena_init(&a);
	v = split_words(&a, SLICE(" set 'a b' \"c \\\"d\\\"\" e\\ f ''"));
	assert_int_equal(value_count(v), 5);
	assert_true(value_is_text(value_at(v, 1), SLICE("a b")));
	assert_true(value_is_text(value_at(v, 2), SLICE("c \"d\"")));
	assert_true(value_is_text(value_at(v, 3), SLICE("e f")));
	assert_true(value_is_text(value_at(v, 4), SLICE("")));
	assert_null(split_words(&a, SLICE("set 'a")));
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_is_offered),
	    cmocka_unit_test(words_follow_from_the_rows),
	    cmocka_unit_test(options_are_offered),
	    cmocka_unit_test(lines_are_split_as_a_shell_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
