/*
 * Commands run against a real monitor, with a real loop, real log files and shell actions: from the
 * log line to the action's own trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

#include "compat/pyrepr.h"
#include "control/command.h"
#include "util/log.h"

struct world {
	uv_loop_t loop;
	struct monitor *monitor;
	struct arena arena;
	char dir[64], log[96], trace[96];
};

static void
finished(struct monitor *m)
{
	*(bool *)m->owner = true;
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	int fd;

	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/f2b-command-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->log, sizeof(w->log), "%s/log", w->dir);
	(void)snprintf(w->trace, sizeof(w->trace), "%s/trace", w->dir);
	fd = open(w->log, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	log_set_level(LEVEL_CRITICAL + 1);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	w->monitor = monitor_new(&w->loop);
	arena_init(&w->arena);
	*state = w;
	return 0;
}

/* Stops all jails, closes everything, and sees that the loop has nothing left. */
static int
tear_down(void **state)
{
	struct world *w = *state;
	char command[128];
	bool done = false;

	w->monitor->finished = finished;
	w->monitor->owner = &done;
	monitor_stop(w->monitor);
	while (!done)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	monitor_free(w->monitor);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	arena_done(&w->arena);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

/* Words apart by "|". */
static struct value *
words(struct world *w, const char *text)
{
	struct value *list = value_list(&w->arena);
	struct slice rest = slice_cstr(text), word;

	while (slice_next(&rest, '|', &word))
		(void)value_add(&w->arena, list, value_text(&w->arena, word));
	return list;
}

static struct value *
run(struct world *w, const char *text)
{
	struct request rq = {.monitor = w->monitor, .arena = &w->arena, .words = words(w, text)};

	return command_run(&rq);
}

static void
expect(struct world *w, const char *command, const char *reply)
{
	struct buf text;

	buf_init(&text, 65536);
	pyrepr_format(&text, run(w, command));
	assert_string_equal(buf_cstr(&text), reply);
	buf_done(&text);
}

/* The command with something behind it succeeds. */
static void
expect_ok(struct world *w, const char *command, const char *more)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s%s", command, more);
	assert_true(run(w, text)->kind != VALUE_ERROR);
}

static void
append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void
stop_waiting(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

/* Turns the loop for so long. */
static void
turn(struct world *w, uint64_t ms)
{
	uv_timer_t timer;
	bool over = false;

	(void)uv_timer_init(&w->loop, &timer);
	timer.data = &over;
	(void)uv_timer_start(&timer, stop_waiting, ms, 0);
	while (!over)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
}

#define PATIENCE 5000	/* turns of 20 ms: a busy machine needs some of them */

/* The reply will come to be that. */
static void
expect_soon(struct world *w, const char *command, const char *reply)
{
	struct buf text;

	buf_init(&text, 65536);
	for (int i = 0; i < PATIENCE; i++) {
		buf_clear(&text);
		pyrepr_format(&text, run(w, command));
		if (strcmp(buf_cstr(&text), reply) == 0)
			break;
		turn(w, 20);
	}
	buf_done(&text);
	expect(w, command, reply);
}

static const char *
read_trace(struct world *w, char text[4096])
{
	int fd = open(w->trace, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, 4095) : 0;

	if (fd >= 0)
		(void)close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

/* What the action did will come to be that. */
static void
expect_trace(struct world *w, const char *content)
{
	char text[4096];

	for (int i = 0; i < PATIENCE && strcmp(read_trace(w, text), content) != 0; i++)
		turn(w, 20);
	assert_string_equal(read_trace(w, text), content);
}

static void
make_jail(struct world *w)
{
	expect(w, "add|j|auto", "'j'");
	expect_ok(w, "set|j|usedns|no", "");
	expect_ok(w, "set|j|addfailregex|^ DENIED from <HOST>$", "");
	expect_ok(w, "set|j|maxretry|2", "");
	expect_ok(w, "set|j|addlogpath|", w->log);
	expect_ok(w, "set|j|addaction|a", "");
	expect_ok(w, "set|j|action|a|actionban|echo '+<ip>' >> ", w->trace);
	expect_ok(w, "set|j|action|a|actionunban|echo '-<ip>' >> ", w->trace);
	expect(w, "start|j", "None");
}

static void
deny(struct world *w, const char *ip)
{
	struct buf line;

	buf_init(&line, 256);
	time_format(&line, time_now());
	buf_printf(&line, " DENIED from %s\n", ip);
	append(w->log, buf_cstr(&line));
	buf_done(&line);
}

static void
log_lines_become_a_ban(void **state)
{
	struct world *w = *state;

	make_jail(w);
	deny(w, "192.0.2.7");
	deny(w, "2001:DB8::1");
	expect_soon(w, "status|j|stats", "['pyinotify', (2, 2), (0, 0)]");
	deny(w, "192.0.2.7");
	deny(w, "2001:db8:0::1");
	expect_soon(w, "get|j|banned", "['192.0.2.7', '2001:db8::1']");
	expect_trace(w, "+192.0.2.7\n+2001:db8::1\n");
	expect(w, "banned", "[{'j': ['192.0.2.7', '2001:db8::1']}]");
	expect(w, "set|j|unbanip|192.0.2.7", "1");
	expect_trace(w, "+192.0.2.7\n+2001:db8::1\n-192.0.2.7\n");
}

static void
bans_end_by_themselves(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect(w, "set|j|bantime|1", "1");
	expect(w, "set|j|banip|192.0.2.1|192.0.2.2", "2");
	expect(w, "set|j|banip|192.0.2.1", "0");
	expect_soon(w, "get|j|banned", "[]");
	/* The second ban of the first made it longer. */
	expect_trace(w, "+192.0.2.1\n+192.0.2.2\n-192.0.2.2\n-192.0.2.1\n");
}

static void
those_to_be_ignored_are(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect(w, "set|j|addignoreip|192.0.2.0/24", "['192.0.2.0/24']");
	for (int i = 0; i < 3; i++) {
		deny(w, "192.0.2.9");
		deny(w, "127.0.0.1");
		deny(w, "198.51.100.1");
	}
	expect_soon(w, "get|j|banned", "['198.51.100.1']");
	expect(w, "set|j|attempt|192.0.2.9|x", "0");
	expect(w, "set|j|attempt|203.0.113.5|x|y", "1");
	expect(w, "get|j|banned|203.0.113.5", "1");
}

/* 192.0.2.* is let go, 198.51.100.* is not, any other breaks the command; each question is traced. */
static void
command_decides_who_is_ignored(void **state)
{
	struct world *w = *state;
	char command[512];

	make_jail(w);
	(void)snprintf(command, sizeof(command),
	    "set|j|ignorecommand|echo '?<ip>' >> %s; case <ip> in 192.0.2.*) exit 0;; "
	    "198.51.100.*) exit 1;; esac; exit 9",
	    w->trace);
	expect_ok(w, command, "");
	expect(w, "set|j|ignorecache|key=\"<ip>\",max-count=2", "['<ip>', 2, 300]");
	for (int i = 0; i < 2; i++) {
		deny(w, "192.0.2.9");
		deny(w, "198.51.100.1");
		deny(w, "203.0.113.1");
	}
	expect_soon(w, "get|j|banned", "['198.51.100.1', '203.0.113.1']");
	deny(w, "203.0.113.1");
	expect_soon(w, "status|j|stats", "['pyinotify', (1, 5), (2, 2)]");
}

/* Two questions wait for the command, and one that is remembered does not. */
static void
answers_about_whom_to_ignore_are_remembered(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect_ok(w, "set|j|ignorecommand|echo '?<ip>' >> ", w->trace);
	expect(w, "set|j|ignorecache|key=\"<ip>\"", "['<ip>', 100, 300]");
	expect(w, "set|j|attempt|192.0.2.9|x", "None");
	expect_soon(w, "set|j|attempt|192.0.2.9|x", "0");
	expect(w, "set|j|attempt|192.0.2.9|x", "0");
	expect(w, "set|j|ignorecache|key=x<fid>", "['x<fid>', 100, 300]");
	expect(w, "set|j|attempt|192.0.2.9|x", "None");
	expect(w, "get|j|banned", "[]");
}

static void
methods_of_an_action_can_be_called(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect_ok(w, "set|j|action|a|actionflush|echo 'flush' >> ", w->trace);
	expect(w, "set|j|action|a|flush", "True");
	expect(w, "set|j|action|a|ban|{\"aInfo\": {\"ip\": \"192.0.2.1\"}}", "None");
	expect(w, "set|j|action|a|ban",
	    "TypeError(\"CommandAction.ban() missing 1 required positional argument: 'aInfo'\")");
	expect(w, "set|j|action|a|unban|{", "ValueError('the arguments are no JSON')");
	expect(w, "get|j|banned", "[]");
	expect_trace(w, "+192.0.2.1\n");
}

static void
networks_are_lifted_with_what_they_hold(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect(w, "set|j|banip|10.1.1.1|10.2.2.2|11.1.1.1|10.0.0.0/8", "4");
	expect(w, "set|j|unbanip|10.0.0.0/8", "1");
	expect(w, "set|j|banip|10.0.0.0/8", "1");
	expect(w, "set|j|unbanip|10.0.0.0/9", "3");
	expect(w, "get|j|banned", "['11.1.1.1']");
	expect(w, "set|j|unbanip|0.0.0.0/0", "1");
	expect(w, "set|j|banip|11.1.1.1", "1");
	expect(w, "set|j|unbanip|--report-absent|9.9.9.9", "ValueError(\"not banned: ['9.9.9.9']\")");
	expect(w, "set|j|banip|11.1.1.2", "1");
	expect(w, "unban|--all|11.1.1.1", "1");
	expect(w, "get|j|banned", "['11.1.1.2']");
	expect(w, "unban|--all", "1");
}

static void
matches_of_the_journal_are_looked_at(void **state)
{
	struct world *w = *state;
	char command[70100];
	const struct value *list;

	if (run(w, "add|s|systemd")->kind == VALUE_ERROR)
		skip(); /* built without */
	expect(w, "set|s|addjournalmatch|_COMM=x|comm=y",
	    "ValueError(\"journalmatch: 'comm=y' is no match; write FIELD=value, as in "
	    "_SYSTEMD_UNIT=ssh.service\")");
	expect(w, "set|s|addjournalmatch|_COMM=x|__SEQNUM=1",
	    "ValueError(\"journalmatch: '__SEQNUM=1' is no match; write FIELD=value, as in "
	    "_SYSTEMD_UNIT=ssh.service\")");
	expect(w, "get|s|journalmatch", "[]");
	expect(w, "set|s|addjournalmatch|A=1|B_2=|+|C=3", "[['A=1', 'B_2='], ['C=3']]");
	expect(w, "set|s|deljournalmatch|A=1", "ValueError(\"Match 'A=1' not found\")");
	expect(w, "set|s|deljournalmatch|A=1|B_2=", "[['C=3']]");
	expect(w, "set|s|deljournalmatch|C=3", "[]");
	(void)snprintf(command, sizeof(command), "set|s|addjournalmatch|A=1|B=%070000d", 0);
	list = run(w, command);
	assert_int_equal(value_at(value_at(list, 0), 1)->text.n, 70002);
}

/* It is not used, but fail2ban shows it. */
static void
the_pattern_of_dates_that_a_jail_of_the_journal_was_given_is_shown(void **state)
{
	struct world *w = *state;

	if (run(w, "add|s|systemd")->kind == VALUE_ERROR)
		skip(); /* built without */
	expect(w, "get|s|datepattern", "None");
	expect(w, "set|s|datepattern|%Y-%m-%d", "('%Y-%m-%d', 'Year-Month-Day')");
	expect(w, "get|s|datepattern", "('%Y-%m-%d', 'Year-Month-Day')");
	expect(w, "set|s|datepattern|{^LN-BEG}", "(None, 'Default Detectors')");
}

/* As with fail2ban, whose own client and scripts send what the status showed them. */
static void
only_the_very_text_of_a_ban_lifts_it(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect(w, "set|j|banip|2001:DB8::1|192.0.2.1|a b", "3");
	expect(w, "set|j|unbanip|2001:DB8::1|[2001:db8::1]|192.0.2.1/32|::ffff:192.0.2.1| 192.0.2.1", "0");
	expect(w, "unban|2001:db8:0::1", "0");
	expect(w, "set|j|unbanip|--report-absent|2001:DB8::1|a b",
	    "ValueError(\"not banned: ['2001:DB8::1']\")");
	expect(w, "get|j|banned|2001:DB8::1", "1");
	expect(w, "unban|2001:db8::1|192.0.2.1", "2");
}

/* What is no list is answered in the words that fail2ban's Python has for it. */
static void
a_command_that_is_no_list_is_refused(void **state)
{
	struct world *w = *state;
	const struct {
		struct value *words;
		const char *reply;
	} rows[] = {
	    {value_nil(&w->arena), "TypeError(\"'NoneType' object is not subscriptable\")"},
	    {value_int(&w->arena, 3), "TypeError(\"'int' object is not subscriptable\")"},
	    {value_set(&w->arena), "TypeError(\"'set' object is not subscriptable\")"},
	    {value_map(&w->arena), "KeyError(0)"},
	    {value_cstr(&w->arena, "ping"), "Exception('Invalid command')"},
	    {value_list(&w->arena), "IndexError('list index out of range')"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request rq = {
		    .monitor = w->monitor, .arena = &w->arena, .words = rows[i].words};
		struct buf text;

		buf_init(&text, 65536);
		pyrepr_format(&text, command_run(&rq));
		assert_string_equal(buf_cstr(&text), rows[i].reply);
		buf_done(&text);
	}
}

static void
readers_ask_and_change_nothing(void **state)
{
	static const struct {
		const char *command;
		bool taken;
	} rows[] = {
	    {"ping", true},
	    {"status", true},
	    {"status|j", true},
	    {"stats", true},
	    {"banned|192.0.2.1", true},
	    {"get|loglevel", true},
	    {"get|j|bantime", true},
	    {"get|j|bantime.increment", true},
	    {"get|j|banned", true},
	    /* A command may hold a password. */
	    {"get|j|action|a|actionban", false},
	    {"get|j|ignorecommand", false},
	    {"set|loglevel|DEBUG", false},
	    {"set|j|bantime|1", false},
	    {"set|j|bantime.maxtime|1", false},
	    {"set|j|banip|192.0.2.1", false},
	    {"multi-set|j|addfailregex|x<HOST>", false},
	    {"unban|--all", false},
	    {"add|k", false},
	    {"start|j", false},
	    {"stop", false},
	    {"reload|--all", false},
	    {"server-stream", false},
	    {"config-error|x", false},
	    {"flushlogs", false},
	    {"sleep|10", false},
	};
	struct world *w = *state;
	struct conn_request conn = {.reader = true};

	make_jail(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request rq = {.monitor = w->monitor,
		    .arena = &w->arena,
		    .words = words(w, rows[i].command),
		    .conn = &conn};
		const struct value *reply = command_run(&rq);
		bool refused = reply != NULL && reply->kind == VALUE_ERROR &&
			       reply->error.kind == ERROR_PERMISSION;

		if (refused == rows[i].taken)
			fail_msg("%s", rows[i].command);
	}
	expect(w, "get|j|banned", "[]");
}

static void
mistakes_are_answered_not_obeyed(void **state)
{
	static const struct {
		const char *command, *reply;
	} rows[] = {
	    {"bogus", "Exception('Invalid command')"},
	    {"status|nojail", "UnknownJailException('nojail')"},
	    {"add|j", "DuplicateJailException('j')"},
	    {"add|k|bogus",
	        "ValueError(\"Unknown backend bogus. Must be among ['pyinotify', 'polling', 'systemd'] "
	        "or 'auto'\")"},
	    {"get|j", "IndexError('list index out of range')"},
	    {"server-stream", "IndexError('list index out of range')"},
	    {"server-stream|abc", "TypeError('a list of commands was expected')"},
	    {"set|j|bogus|1",
	        "Exception(\"Invalid command 'bogus' (no set action or not yet implemented)\")"},
	    {"set|j|maxretry|three", "ValueError(\"invalid literal for int() with base 10: 'three'\")"},
	    {"set|j|maxfailures|0",
	        "ValueError(\"maxfailures: '0' is no number of addresses; write one from 1 to 100000000\")"},
	    {"get|j|maxfailures", "1000000"},
	    {"set|j|maxfailures|5", "5"},
	    {"get|j|maxfailures", "5"},
	    /* To fail2ban these are numbers like any. */
	    {"set|j|maxmatches|99999999999", "2147483647"},
	    {"set|j|maxretry|99999999999", "2147483647"},
	    {"set|j|maxretry|2", "2"},
	    {"set|j|bantime|abc", "NameError(\"name 'abc' is not defined\")"},
	    {"set|j|idle|maybe", "Exception(\"Invalid idle option, must be 'on' or 'off'\")"},
	    {"set|j|delaction|zz", "KeyError('Invalid Action name: zz')"},
	    {"set|j|addfailregex|x", "RegexException(\"No failure-id group in 'x'\")"},
	    {"set|j|addlogpath|/nonexistent",
	        "FileNotFoundError(2, 'No such file or directory')"},
	    {"set|j|addlogpath|/", "ValueError('/: is a folder; name a file in it')"},
	    {"set|j|addlogglob|*.log",
	        "ValueError('addlogglob: expected an absolute path with *, ? or [...] in it')"},
	    {"set|j|addlogpath|/nonexistent|TAIL",
	        "FileNotFoundError(2, 'No such file or directory')"},
	    {"set|j|ignorecache|max-count=5", "KeyError('key')"},
	    {"set|j|ignorecache|key",
	        "ValueError('expected option, wrong syntax at 0: key')"},
	    {"set|j|ignorecache|key=x,max-count=y",
	        "ValueError(\"invalid literal for int() with base 10: 'y'\")"},
	    {"get|j|ignorecache", "None"},
	    {"get|j|ignorecommand", "False"},
	    {"get|j|maxretry", "2"},
	    {"get|j|bantime", "600"},
	};
	struct world *w = *state;

	make_jail(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(w, rows[i].command, rows[i].reply);
}

/* ["reload", "--all", [], [commands…]] */
static struct value *
reload(struct world *w, const char *const *commands)
{
	struct value *stream = value_list(&w->arena), *all = words(w, "reload|--all");
	struct request rq = {.monitor = w->monitor, .arena = &w->arena, .words = all};

	for (; *commands != NULL; commands++)
		(void)value_add(&w->arena, stream, words(w, *commands));
	(void)value_add(&w->arena, all, value_list(&w->arena));
	(void)value_add(&w->arena, all, stream);
	return command_run(&rq);
}

static void
reload_with_a_mistake_changes_nothing(void **state)
{
	static const char *const bad[] = {
	    "add|j|auto", "set|j|addfailregex|^ OTHER (<HOST>$", "start|j", NULL};
	static const char *const lost[] = {
	    "add|j|auto", "set|j|addfailregex|^.*SRC=\\sDST=.*$", "start|j", NULL};
	struct world *w = *state;

	make_jail(w);
	expect(w, "set|j|banip|192.0.2.1", "1");
	assert_int_equal(reload(w, bad)->kind, VALUE_ERROR);
	assert_int_equal(reload(w, lost)->kind, VALUE_ERROR);
	expect(w, "get|j|banned", "['192.0.2.1']");
	assert_int_equal(run(w, "get|j|failregex")->seq.count, 1);
	deny(w, "192.0.2.7");
	deny(w, "192.0.2.7");
	expect_soon(w, "get|j|banned", "['192.0.2.1', '192.0.2.7']");
}

/* The database cannot be another while there are jails. */
static void
reload_that_the_server_refuses_leaves_the_jails_as_they_are(void **state)
{
	struct world *w = *state;
	char dbfile[160];
	const char *const other[] = {
	    dbfile, "add|j|auto", "set|j|addfailregex|^ OTHER <HOST>$", "start|j", NULL};

	make_jail(w);
	(void)snprintf(dbfile, sizeof(dbfile), "set|dbfile|%s/other", w->dir);
	assert_int_equal(reload(w, other)->kind, VALUE_ERROR);
	assert_int_equal(run(w, "get|j|failregex")->seq.count, 1);
	assert_int_equal(run(w, "get|j|logpath")->seq.count, 1);
	deny(w, "192.0.2.7");
	deny(w, "192.0.2.7");
	expect_soon(w, "get|j|banned", "['192.0.2.7']");
}

/* A folder, as a pattern may find among files, a log that has gone since, or a pattern from nowhere. */
static void
a_log_that_cannot_be_opened_costs_nothing_else(void **state)
{
	struct world *w = *state;
	char addlog[160];
	const char *const commands[] = {"add|j|auto", "set|j|addfailregex|^ DENIED from <HOST>$",
	    "set|j|usedns|no", "set|j|addlogpath|/", "set|j|addlogpath|/nonexistent", addlog,
	    "set|j|addlogglob|*.log", "set|j|maxretry|1", "start|j", "add|k|auto", "set|k|maxretry|7", "start|k", NULL};

	(void)snprintf(addlog, sizeof(addlog), "set|j|addlogpath|%s", w->log);
	for (int i = 0; i < 2; i++) {
		assert_true(value_is_text(reload(w, commands), SLICE("OK")));
		assert_int_equal(run(w, "get|j|logpath")->seq.count, 1);
		expect(w, "get|k|maxretry", "7");
	}
	deny(w, "192.0.2.7");
	expect_soon(w, "get|j|banned", "['192.0.2.7']");
}

/* What was right before must not be lost for something that no check has seen. */
static void
reload_goes_on_behind_a_command_that_fails(void **state)
{
	struct world *w = *state;
	char addlog[160];
	const char *const commands[] = {"add|j|auto", "set|j|idle|maybe",
	    "set|j|addfailregex|^ DENIED from <HOST>$", addlog, "start|j", NULL};

	(void)snprintf(addlog, sizeof(addlog), "set|j|addlogpath|%s", w->log);
	make_jail(w);
	assert_int_equal(reload(w, commands)->kind, VALUE_ERROR);
	deny(w, "192.0.2.7");
	deny(w, "192.0.2.7");
	expect_soon(w, "get|j|banned", "['192.0.2.7']");
}

static void
a_jail_that_stops_takes_no_more_bans(void **state)
{
	struct world *w = *state;

	make_jail(w);
	expect_ok(w, "set|j|action|a|actionstop|sleep 0.5; echo 'stop' >> ", w->trace);
	expect(w, "set|j|banip|192.0.2.1", "1");
	expect_trace(w, "+192.0.2.1\n");
	expect(w, "stop|j", "None");
	expect(w, "set|j|banip|192.0.2.2", "UnknownJailException('j')");
	expect(w, "set|j|attempt|192.0.2.2|x|y", "UnknownJailException('j')");
	expect(w, "start|j", "UnknownJailException('j')");
	expect(w, "get|j|banned", "[]");
	expect_soon(w, "status", "[('Number of jail', 0), ('Jail list', '')]");
	expect_trace(w, "+192.0.2.1\n-192.0.2.1\nstop\n");
}

static void
reload_keeps_bans_and_takes_settings(void **state)
{
	struct world *w = *state;
	char addlog[160];
	const char *const good[] = {"add|j|auto", "set|j|addfailregex|^ OTHER <HOST>$",
	    "set|j|maxretry|7", addlog, "set|j|addaction|b", "start|j", NULL};

	(void)snprintf(addlog, sizeof(addlog), "set|j|addlogpath|%s", w->log);
	make_jail(w);
	expect(w, "set|j|banip|192.0.2.1", "1");
	assert_true(value_is_text(reload(w, good), SLICE("OK")));
	expect(w, "get|j|banned", "['192.0.2.1']");
	expect(w, "get|j|maxretry", "7");
	expect(w, "get|j|actions", "['b']");
	assert_int_equal(run(w, "get|j|failregex")->seq.count, 1);
	turn(w, 200);
	/* The action that was dropped let go of its ban. */
	expect_trace(w, "+192.0.2.1\n-192.0.2.1\n");
}

static void
bans_survive_in_the_database(void **state)
{
	struct world *w = *state;
	char command[160];

	(void)snprintf(command, sizeof(command), "set|dbfile|%s/db", w->dir);
	expect_ok(w, command, "");
	expect(w, "set|dbmaxmatches|200000", "200000");
	expect(w, "set|dbmaxmatches|-1", "0");
	make_jail(w);
	expect(w, "set|j|banip|192.0.2.1|192.0.2.2", "2");
	expect(w, "set|j|unbanip|192.0.2.2", "1");
	turn(w, 150);
	(void)run(w, "stop|j");
	expect_soon(w, "status", "[('Number of jail', 0), ('Jail list', '')]");
	make_jail(w);
	expect(w, "get|j|banned", "['192.0.2.1']");
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(log_lines_become_a_ban),
	    WORLD_TEST(bans_end_by_themselves),
	    WORLD_TEST(those_to_be_ignored_are),
	    WORLD_TEST(command_decides_who_is_ignored),
	    WORLD_TEST(answers_about_whom_to_ignore_are_remembered),
	    WORLD_TEST(methods_of_an_action_can_be_called),
	    WORLD_TEST(networks_are_lifted_with_what_they_hold),
	    WORLD_TEST(matches_of_the_journal_are_looked_at),
	    WORLD_TEST(the_pattern_of_dates_that_a_jail_of_the_journal_was_given_is_shown),
	    WORLD_TEST(only_the_very_text_of_a_ban_lifts_it),
	    WORLD_TEST(a_command_that_is_no_list_is_refused),
	    WORLD_TEST(readers_ask_and_change_nothing),
	    WORLD_TEST(mistakes_are_answered_not_obeyed),
	    WORLD_TEST(reload_with_a_mistake_changes_nothing),
	    WORLD_TEST(reload_that_the_server_refuses_leaves_the_jails_as_they_are),
	    WORLD_TEST(a_log_that_cannot_be_opened_costs_nothing_else),
	    WORLD_TEST(reload_goes_on_behind_a_command_that_fails),
	    WORLD_TEST(a_jail_that_stops_takes_no_more_bans),
	    WORLD_TEST(reload_keeps_bans_and_takes_settings),
	    WORLD_TEST(bans_survive_in_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
