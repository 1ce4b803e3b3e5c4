/* Commands that concern the server as a whole: its life, its settings, its log. */
#include "control/command.h"

#include "action/direct.h"
#include "compat/version.h"
#include "config/duration.h"
#include "control/reload.h"
#include "control/sleeper.h"
#include "control/storing.h"
#include "control/verdict.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <unistd.h>

static struct value *
run_ping(struct request *rq)
{
	return value_cstr(rq->arena, "pong");
}

static struct value *
run_version(struct request *rq)
{
	return value_cstr(rq->arena, COMPAT_VERSION);
}

static struct value *
run_echo(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < request_argc(rq); i++)
		(void)value_add(rq->arena, out, value_at(rq->words, rq->args + i));
	return out;
}

static struct value *
run_server_status(struct request *rq)
{
	return value_cstr(rq->arena, "Server ready");
}

static struct value *
run_config_error(struct request *rq)
{
	struct slice text;
	struct value *error;

	if (!request_text(rq, 0, &text, &error))
		return error;
	log_write(LEVEL_ERROR, "transmitter", "%.*s", SLICE_ARG(text));
	return value_nil(rq->arena);
}

/* Only the client that asked waits. */
static struct value *
run_sleep(struct request *rq)
{
	struct slice text;
	struct value *error;
	double seconds;

	if (!request_text(rq, 0, &text, &error))
		return error;
	if (duration_seconds(text, &seconds, NULL) < 0 || seconds < 0 || seconds > 86400)
		return value_error(rq->arena, ERROR_VALUE, "could not convert string to float: '%.*s'",
		    SLICE_ARG(text));
	if (rq->conn == NULL)
		return value_nil(rq->arena);
	sleeper_start(rq->monitor, rq->conn, seconds);
	return NULL;
}

static struct value *
run_flushlogs(struct request *rq)
{
	struct slice target = log_target();
	int r = monitor_reopen_log();

	if (r < 0)
		return value_error(rq->arena, ERROR_OS, "Unable to log to '%.*s': %s",
		    SLICE_ARG(target), strerror(-r));
	return value_cstr(rq->arena, r > 0 ? "rolled over" : "flushed");
}

static struct value *
run_add(struct request *rq)
{
	struct monitor *m = rq->monitor;
	struct slice name, backend = SLICE("auto");
	struct value *error;
	struct guard *g;
	struct diag d;

	if (!request_text(rq, 0, &name, &error))
		return error;
	if (slice_eq(name, SLICE("--all")))
		return value_error(rq->arena, ERROR_FAILED, "Reserved name '--all'");
	if (request_argc(rq) > 1 && !request_text(rq, 1, &backend, &error))
		return error;
	g = monitor_guard(m, name);
	if (g != NULL && reload_adopts(g, backend))
		return value_text(rq->arena, name);
	if (g != NULL)
		return value_error(rq->arena, ERROR_DUPLICATE_JAIL, "%.*s", SLICE_ARG(name));
	diag_init(&d);
	if (guard_backend(backend, &d) < 0)
		return request_failed(rq, ERROR_VALUE, &d);
	g = guard_new(m, name, backend);
	list_append(&m->guards, &g->link);
	(void)table_put(&m->by_name, slice_cstr(g->name), g);
	if (m->store != NULL)
		store_add_jail(m->store, name);
	storing_dirty(m);
	return value_text(rq->arena, name);
}

static struct value *
run_start(struct request *rq)
{
	struct value *error;
	struct guard *g = request_guard(rq, true, &error);

	if (g == NULL)
		return error;
	if (g->state == GUARD_RUNNING && g->affected)
		reload_resumes(g);
	else
		guard_start(g);
	/* Observed: also a jail that was at work goes on reading, as after each reload. */
	if (g->idle)
		guard_set_idle(g, false);
	return value_nil(rq->arena);
}

/* Waits for a number of jails to stop, then answers with nil. */
struct stop_wait {
	struct conn_request *conn;
	size_t left;
};

static void
stop_wait_one(void *arg)
{
	struct stop_wait *w = arg;

	if (--w->left > 0)
		return;
	if (w->conn != NULL)
		command_answer(w->conn, value_nil(&w->conn->arena));
	mem_free(w);
}

static struct value *
stop_jails(struct request *rq, struct guard *only)
{
	struct stop_wait *w = MEM_NEW(struct stop_wait);

	w->conn = rq->conn;
	w->left = 1;
	LIST_EACH(link, &rq->monitor->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (only != NULL && g != only)
			continue;
		w->left++;
		guard_stop(g, stop_wait_one, w);
	}
	stop_wait_one(w);
	return rq->conn != NULL ? NULL : value_nil(rq->arena);
}

static struct value *
run_stop(struct request *rq)
{
	bool keep = value_is_text(request_arg(rq, 0), SLICE("--keep"));
	struct value *error;
	struct guard *g;

	if (keep)
		action_keep();
	if (keep || request_argc(rq) == 0) {
		rq->monitor->stop_request = rq->conn;
		monitor_stop(rq->monitor);
		return NULL;
	}
	if (value_is_text(request_arg(rq, 0), SLICE("--all")))
		return stop_jails(rq, NULL);
	g = request_guard(rq, false, &error);
	return g != NULL ? stop_jails(rq, g) : error;
}

static struct value *
run_server_stream(struct request *rq)
{
	const struct value *commands = request_arg(rq, 0);
	struct value *error;

	if (commands == NULL)
		return request_missing(rq);
	if (commands->kind != VALUE_LIST && commands->kind != VALUE_TUPLE)
		return value_error(rq->arena, ERROR_TYPE, "a list of commands was expected");
	error = command_stream(rq->monitor, rq->arena, commands, false);
	return error != NULL ? error : value_nil(rq->arena);
}

static struct value *
set_loglevel(struct request *rq)
{
	struct slice text;
	struct value *error;
	struct buf upper;
	int level;

	if (!request_text(rq, 0, &text, &error))
		return error;
	buf_init(&upper, text.n);
	for (size_t i = 0; i < text.n; i++)
		buf_add_char(&upper, char_to_upper(text.p[i]));
	text = arena_copy(rq->arena, buf_slice(&upper));
	buf_done(&upper);
	level = log_level_parse(text);
	if (level < 0)
		return value_error(
		    rq->arena, ERROR_VALUE, "Invalid log level '%.*s'", SLICE_ARG(text));
	log_set_level(level);
	mem_replace(&rq->monitor->loglevel, text.p, text.n);
	return value_text(rq->arena, text);
}

static struct value *
get_loglevel(struct request *rq)
{
	return value_cstr(rq->arena, rq->monitor->loglevel != NULL ? rq->monitor->loglevel : "INFO");
}

static struct value *
get_logtarget(struct request *rq)
{
	return value_text(rq->arena, log_target());
}

static void
log_target_changed(void)
{
	struct slice target = log_target(), where = log_syslog_socket();

	if (slice_eq(where, SLICE("auto")))
		where = SLICE("/dev/log");
	if (slice_eq(target, SLICE("SYSLOG")))
		log_write(LEVEL_INFO, "server", "Changed logging target to SYSLOG (%.*s) for Fail2ban v%s",
		    SLICE_ARG(where), COMPAT_VERSION);
	else
		log_write(LEVEL_INFO, "server", "Changed logging target to %.*s for Fail2ban v%s",
		    SLICE_ARG(target), COMPAT_VERSION);
}

static struct value *
set_logtarget(struct request *rq)
{
	char text[sizeof(struct diag)];
	struct slice target;
	struct value *error;
	struct diag d;
	int r;

	if (!request_text(rq, 0, &target, &error))
		return error;
	if (log_target_is(target))
		return get_logtarget(rq);
	diag_init(&d);
	r = log_set_target(target, &d);
	if (r < 0) {
		log_write(LEVEL_ERROR, "server", "%s", d.text);
		log_write(LEVEL_INFO, "server", "Logging to previous target '%.*s'",
		    SLICE_ARG(log_target()));
		/* What is wrong with the words, who wrote them can mend. */
		if (r == -EINVAL)
			return request_failed(rq, ERROR_VALUE, &d);
		return value_error(rq->arena, ERROR_FAILED, "Failed to change log target");
	}
	log_write(LEVEL_INFO, "server", "Start Fail2ban v" COMPAT_VERSION);
	log_target_changed();
	if (d.set)
		log_write(LEVEL_WARNING, "server", "%s", diag_format(&d, text, sizeof(text)));
	return get_logtarget(rq);
}

static struct value *
set_syslogsocket(struct request *rq)
{
	struct slice path;
	struct value *error;
	struct diag d;

	if (!request_text(rq, 0, &path, &error))
		return error;
	diag_init(&d);
	if (log_set_syslog_socket(path, &d) < 0) {
		log_write(LEVEL_ERROR, "server", "%s", d.text);
		return value_error(rq->arena, ERROR_FAILED, "Failed to change syslog socket");
	}
	return value_text(rq->arena, path);
}

static struct value *
get_syslogsocket(struct request *rq)
{
	return value_text(rq->arena, log_syslog_socket());
}

static struct value *
set_allowipv6(struct request *rq)
{
	struct slice text;
	struct value *error;

	if (!request_text(rq, 0, &text, &error))
		return error;
	mem_replace(&rq->monitor->allowipv6, text.p, text.n);
	runner_allow_ipv6(slice_eq_nocase(text, SLICE("auto")) ? access("/proc/net/if_inet6", F_OK) == 0 :
	                                                         duration_truth(text));
	return value_text(rq->arena, text);
}

static struct value *
get_fastpath(struct request *rq)
{
	return value_bool(rq->arena, direct_enabled());
}

static struct value *
set_fastpath(struct request *rq)
{
	struct slice text;
	struct value *error;

	if (!request_text(rq, 0, &text, &error))
		return error;
	direct_set(duration_truth(text));
	return get_fastpath(rq);
}

/* Of those that are told to be skipped: one that was put right runs now. */
static struct value *
get_skippedjails(struct request *rq)
{
	struct value *names = value_list(rq->arena);

	for (size_t i = 0; i < value_count(rq->monitor->skipped); i++) {
		struct value *name = value_at(rq->monitor->skipped, i);

		if (monitor_guard(rq->monitor, name->text) == NULL)
			(void)value_add(rq->arena, names, value_text(rq->arena, name->text));
	}
	return names;
}

static struct value *
set_skippedjails(struct request *rq)
{
	struct value *names = value_list(rq->arena), *error;
	struct slice name;

	for (size_t i = 0; i < request_argc(rq); i++) {
		if (!request_text(rq, i, &name, &error))
			return error;
		(void)value_add(rq->arena, names, value_text(rq->arena, name));
	}
	arena_clear(&rq->monitor->skipped_arena);
	rq->monitor->skipped = value_copy(&rq->monitor->skipped_arena, names);
	return get_skippedjails(rq);
}

/* There are no threads whose stacks could have a size; the setting is kept for who asks. */
static struct value *
set_thread(struct request *rq)
{
	const struct value *map = request_arg(rq, 0), *size;

	if (map == NULL)
		return request_missing(rq);
	size = value_get(map, SLICE("stacksize"));
	if (size == NULL || size->kind != VALUE_INT)
		return value_error(rq->arena, ERROR_KEY, "unknown option");
	rq->monitor->stacksize = size->number;
	return value_nil(rq->arena);
}

static struct value *
get_thread(struct request *rq)
{
	struct arena *a = rq->arena;

	return value_put_cstr(a, value_map(a), "stacksize", value_int(a, rq->monitor->stacksize));
}

static struct value *
get_dbfile(struct request *rq)
{
	const struct store *s = rq->monitor->store;

	return s != NULL ? value_text(rq->arena, store_path(s)) : value_nil(rq->arena);
}

static struct value *
set_dbfile(struct request *rq)
{
	struct monitor *m = rq->monitor;
	struct slice path;
	struct value *error;

	if (!request_text(rq, 0, &path, &error))
		return error;
	if (m->store != NULL && slice_eq(store_path(m->store), path))
		return get_dbfile(rq);
	if (!storing_wanted(m) && slice_eq_nocase(path, SLICE("none")))
		return value_nil(rq->arena);
	if (storing_missed(m).n > 0 && slice_eq(storing_missed(m), path)) {
		storing_retry(m);
		return get_dbfile(rq);
	}
	if (!list_empty(&m->guards))
		return value_error(rq->arena, ERROR_RUNTIME,
		    "Cannot change database when there are jails present");
	storing_set(m, path);
	return get_dbfile(rq);
}

static struct value *
get_dbmaxmatches(struct request *rq)
{
	const struct store *s = rq->monitor->store;

	return s != NULL ? value_int(rq->arena, (int64_t)store_maxmatches(s)) : value_nil(rq->arena);
}

static struct value *
set_dbmaxmatches(struct request *rq)
{
	struct value *error;
	int64_t n;

	if (!request_int(rq, &n, &error))
		return error;
	if (!storing_wanted(rq->monitor))
		log_write(LEVEL_MSG, "transmitter",
		    "dbmaxmatches setting was not in effect since no db yet");
	else
		storing_set_maxmatches(rq->monitor, n > 0 ? (size_t)n : 0);
	return get_dbmaxmatches(rq);
}

static struct value *
get_dbpurgeage(struct request *rq)
{
	return rq->monitor->store != NULL ? value_number(rq->arena, &rq->monitor->purge_age) :
	                                    value_nil(rq->arena);
}

static struct value *
set_dbpurgeage(struct request *rq)
{
	struct pyexpr_number age;
	struct slice text;
	struct value *error;

	if (!request_text(rq, 0, &text, &error))
		return error;
	error = request_duration(rq, text, &age);
	if (error != NULL)
		return error;
	if (!storing_wanted(rq->monitor))
		log_write(LEVEL_MSG, "transmitter",
		    "dbpurgeage setting was not in effect since no db yet");
	else
		rq->monitor->purge_age = age;
	return get_dbpurgeage(rq);
}

const struct command commands_server[] = {
    {"ping", "", "tests if the server is alive", run_ping, true},
    {"version", "", "returns the version of fail2ban whose protocol the server speaks", run_version,
	true},
    {"echo", "<TEXT>...", "returns its arguments", run_echo, true},
    {"server-status", "", NULL, run_server_status, true},
    {"config-error", "<TEXT>", NULL, run_config_error},
    {"sleep", "<SECONDS>", "answers after a while", run_sleep},
    {"flushlogs", "", "opens the log file anew, after it was renamed", run_flushlogs},
    {"add", "<JAIL> <BACKEND>", "creates a jail", run_add},
    {"start", "<JAIL>", "starts a jail", run_start},
    {"stop", "[<JAIL>|--all|--keep]",
	"stops a jail, all jails, or without a name the server; --keep leaves the bans of the "
	"module nft in the kernel",
	run_stop},
    {"server-stream", "<COMMANDS>", NULL, run_server_stream},
    {"reload", "[--restart] [--unban] [--if-exists] [<JAIL>|--all]",
	"reads the configuration again; what did not change continues undisturbed", reload_run},
    {NULL},
};

const struct command commands_set[] = {
    {"loglevel", "<LEVEL>",
        "sets the log level: CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG, TRACEDEBUG, "
        "HEAVYDEBUG, or a number",
        set_loglevel},
    {"logtarget", "<TARGET>",
        "sets the log target: STDOUT, STDERR, SYSOUT, SYSLOG, SYSTEMD-JOURNAL or a file",
        set_logtarget},
    {"syslogsocket", "auto|<SOCKET>", "sets the socket of syslog", set_syslogsocket},
    {"allowipv6", "auto|yes|no", "says whether IPv6 is used", set_allowipv6},
    {"fastpath", "on|off", "says whether bans of known forms are done without a shell", set_fastpath},
    {"skippedjails", "[<JAIL>...]", NULL, set_skippedjails},
    {"thread", "<MAP>", NULL, set_thread},
    {"dbfile", "<FILE>|None", "sets the database, before there are jails", set_dbfile},
    {"dbmaxmatches", "<INT>", "sets how many matches of a ban the database keeps",
        set_dbmaxmatches},
    {"dbpurgeage", "<TIME>", "sets the age at which bans are forgotten", set_dbpurgeage},
    {NULL},
};

const struct command commands_get[] = {
    {"loglevel", "", "returns the log level", get_loglevel, true},
    {"logtarget", "", "returns the log target", get_logtarget, true},
    {"syslogsocket", "", "returns the socket of syslog", get_syslogsocket, true},
    {"fastpath", "", "returns whether bans of known forms are done without a shell", get_fastpath,
	true},
    {"skippedjails", "", "returns the jails that were left out at the start for their mistakes",
	get_skippedjails, true},
    {"thread", "", NULL, get_thread, true},
    {"dbfile", "", "returns the path of the database", get_dbfile, true},
    {"dbmaxmatches", "", "returns how many matches of a ban the database keeps", get_dbmaxmatches,
	true},
    {"dbpurgeage", "", "returns the age at which bans are forgotten, in seconds", get_dbpurgeage,
	true},
    {NULL},
};
