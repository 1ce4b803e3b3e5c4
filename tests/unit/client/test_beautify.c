/* Rows are transcripts of fail2ban-client 1.1.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/beautify.h"

static struct arena arena;

static struct value *
words_of(const char *line)
{
	struct slice rest = slice_cstr(line), word;
	struct value *words = value_list(&arena);

	while (slice_next_word(&rest, &word))
		value_add(&arena, words, value_text(&arena, word));
	return words;
}

static struct value *
text(const char *s)
{
	return value_cstr(&arena, s);
}

static struct value *
pair(const char *key, struct value *item)
{
	return value_pair(&arena, text(key), item);
}

static struct value *
status_of_jail(struct value *banned)
{
	struct arena *a = &arena;
	struct value *filter = value_list(a), *actions = value_list(a);

	value_add(a, filter, pair("Currently failed", value_int(a, 0)));
	value_add(a, filter, pair("File list", words_of("/a.log /b.log")));
	value_add(a, actions, pair("Currently banned", value_int(a, 2)));
	value_add(a, actions, pair("Banned IP list", banned));
	return value_add(a, value_add(a, value_list(a), pair("Filter", filter)), pair("Actions", actions));
}

static void
expect(const char *command, const struct value *reply, const char *want)
{
	struct buf out;

	buf_init(&out, 10000);
	beautify_reply(&out, words_of(command), reply);
	assert_string_equal(buf_cstr(&out), want);
	buf_done(&out);
}

static void
status_is_a_tree(void **state)
{
	struct arena *a = &arena;
	struct value *all = value_list(a), *jails = value_map(a);

	(void)state;
	expect("status web", status_of_jail(words_of("1.2.3.4 2001:db8::1")),
	    "Status for the jail: web\n"
	    "|- Filter\n"
	    "|  |- Currently failed:\t0\n"
	    "|  `- File list:\t/a.log /b.log\n"
	    "`- Actions\n"
	    "   |- Currently banned:\t2\n"
	    "   `- Banned IP list:\t1.2.3.4 2001:db8::1");
	expect("repair web",
	    value_add(a, value_list(a),
		pair("Verify", value_add(a, value_list(a), pair("Banned", value_int(a, 1))))),
	    "Status for the jail: web\n"
	    "`- Verify\n"
	    "   `- Banned:\t1");
	value_add(a, all, pair("Number of jail", value_int(a, 1)));
	value_add(a, all, pair("Jail list", text("web")));
	expect("status", all, "Status\n|- Number of jail:\t1\n`- Jail list:\tweb");
	value_put(a, jails, text("web"), status_of_jail(value_list(a)));
	value_add(a, all, jails);
	expect("status --all", all,
	    "Status\n"
	    "|- Number of jail:\t1\n"
	    "|- Jail list:\tweb\n"
	    "`- Status for the jails:\n"
	    "   `- Jail: web\n"
	    "      |- Filter\n"
	    "      |  |- Currently failed:\t0\n"
	    "      |  `- File list:\t/a.log /b.log\n"
	    "      `- Actions\n"
	    "         |- Currently banned:\t2\n"
	    "         `- Banned IP list:\t");
}

static void
stats_are_a_table(void **state)
{
	struct arena *a = &arena;
	struct value *map = value_map(a), *row = value_list(a);

	(void)state;
	expect("stats", map, "No jails found.");
	value_add(a, row, text("polling"));
	value_add(a, row, value_pair(a, value_int(a, 0), value_int(a, 0)));
	value_add(a, row, value_pair(a, value_int(a, 2), value_int(a, 12345)));
	value_put(a, map, text("web"), row);
	expect("statistics", map,
	    "          ║          ║ Filter    ║ Actions    \n"
	    " Jail     ║ Backend  ╟───────────╫─────────────\n"
	    "          ║          ║ cur │ tot ║ cur │   tot\n"
	    "══════════╬══════════╬═══════════╬═════════════\n"
	    " web      ║ polling  ║   0 │   0 ║   2 │ 12345\n"
	    "══════════╩══════════╩═══════════╩═════════════");
	expect("statistic", map, "{'web': ['polling', (0, 0), (2, 12345)]}");
}

static void
lists_have_branches(void **state)
{
	struct arena *a = &arena;
	struct value *none = value_list(a), *groups = value_list(a);

	(void)state;
	expect("get web logpath", words_of("/a /b"),
	    "Current monitored log file(s):\n|- /a\n`- /b");
	expect("set web addlogpath /x", none, "No file is currently monitored");
	expect("get web failregex", words_of("^a ^b"),
	    "The following regular expression are defined:\n|- [0]: ^a\n`- [1]: ^b");
	expect("get web ignoreregex", none, "No regular expression is defined");
	expect("get web ignoreip", words_of("127.0.0.0/8 ::1"),
	    "These IP addresses/networks are ignored:\n|- 127.0.0.0/8\n`- ::1");
	expect("get web actions", words_of("a b"), "The jail web has the following actions:\na, b");
	expect("get web actions", none, "No actions for jail web");
	expect("get web actionproperties a", words_of("x y"),
	    "The jail web action a has the following properties:\nx, y");
	expect("get web journalmatch", none, "No journal match filter set");
	value_add(a, value_add(a, groups, words_of("A=1 B=2")), words_of("C=3"));
	expect("get web journalmatch", groups, "Current match filter:\nA=1 B=2 + C=3");
}

static void
small_replies_read_as_sentences(void **state)
{
	struct arena *a = &arena;

	(void)state;
	expect("ping", text("pong"), "Server replied: pong");
	expect("echo a b", words_of("a b"), "a b");
	expect("stop", value_nil(a), "Shutdown successful");
	expect("stop --keep", value_nil(a), "Shutdown successful");
	expect("stop web", value_nil(a), "Jail stopped");
	expect("start web", value_nil(a), "Jail started");
	expect("add web", text("web"), "Added jail web");
	expect("flushlogs", text("rolled over"), "logs: rolled over");
	expect("get loglevel", text("INFO"), "Current logging level is 'INFO'");
	expect("set logtarget x", text("x"), "Current logging target is:\n`- x");
	expect("get dbfile", value_nil(a), "Database currently disabled");
	expect("get dbpurgeage", value_int(a, 86400),
	    "Current database purge age is:\n`- 86400seconds");
	expect("get web datepattern", value_nil(a), "Current date pattern set to: Not set/required");
	expect("get web datepattern", value_pair(a, value_nil(a), text("Default Detectors")),
	    "Current date pattern set to: Default Detectors");
	expect("get web datepattern", value_pair(a, text("%Y"), text("Year")),
	    "Current date pattern set to: %Y (Year)");
	expect("get web bantime", value_int(a, 600), "600");
	expect("get web banned", words_of("1.2.3.4"), "['1.2.3.4']");
	expect("get web banip", words_of("1.2.3.4 ::1"), "1.2.3.4 ::1");
	expect("get web banip ,", words_of("1.2.3.4 ::1"), "1.2.3.4,::1");
	expect("get web banip --with-time", words_of("1.2.3.4 ::1"), "1.2.3.4\n::1");
	expect("get web banip", value_list(a), "");
	expect("server-status", text("Server ready"), "Server ready");
}

static void
texts_stay_as_they_came(void **state)
{
	(void)state;
	expect("get web banip", words_of("a\x1b[2Jb\xff"), "a\x1b[2Jb\xff");
	expect("get web action a actionban", text("one\ntwo\n"), "one\ntwo\n");
	expect("get web action a actionban", text("\n\n"), "\n\n");
	expect("get web action a actionban", text(""), "");
}

static void
errors_are_sentences_that_tools_know(void **state)
{
	static const struct {
		enum value_error kind;
		const char *arg, *want;
	} rows[] = {
	    {ERROR_UNKNOWN_JAIL, "web", "Sorry but the jail 'web' does not exist"},
	    {ERROR_DUPLICATE_JAIL, "web", "The jail 'web' already exists"},
	    {ERROR_INDEX, "list index out of range", "Sorry but the command is invalid"},
	    {ERROR_KEY, "Invalid Action name: x", "'Invalid Action name: x'"},
	    {ERROR_FAILED, "Invalid command", "Invalid command"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		beautify_error(&out, value_error(&arena, rows[i].kind, "%s", rows[i].arg));
		assert_string_equal(buf_cstr(&out), rows[i].want);
	}
	buf_done(&out);
}

static int
forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(status_is_a_tree, forget),
	    cmocka_unit_test_teardown(stats_are_a_table, forget),
	    cmocka_unit_test_teardown(lists_have_branches, forget),
	    cmocka_unit_test_teardown(small_replies_read_as_sentences, forget),
	    cmocka_unit_test_teardown(texts_stay_as_they_came, forget),
	    cmocka_unit_test_teardown(errors_are_sentences_that_tools_know, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
